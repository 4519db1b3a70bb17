//! How many files one order may take, how large and how old: the oldest first, until a bound is reached.

use std::time::Duration;

use tocsin_core::time::Timestamp;

use crate::failure::{Outcome, refused};
use crate::found::Marked;

/// Whatever a plan says.
const COUNT_MAX: u32 = 10_000;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) older_than: Duration,
    pub(crate) count_max: u32,
    pub(crate) bytes_max: u64,
}

#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) files: Vec<Marked>,
    /// Of that pattern and age.
    pub(super) matched: usize,
}

impl Bounds {
    pub(super) fn fit(self) -> Outcome<()> {
        if self.count_max == 0 || self.bytes_max == 0 {
            return Err(refused("a bound of no files or no bytes is no bound: say how many may go"));
        }
        if self.count_max > COUNT_MAX {
            return Err(refused(format!(
                "{} files are more than the {COUNT_MAX} that one step may take",
                self.count_max
            )));
        }
        Ok(())
    }

    /// One that is too large for what is left of the bound is passed over.
    pub(super) fn choose(self, mut files: Vec<Marked>, now: Timestamp) -> Chosen {
        let newest = now.before(self.older_than).as_millis().saturating_mul(1_000_000);
        files.retain(|file| file.modified < newest);
        files.sort_by(|a, b| (a.modified, &a.path).cmp(&(b.modified, &b.path)));
        let matched = files.len();
        let (mut count, mut left) = (0, self.bytes_max);
        files.retain(|file| {
            let fits = count < self.count_max && file.size <= left;
            if fits {
                count += 1;
                left -= file.size;
            }
            fits
        });
        Chosen { files, matched }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn file(path: &str, age_seconds: i64, size: u64) -> Marked {
        let modified = (NOW.as_millis() - age_seconds * 1_000) * 1_000_000;
        Marked { path: path.to_owned(), inode: 1, size, modified }
    }

    fn chosen(count_max: u32, bytes_max: u64) -> (Vec<String>, usize) {
        let files =
            vec![file("new", 5, 1), file("b", 300, 20), file("c", 100, 5), file("a", 300, 10), file("ahead", -50, 1)];
        let bounds = Bounds { older_than: Duration::from_secs(60), count_max, bytes_max };
        let chosen = bounds.choose(files, NOW);
        (chosen.files.into_iter().map(|file| file.path).collect(), chosen.matched)
    }

    #[test]
    fn the_oldest_go_first_until_a_bound_is_reached() {
        for (count_max, bytes_max, expected) in [
            (10, 1_000, vec!["a", "b", "c"]),
            (2, 1_000, vec!["a", "b"]),
            (1, 1_000, vec!["a"]),
            (10, 30, vec!["a", "b"]),
            (10, 29, vec!["a", "c"]),
            (10, 5, vec!["c"]),
            (10, 4, vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(chosen(count_max, bytes_max), (expected, 3), "{count_max} files, {bytes_max} bytes");
        }
    }

    #[test]
    fn no_bound_is_none() {
        for (count_max, bytes_max, fits) in [(1, 1, true), (0, 1, false), (1, 0, false), (10_001, 1, false)] {
            let bounds = Bounds { older_than: Duration::ZERO, count_max, bytes_max };
            assert_eq!(bounds.fit().is_ok(), fits, "{count_max} files, {bytes_max} bytes");
        }
    }
}
