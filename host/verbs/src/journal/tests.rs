use std::process::Command;

use super::*;
use crate::fixture::{key, names};
use crate::found::{FileBefore, FileFound};

fn entry(step: u32) -> Entry {
    let before = FileBefore { digest: digest(b"old"), mode: 0o644, user: 0, group: 0 };
    let found = Found::File(FileFound { before: Some(before), after: digest(b"new") });
    Entry { key: key(step, false), errand: digest(b"errand"), found }
}

fn journal() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("journal")).unwrap();
    (folder, journal)
}

#[test]
fn what_was_kept_is_there_until_it_is_forgotten() {
    let (_folder, journal) = journal();
    assert_eq!(journal.entry(&key(0, false)).unwrap(), None);
    journal.keep(&entry(0), Some(b"old")).unwrap();
    journal.keep(&entry(1), None).unwrap();
    journal.keep(&Entry { key: key(0, true), ..entry(0) }, None).unwrap();
    assert_eq!(journal.entry(&key(0, false)).unwrap(), Some(entry(0)));
    assert_eq!(journal.content(&key(0, false), &digest(b"old")).unwrap(), b"old");
    assert_eq!(journal.keys().unwrap(), [key(0, false), key(0, true), key(1, false)]);
    journal.forget(&key(0, false)).unwrap();
    journal.forget(&key(0, false)).unwrap();
    assert_eq!(journal.entry(&key(0, false)).unwrap(), None);
    assert_eq!(journal.keys().unwrap(), [key(0, true), key(1, false)]);
}

#[test]
fn nothing_is_begun_twice_nor_looked_at_again_once_it_was_begun() {
    let (_folder, journal) = journal();
    journal.keep(&entry(0), None).unwrap();
    journal.keep(&entry(0), None).unwrap();
    assert!(!journal.is_begun(&key(0, false)).unwrap());
    journal.begin(&key(0, false)).unwrap();
    assert!(journal.is_begun(&key(0, false)).unwrap());
    assert!(matches!(journal.begin(&key(0, false)), Err(JournalError::Begun(_))));
    assert!(matches!(journal.keep(&entry(0), None), Err(JournalError::Begun(_))));
}

#[test]
fn a_damaged_entry_is_an_error_that_names_the_file() {
    for (damage, why) in [
        ("", "it has no first line"),
        ("{}", "it has no first line"),
        ("0000\n{}", "its digest is another"),
        (&format!("{}\n{{}}", digest(b"{}")), "it is not what this version writes"),
    ] {
        let (folder, journal) = journal();
        journal.keep(&entry(0), None).unwrap();
        let path = folder.path().join("journal").join(key(0, false).to_string()).join(ENTRY);
        fs::write(&path, damage).unwrap();
        let error = journal.entry(&key(0, false)).unwrap_err().to_string();
        let expected =
            format!("`{}` of the journal is damaged ({why}), so nothing that depends on it is done", path.display());
        assert_eq!(error, expected);
    }
}

#[test]
fn one_bit_of_what_a_file_held_is_missed() {
    let (folder, journal) = journal();
    journal.keep(&entry(0), Some(b"old")).unwrap();
    let path = folder.path().join("journal").join(key(0, false).to_string()).join(CONTENT);
    fs::write(&path, "olt").unwrap();
    let error = journal.content(&key(0, false), &digest(b"old")).unwrap_err().to_string();
    assert!(error.contains("content` of the journal is damaged (its digest is another)"), "{error}");
    fs::remove_file(&path).unwrap();
    let error = journal.content(&key(0, false), &digest(b"old")).unwrap_err().to_string();
    assert!(error.contains("is damaged (it is gone)"), "{error}");
}

#[test]
fn an_entry_of_another_order_is_damaged() {
    let (folder, journal) = journal();
    journal.keep(&entry(0), None).unwrap();
    let of = |step| folder.path().join("journal").join(key(step, false).to_string());
    fs::rename(of(0), of(1)).unwrap();
    let error = journal.entry(&key(1, false)).unwrap_err().to_string();
    assert!(error.contains("is damaged (it belongs to another order)"), "{error}");
}

#[test]
fn a_key_that_would_be_a_path_is_none() {
    let (_folder, journal) = journal();
    for remediation in ["../x", "/etc", ".", "a/b", "a b", "", &"a".repeat(200)] {
        let key = OrderKey { remediation: remediation.into(), step: 0, undo: false };
        // The empty name of a remediation still leaves the step's.
        let fits = remediation.is_empty();
        assert_eq!(journal.begin(&key).is_err_and(|error| matches!(error, JournalError::Key(_))), !fits, "{key}");
    }
}

#[test]
fn what_was_not_written_to_the_end_is_nothing() {
    let (folder, journal) = journal();
    let torn = folder.path().join("journal").join(key(0, false).to_string());
    fs::create_dir(&torn).unwrap();
    fs::write(torn.join("content"), "half").unwrap();
    fs::write(torn.join("entry.json.new"), "half").unwrap();
    assert_eq!(journal.entry(&key(0, false)).unwrap(), None);
    assert_eq!(journal.keys().unwrap(), []);
    journal.keep(&entry(0), Some(b"old")).unwrap();
    assert_eq!(journal.entry(&key(0, false)).unwrap(), Some(entry(0)));
    assert_eq!(names(&torn), ["content", "entry.json"]);
}

/// A file system of a few pages; `None` where this user may not mount one.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tocsin-test"]).arg(folder).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_keeps_no_half_an_entry() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path()) else {
        println!("not run here: a small disk is mounted for this test, which this user may not; root may");
        return;
    };
    let journal = Journal::open(&disk.0.join("journal")).unwrap();
    journal.keep(&entry(0), Some(b"old")).unwrap();
    let error = journal.keep(&entry(1), Some(&[b'x'; 1 << 20])).unwrap_err();
    assert!(chain(&error).contains("of the journal cannot be written: "), "{}", chain(&error));
    let failure = VerbFailure::from(error);
    assert_eq!(failure.changed, tocsin_core::verb::Changed::No);
    assert_eq!(journal.entry(&key(1, false)).unwrap(), None);
    assert_eq!(journal.entry(&key(0, false)).unwrap(), Some(entry(0)));
    journal.forget(&key(1, false)).unwrap();
    journal.keep(&entry(1), Some(b"old")).unwrap();
}
