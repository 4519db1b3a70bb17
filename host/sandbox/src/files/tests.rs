use std::os::unix::fs::symlink;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;

/// `granted/` with a file, a folder, and every way out of it; `secret/` beside it.
struct Place {
    folder: TempDir,
    granted: BTreeSet<String>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("granted/sub")).unwrap();
        fs::create_dir_all(at("secret")).unwrap();
        fs::create_dir_all(at("granted-not")).unwrap();
        fs::write(at("granted/app.log"), "0123456789").unwrap();
        fs::write(at("granted/sub/deep"), "deep").unwrap();
        fs::write(at("secret/key"), "secret").unwrap();
        fs::write(at("granted-not/file"), "other").unwrap();
        symlink("../secret/key", at("granted/link-out")).unwrap();
        symlink("../secret", at("granted/folder-out")).unwrap();
        symlink("app.log", at("granted/link-in")).unwrap();
        symlink("circle", at("granted/circle")).unwrap();
        symlink("../granted/app.log", at("secret/link-in")).unwrap();
        let granted = BTreeSet::from([at("granted").to_string_lossy().into_owned()]);
        Self { folder, granted }
    }

    fn at(&self, path: &str) -> String {
        self.folder.path().join(path).to_string_lossy().into_owned()
    }

    fn read(&self, path: &str) -> Result<Content, Error> {
        Granted(&self.granted).read(&self.at(path), 0, 1_000)
    }
}

fn kind_of<T>(result: &Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "read",
        Err(Error::Denied(denial)) => {
            assert_eq!(denial.capability, "files");
            "denied"
        }
        Err(Error::NotFound(_)) => "not found",
        Err(Error::Failed(_)) => "failed",
    }
}

#[test]
fn what_a_path_means_is_judged_not_how_it_is_written() {
    let place = Place::new();
    let table = [
        ("granted/app.log", "read"),
        ("granted/sub/../app.log", "read"),
        ("granted/link-in", "read"),
        ("secret/link-in", "read"),
        ("granted/link-out", "denied"),
        ("granted/folder-out/key", "denied"),
        ("granted/../secret/key", "denied"),
        ("granted-not/file", "denied"),
        ("secret/key", "denied"),
        ("secret/not-there", "denied"),
        ("granted/../secret/not-there", "denied"),
        ("granted/not-there", "not found"),
        ("granted/circle", "failed"),
        ("granted/sub", "failed"),
    ];
    for (path, expected) in table {
        assert_eq!(kind_of(&place.read(path)), expected, "{path}");
    }
    let relative = Granted(&place.granted).read("granted/app.log", 0, 9);
    assert_eq!(kind_of(&relative), "failed");
}

#[test]
fn a_granted_link_grants_what_it_points_to() {
    let place = Place::new();
    let granted = BTreeSet::from([place.at("granted/folder-out")]);
    let content = Granted(&granted).read(&place.at("secret/key"), 0, 9).unwrap();
    assert_eq!(content.bytes, b"secret");
}

#[test]
fn a_read_is_bounded_and_tells_the_whole_size() {
    let place = Place::new();
    let table: [(u64, u64, &[u8]); 4] = [(0, 4, b"0123"), (8, 4, b"89"), (10, 4, b""), (99, 4, b"")];
    for (offset, max, expected) in table {
        let content = Granted(&place.granted).read(&place.at("granted/app.log"), offset, max).unwrap();
        assert_eq!((content.bytes.as_slice(), content.size), (expected, 10), "{max} from {offset}");
        assert!(content.modified_at > 1_600_000_000_000);
    }
}

#[test]
fn a_pipe_is_shown_but_never_waited_for() {
    let place = Place::new();
    mknodat(CWD, place.at("granted/pipe").as_str(), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(kind_of(&place.read("granted/pipe")), "failed");
    let entry = Granted(&place.granted).stat(&place.at("granted/pipe")).unwrap();
    assert_eq!((entry.kind, entry.mode), (FileKind::Other, 0o600));
}

#[test]
fn a_folder_is_listed_in_order_and_its_links_are_not_followed() {
    let place = Place::new();
    let list = |max| Granted(&place.granted).list(&place.at("granted"), max).unwrap();
    let names: Vec<_> = list(100).into_iter().map(|entry| (entry.name, entry.kind)).collect();
    let expected = [
        ("app.log", FileKind::File),
        ("circle", FileKind::Other),
        ("folder-out", FileKind::Other),
        ("link-in", FileKind::Other),
        ("link-out", FileKind::Other),
        ("sub", FileKind::Folder),
    ];
    assert!(names.iter().map(|(name, kind)| (name.as_str(), *kind)).eq(expected), "{names:?}");
    assert_eq!(list(2).len(), 2);
    assert_eq!(kind_of(&Granted(&place.granted).list(&place.at("granted/app.log"), 9)), "failed");
}

#[test]
fn the_environment_of_a_process_is_granted_to_nobody() {
    let everything = BTreeSet::from(["/".to_owned()]);
    for path in ["/proc/self/environ", "/proc/1/environ", "/proc/thread-self/mem"] {
        assert_eq!(kind_of(&Granted(&everything).read(path, 0, 9)), "denied", "{path}");
    }
    assert_eq!(kind_of(&Granted(&everything).read("/proc/loadavg", 0, 100)), "read");
}

#[test]
fn nothing_granted_is_nothing_reached() {
    let place = Place::new();
    for granted in [BTreeSet::new(), BTreeSet::from([String::new()]), BTreeSet::from(["granted".to_owned()])] {
        assert_eq!(kind_of(&Granted(&granted).stat(&place.at("granted/app.log"))), "denied", "{granted:?}");
    }
}

#[test]
fn a_folder_swapped_for_a_link_after_it_was_judged_is_not_followed() {
    let place = Place::new();
    let judged = fs::canonicalize(place.at("granted/sub/deep")).unwrap();
    fs::remove_dir_all(place.at("granted/sub")).unwrap();
    fs::rename(place.at("secret/key"), place.at("secret/deep")).unwrap();
    symlink(place.at("secret"), place.at("granted/sub")).unwrap();
    let error = open_place(&judged).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::LOOP.raw_os_error()));
}
