//! What happens when the file at hand cannot be read: it is put aside under a name of its own, whole, for whoever
//! wants to rescue it, and the node goes on with an empty history. Knows nothing of what was in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::{Options, Store};

/// More damaged files than this are a failing disk; setting yet another aside would only fill it.
const SET_ASIDE_MAX: u32 = 100;

/// What a start found, where the database was not usable as it was.
#[derive(Debug)]
pub struct SetAside {
    /// Why the old file could not be used.
    pub reason: StoreError,
    /// Where it is now.
    pub path: PathBuf,
}

impl Store {
    /// Opens the database in `folder`; a damaged one is moved aside and a fresh one begun, so that the node goes on.
    ///
    /// # Errors
    /// Where no database can be opened or made, whatever the reason; a newer schema and a full disk are not damage.
    pub fn open_or_set_aside(folder: &Path, options: &Options) -> Result<(Self, Option<SetAside>), StoreError> {
        match Self::open(folder, options) {
            Ok(store) => Ok((store, None)),
            Err(reason @ StoreError::Damaged { .. }) => {
                let path =
                    set_aside(folder).map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
                Ok((Self::open(folder, options)?, Some(SetAside { reason, path })))
            }
            Err(error) => Err(error),
        }
    }
}

fn set_aside(folder: &Path) -> io::Result<PathBuf> {
    let target = (1..=SET_ASIDE_MAX)
        .map(|n| folder.join(format!("{}.damaged-{n}", crate::FILE)))
        .find(|path| !path.exists())
        .ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))?;
    fs::rename(folder.join(crate::FILE), &target)?;
    // The log belongs to the file: left behind, it would be replayed into the fresh one.
    for suffix in ["-wal", "-shm"] {
        let from = folder.join(format!("{}{suffix}", crate::FILE));
        if from.exists() {
            let mut to = target.clone().into_os_string();
            to.push(suffix);
            fs::rename(from, to)?;
        }
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};

    use super::*;

    fn damage(file: &Path, from: u64, bytes: &[u8]) {
        let mut file = fs::OpenOptions::new().write(true).open(file).unwrap();
        file.seek(SeekFrom::Start(from)).unwrap();
        file.write_all(bytes).unwrap();
    }

    #[test]
    fn a_damaged_file_is_named_and_then_set_aside_whole() {
        type Harm = fn(&Path);
        let table: [(&str, Harm); 3] = [
            ("its first bytes are noise", |file| damage(file, 0, &[0xAB; 512])),
            ("its pages are noise", |file| {
                let rest = usize::try_from(fs::metadata(file).unwrap().len()).unwrap() - 4_096;
                damage(file, 4_096, &vec![0xAB; rest]);
            }),
            ("its end is missing", |file| {
                fs::OpenOptions::new().write(true).open(file).unwrap().set_len(8_192).unwrap();
            }),
        ];
        for (name, harm) in table {
            let folder = tempfile::tempdir().unwrap();
            drop(Store::open(folder.path(), &Options::default()).unwrap());
            let file = folder.path().join(crate::FILE);
            harm(&file);
            let before = fs::read(&file).unwrap();

            let error = Store::open(folder.path(), &Options::default()).expect_err(name);
            assert!(error.is_damage(), "{name}: {error:?}");
            assert!(error.to_string().contains("tocsin.db"), "{name}: {error}");

            let (store, aside) = Store::open_or_set_aside(folder.path(), &Options::default()).expect(name);
            let aside = aside.expect(name);
            assert_eq!(aside.path, folder.path().join("tocsin.db.damaged-1"));
            assert_eq!(fs::read(&aside.path).unwrap(), before, "{name}");
            assert!(store.last_runs().unwrap().is_empty());
        }
    }

    #[test]
    fn the_second_damaged_file_gets_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        for n in 1..=2 {
            fs::write(folder.path().join(crate::FILE), [0xAB; 10_000]).unwrap();
            let (_store, aside) = Store::open_or_set_aside(folder.path(), &Options::default()).unwrap();
            assert_eq!(aside.unwrap().path, folder.path().join(format!("tocsin.db.damaged-{n}")));
        }
    }
}
