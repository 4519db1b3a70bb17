//! Which disk, from when on, down to where; and which files may go for it.

use tocsin_sdk::Period;
use tocsin_sdk::actions::{NoPlan, Verify};

use crate::pattern;

/// Folders that no repair of a full disk deletes from, with all below them.
const NEVER: [&str; 12] =
    ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"];

/// What is younger may be being written.
const AGE_SECONDS_MIN: u64 = 60;

/// Which disk, and what may go for it.
#[tocsin_sdk::config]
pub(crate) struct Config {
    /// The disk's mount point; if it is left out, what the finding is about.
    pub(crate) mount: Option<String>,
    /// Nothing is deleted while the share of bytes in use is not over this.
    #[schemars(range(min = 0.0, max = 1.0))]
    #[serde(default = "nine_tenths")]
    pub(crate) over: f64,
    /// As much is deleted as brings the share in use down to this.
    #[schemars(range(min = 0.0, max = 1.0))]
    #[serde(default = "eight_tenths")]
    pub(crate) free_to: f64,
    /// Where files may go, what is missed least first.
    #[schemars(length(min = 1, max = 20))]
    pub(crate) folders: Vec<Folder>,
    /// Acts only on a critical finding of this code.
    pub(crate) only_if: Option<String>,
    /// What must be ok afterwards.
    #[serde(default)]
    pub(crate) verify: Verify,
    /// How long deleting from one folder may take.
    #[serde(default = "one_minute")]
    pub(crate) timeout: Period,
}

/// Files that may go.
#[tocsin_sdk::config]
pub(crate) struct Folder {
    /// The folder itself; nothing below its own folders goes.
    pub(crate) path: String,
    /// Their names, with `*` and `?`: `*.log.gz`. Never `*` alone.
    pub(crate) pattern: String,
    /// They were not written to for this long: a minute at least.
    pub(crate) older_than: Period,
    /// At most so many at a time.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) count_max: u32,
    /// At most so many bytes at a time.
    #[schemars(range(min = 1, max = 107_374_182_400_u64))]
    pub(crate) bytes_max: u64,
}

fn nine_tenths() -> f64 {
    0.9
}

fn eight_tenths() -> f64 {
    0.8
}

fn one_minute() -> Period {
    Period::from_secs(60)
}

impl Config {
    /// What its schema cannot see.
    pub(crate) fn check(&self) -> Result<(), NoPlan> {
        if !(0.0..1.0).contains(&self.free_to) || self.over > 1.0 || self.free_to >= self.over {
            return Err(NoPlan::because("config: `free_to` is below `over`, and both are shares such as 0.8 and 0.9"));
        }
        if self.folders.is_empty() {
            return Err(NoPlan::because("config: `folders` is empty: name what may be deleted"));
        }
        self.folders.iter().try_for_each(Folder::check)
    }
}

impl Folder {
    pub(crate) const fn older_than_seconds(&self) -> u64 {
        self.older_than.as_millis().div_ceil(1_000)
    }

    fn check(&self) -> Result<(), NoPlan> {
        let Self { path, pattern, .. } = self;
        let is_of =
            |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let climbs = path.split('/').skip(1).any(|part| part.is_empty() || part == "." || part == "..");
        let problem = if !path.starts_with('/') || climbs || path.contains(['*', '?', '[', '{']) {
            format!(
                "`{path}` is no folder's path in full: begin it with `/`, without `..`, wildcards and a final slash"
            )
        } else if let Some(never) = NEVER.into_iter().find(|never| is_of(never)) {
            format!("`{path}` is of {never}, which belongs to the system: nothing is deleted there")
        } else if let Some(problem) = pattern::wrong(pattern) {
            format!("the pattern `{pattern}` of {path} {problem}")
        } else if path.split('/').count() < 3 {
            format!("`{path}` is as much as everything: name a folder below it")
        } else if self.older_than_seconds() < AGE_SECONDS_MIN {
            format!("`older_than` of {path} is less than a minute: files that are being written would go")
        } else if self.count_max == 0 || self.bytes_max == 0 {
            format!("`count_max` and `bytes_max` of {path} say how much may go; 0 is nothing")
        } else {
            return Ok(());
        };
        Err(NoPlan::because(format!("config: {problem}")))
    }
}
