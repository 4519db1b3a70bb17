//! Files that a plan writes or deletes: how much, how old, and where never. Follows no link.

use std::time::Duration;

use super::Faults;
use crate::quantity::{show_bytes, show_duration};

pub(super) const CONTENT_BYTES_MAX: usize = 1024 * 1024;
const DELETE_COUNT_MAX: u32 = 10_000;
const DELETE_BYTES_MAX: u64 = 100 * 1024 * 1024 * 1024;
/// What is younger may be being written.
const DELETE_AGE_MIN: Duration = Duration::from_secs(60);
const PATTERN_BYTES_MAX: usize = 512;
/// Nothing is deleted here, whatever was granted: without it the machine does not run.
const SYSTEM: [&str; 12] =
    ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"];
/// These are no files.
const KERNEL: [&str; 4] = ["/boot", "/dev", "/proc", "/sys"];

pub(super) fn check_write(path: &str, content: &[u8], mode: u32, faults: &mut Faults) {
    whole_path(path, faults);
    if path.ends_with('/') {
        faults.say(format!("`{path}` is a folder"), "name the file");
    }
    if let Some(never) = below(path, &KERNEL) {
        faults.say(format!("nothing is written in {never}"), "use `set-sysctl` for a kernel setting");
    }
    if content.len() > CONTENT_BYTES_MAX {
        let problem = format!("its content has {} bytes, and {CONTENT_BYTES_MAX} are possible", content.len());
        faults.say(problem, "write less, or name a command that has it");
    }
    let shown = format!("its mode is {mode:04o}");
    if mode & 0o400 == 0 || mode > 0o777 {
        faults.say(shown, "write one such as 0644: readable by its owner, and no other bits than those of rwx");
    } else if mode & 0o002 != 0 {
        faults.say(format!("{shown}, so that everyone could change the file"), "write one such as 0644");
    }
}

pub(super) fn check_folder(folder: &str, faults: &mut Faults) {
    whole_path(folder, faults);
    if let Some(never) = below(folder, &SYSTEM) {
        faults.say(format!("`{folder}` is of {never}, which belongs to the system"), "nothing is deleted there");
    } else if folder.split('/').filter(|part| !part.is_empty()).count() < 2 {
        let problem = format!("`{folder}` is as much as everything");
        faults.say(problem, "name a folder below it, such as `/var/cache/app`");
    }
}

/// Of paths below the folder: `*` and `?` within a name, `**` for folders. Something of the file's own name has to be said:
/// `cache/*` is a bare `*` in another folder.
pub(super) fn check_pattern(pattern: &str, faults: &mut Faults) {
    let mut parts = pattern.rsplit('/');
    let name = parts.next().unwrap_or_default();
    if !name.chars().any(char::is_alphanumeric) {
        let problem = format!("the pattern `{pattern}` selects nothing, or everything");
        faults.say(problem, "say something of the files' names: `*.log.gz`");
        return;
    }
    let leads = |part: &str| part.is_empty() || part == "." || part == ".." || (part != "**" && part.contains("**"));
    let is_odd = pattern.contains(['\\', '[', ']', '{', '}', '!', '\0']) || name.contains("**");
    if pattern.len() > PATTERN_BYTES_MAX || is_odd || parts.any(leads) {
        let problem = format!("the pattern `{pattern}` is none of paths below a folder");
        faults.say(problem, "write names with `*` and `?`, and `**` where any folders may stand");
    }
}

pub(super) fn check_bounds(older_than_seconds: u64, count_max: u32, bytes_max: u64, faults: &mut Faults) {
    if older_than_seconds < DELETE_AGE_MIN.as_secs() {
        let problem = format!("it deletes what is {older_than_seconds} seconds old, which may be being written");
        faults.say(problem, format!("delete what is {} old or older", show_duration(DELETE_AGE_MIN)));
    }
    if !(1..=DELETE_COUNT_MAX).contains(&count_max) {
        let way_out = format!("bound it by 1 to {DELETE_COUNT_MAX}; 0 does not mean all");
        faults.say(format!("it may delete {count_max} files"), way_out);
    }
    if !(1..=DELETE_BYTES_MAX).contains(&bytes_max) {
        let way_out = format!("bound it by 1B to {}; 0 does not mean all", show_bytes(DELETE_BYTES_MAX));
        faults.say(format!("it may delete {}", show_bytes(bytes_max)), way_out);
    }
}

/// That it is absolute and climbs nowhere is what rights look at.
fn whole_path(path: &str, faults: &mut Faults) {
    if path.contains(['*', '?', '[', ']', '{', '}', '\0', '\n']) {
        faults.say(format!("`{path}` holds a wildcard, or what no path has"), "name one path in full");
    }
}

fn below(path: &str, folders: &[&'static str]) -> Option<&'static str> {
    let parts = || path.split('/').filter(|part| !part.is_empty() && *part != ".");
    let first = parts().next()?;
    folders.iter().copied().find(|folder| folder.strip_prefix('/') == Some(first))
}
