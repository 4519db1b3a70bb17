use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use tocsin_core::plan::Verb;
use tocsin_core::verb::{Changed, Order, Prepared};

use super::*;
use crate::fixture::{NOW, Node, key, names};

/// So many days old.
fn aged(path: &Path, days: u64) {
    let now = UNIX_EPOCH + Duration::from_millis(NOW.as_millis().unsigned_abs());
    File::options().append(true).open(path).unwrap().set_modified(now - Duration::from_secs(days * 86_400)).unwrap();
}

fn verb(folder: &Path, pattern: &str) -> Verb {
    Verb::DeleteFiles {
        folder: folder.to_str().unwrap().to_owned(),
        pattern: pattern.to_owned(),
        older_than_seconds: 7 * 86_400,
        count_max: 100,
        bytes_max: 1_000_000,
    }
}

/// Logs of which two are old.
fn logs() -> (Node, Order) {
    let node = Node::new();
    for (name, days) in [("logs/a.log", 30), ("logs/sub/b.log", 20), ("logs/c.log", 1), ("logs/keep.txt", 40)] {
        aged(&node.write(name, name), days);
    }
    let order = node.order(0, verb(&node.world("logs"), "**/*.log"));
    (node, order)
}

async fn prepared(node: &Node, order: &Order) -> Prepared {
    node.executor.prepare(order).await.unwrap()
}

#[tokio::test]
async fn old_files_wait_in_quarantine_and_come_back_as_they_were() {
    let (node, order) = logs();
    let prepared = prepared(&node, &order).await;
    let (logs, held) = (node.world("logs"), node.path("quarantine").join(order.key.to_string()));
    let expected = format!(
        "would move 2 files (24 bytes) below `{}` that match `**/*.log` and are older than 7 d into quarantine \
         (`{}`); their room is free once that is emptied\na.log (10 bytes)\nsub/b.log (14 bytes)",
        logs.display(),
        held.display()
    );
    assert_eq!(prepared.says, expected);
    assert_eq!(prepared.undo, Some(Undo::MoveBack { folder: logs.to_str().unwrap().to_owned(), count: 2 }));
    assert_eq!(node.names("world/logs"), ["a.log", "c.log", "keep.txt", "sub"]);
    let done = node.executor.carry_out(&order).await.unwrap();
    let expected = format!(
        "moved 2 files (24 bytes) into quarantine (`{}`); their room is free once that is emptied",
        held.display()
    );
    assert_eq!(done.says, expected);
    assert_eq!(
        (names(&logs), names(&logs.join("sub"))),
        (vec!["c.log".into(), "keep.txt".into(), "sub".into()], vec![])
    );
    let undo = node.undo(0, prepared.undo.unwrap());
    let prepared = node.executor.prepare(&undo).await.unwrap();
    assert!(prepared.says.starts_with("would move 2 files back"), "{}", prepared.says);
    node.executor.carry_out(&undo).await.unwrap();
    assert_eq!(fs::read_to_string(logs.join("sub/b.log")).unwrap(), "logs/sub/b.log");
    assert_eq!(node.names("world/logs"), ["a.log", "c.log", "keep.txt", "sub"]);
    assert_eq!(node.names("quarantine"), [""; 0]);
}

#[tokio::test]
async fn emptying_the_quarantine_frees_the_room_for_good() {
    let (node, order) = logs();
    aged(&node.write("logs/big.log", vec![b'x'; 100_000]), 30);
    let undo = prepared(&node, &order).await.undo.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    let failure = node.executor.forget(&order.key).await.unwrap_err();
    assert!(failure.reason.ends_with("still has files in quarantine: empty it first"), "{}", failure.reason);
    let freed = node.executor.empty_quarantine(&order.key).await.unwrap();
    assert_eq!(freed.files, 3);
    assert!((100_000..200_000).contains(&freed.bytes), "{freed:?}");
    assert_eq!(node.names("quarantine"), [""; 0]);
    let failure = node.executor.prepare(&node.undo(0, undo)).await.unwrap_err();
    assert!(failure.reason.ends_with("was removed for good"), "{}", failure.reason);
    assert_eq!(node.executor.empty_quarantine(&order.key).await.unwrap(), Freed::default());
    node.executor.forget(&order.key).await.unwrap();
    assert_eq!(node.executor.kept().await.unwrap(), []);
    assert!(node.executor.empty_quarantine(&order.key).await.is_err());
}

#[tokio::test]
async fn files_that_changed_since_they_were_looked_at_are_left() {
    type Change = fn(&Node);
    let changes: [(&str, Change); 6] = [
        ("written to", |node| {
            let path = node.write("logs/a.log", "logs/A.log");
            File::open(&path).unwrap();
        }),
        ("grown", |node| drop(node.write("logs/a.log", "longer than before"))),
        ("replaced by another", |node| {
            fs::rename(node.world("logs/a.log"), node.world("elsewhere")).unwrap();
            aged(&node.write("logs/a.log", "logs/a.log"), 30);
        }),
        ("replaced by a link", |node| {
            fs::rename(node.world("logs/a.log"), node.world("elsewhere")).unwrap();
            symlink(node.world("elsewhere"), node.world("logs/a.log")).unwrap();
        }),
        ("gone", |node| fs::remove_file(node.world("logs/a.log")).unwrap()),
        ("a folder", |node| {
            fs::remove_file(node.world("logs/a.log")).unwrap();
            fs::create_dir(node.world("logs/a.log")).unwrap();
        }),
    ];
    for (what, change) in changes {
        let (node, order) = logs();
        prepared(&node, &order).await;
        change(&node);
        let done = node.executor.carry_out(&order).await.unwrap();
        assert!(done.says.starts_with("moved 1 file (14 bytes) into quarantine"), "{what}: {}", done.says);
        assert!(done.says.contains("; 1 changed since they were looked at, and were left"), "{what}: {}", done.says);
        assert!(!node.world("logs/sub/b.log").exists());
    }
}

#[tokio::test]
async fn a_folder_that_became_a_link_leads_nowhere() {
    for swap in ["logs", "logs/sub"] {
        let (node, order) = logs();
        prepared(&node, &order).await;
        // The very same files, reached over a link.
        fs::rename(node.world(swap), node.world("outside")).unwrap();
        symlink(node.world("outside"), node.world(swap)).unwrap();
        let carried = node.executor.carry_out(&order).await;
        if swap == "logs" {
            let failure = carried.unwrap_err();
            assert!(failure.reason.ends_with("name the place that it leads to"), "{}", failure.reason);
            assert_eq!(failure.changed, Changed::No);
            assert_eq!(node.names("world/outside"), ["a.log", "c.log", "keep.txt", "sub"]);
        } else {
            assert!(carried.unwrap().says.contains("1 changed since"));
            assert_eq!(node.names("world/outside"), ["b.log"]);
        }
    }
}

#[tokio::test]
async fn links_other_kinds_and_names_that_are_no_text_are_never_taken() {
    use std::os::unix::ffi::OsStrExt as _;
    let (node, order) = logs();
    aged(&node.write("outside/secret.log", "secret"), 30);
    symlink(node.world("outside"), node.world("logs/outside")).unwrap();
    symlink(node.world("outside/secret.log"), node.world("logs/linked.log")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, node.world("logs/pipe.log"), rustix::fs::Mode::RUSR).unwrap();
    fs::write(node.world("logs").join(std::ffi::OsStr::from_bytes(b"\xff.log")), "").unwrap();
    assert!(prepared(&node, &order).await.says.starts_with("would move 2 files"));
    node.executor.carry_out(&order).await.unwrap();
    assert_eq!(fs::read_to_string(node.world("outside/secret.log")).unwrap(), "secret");
}

#[tokio::test]
async fn a_file_that_came_up_in_between_is_not_written_over_when_others_come_back() {
    let (node, order) = logs();
    let undo = prepared(&node, &order).await.undo.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    node.write("logs/a.log", "newer");
    let undo = node.undo(0, undo);
    node.executor.prepare(&undo).await.unwrap();
    let failure = node.executor.carry_out(&undo).await.unwrap_err();
    assert!(
        failure.reason.contains("1 stayed where they were, first of them a.log: another file has its place"),
        "{}",
        failure.reason
    );
    assert_eq!(failure.changed, Changed::Yes);
    assert_eq!(fs::read_to_string(node.world("logs/a.log")).unwrap(), "newer");
    assert!(node.world("logs/sub/b.log").exists());
    assert_eq!(names(&node.path("quarantine").join(order.key.to_string())), ["000000"]);
}

#[tokio::test]
async fn a_quarantine_that_is_there_already_stops_the_order() {
    let (node, order) = logs();
    prepared(&node, &order).await;
    let taken = node.path("quarantine").join(order.key.to_string());
    fs::create_dir_all(&taken).unwrap();
    fs::write(taken.join("000000"), "somebody's").unwrap();
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert!(failure.reason.contains("is there already"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
    assert_eq!(fs::read_to_string(taken.join("000000")).unwrap(), "somebody's");
    assert!(node.world("logs/a.log").exists());
}

#[tokio::test]
async fn bounds_hold_and_what_stays_because_of_them_is_said() {
    let (node, order) = logs();
    let Verb::DeleteFiles { folder, .. } = verb(&node.world("logs"), "") else { panic!() };
    let bounded = |pattern: &str, count_max, bytes_max| Verb::DeleteFiles {
        folder: folder.clone(),
        pattern: pattern.to_owned(),
        older_than_seconds: 7 * 86_400,
        count_max,
        bytes_max,
    };
    for (verb, says) in [
        (bounded("**/*.log", 1, 1_000), "; 1 more match, and stay because of the plan's bounds\na.log (10 bytes)"),
        (bounded("**/*.log", 0, 1_000), "is no bound"),
        (bounded("**/*.log", 1, 0), "is no bound"),
        (bounded("**/*.log", 10_001, 1), "are more than the 10000"),
        (bounded("**/*.log", 10, 9), "2 match, each too large"),
        (bounded("*.gz", 10, 1_000), "no file below"),
        (bounded("*", 10, 1_000), "would match everything"),
        (bounded("**/*", 10, 1_000), "would match everything"),
        (bounded("../x/*.log", 10, 1_000), "stays in it"),
    ] {
        let order = Order { errand: tocsin_core::verb::Errand::Do(verb), ..order.clone() };
        let said = match node.executor.prepare(&order).await {
            Ok(prepared) => prepared.says,
            Err(failure) => {
                assert_eq!(failure.changed, Changed::No);
                failure.reason
            }
        };
        assert!(said.contains(says), "{said}");
    }
}

#[tokio::test]
async fn folders_that_are_none_or_lie_behind_links_are_refused() {
    let (node, _) = logs();
    symlink(node.world("logs"), node.world("linked")).unwrap();
    for (folder, says) in [
        ("linked", "is a symbolic link"),
        ("linked/sub", "is a symbolic link"),
        ("logs/a.log", "is no folder"),
        ("nothing", "there is no"),
        ("logs/../logs", ".."),
    ] {
        let failure = node.executor.prepare(&node.order(0, verb(&node.world(folder), "*.log"))).await.unwrap_err();
        assert!(failure.reason.contains(says), "{folder}: {}", failure.reason);
    }
}

/// `None` where this user may not mount.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tocsin-test"]).arg(folder).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn on_another_file_system_the_quarantine_is_a_hidden_folder_within_and_no_other_is_entered() {
    let node = Node::new();
    let disk = Disk::mount(&node.world("logs"));
    let inner = disk.as_ref().and_then(|_| Disk::mount(&node.world("logs/inner")));
    let (Some(_disk), Some(_inner)) = (disk, inner) else {
        println!("not run here: a disk is mounted for this test, which this user may not; root may");
        return;
    };
    for name in ["logs/a.log", "logs/inner/b.log"] {
        aged(&node.write(name, name), 30);
    }
    let order = node.order(0, verb(&node.world("logs"), "**/*.log"));
    let prepared = prepared(&node, &order).await;
    assert!(prepared.says.starts_with("would move 1 file (10 bytes)"), "{}", prepared.says);
    assert!(prepared.says.contains(&format!("/logs/.tocsin-quarantine/{}`", order.key)), "{}", prepared.says);
    node.executor.carry_out(&order).await.unwrap();
    assert_eq!(node.names("world/logs"), [".tocsin-quarantine", "inner"]);
    // What waits there is not found again.
    let again = node.order(1, verb(&node.world("logs"), "**/0*"));
    assert!(node.executor.prepare(&again).await.unwrap_err().reason.starts_with("no file below"));
    let undo = node.undo(0, prepared.undo.unwrap());
    node.executor.prepare(&undo).await.unwrap();
    node.executor.carry_out(&undo).await.unwrap();
    assert_eq!(fs::read_to_string(node.world("logs/a.log")).unwrap(), "logs/a.log");
    assert_eq!(node.names("world/logs/.tocsin-quarantine"), [""; 0]);
}

#[tokio::test]
async fn a_hidden_folder_that_another_could_change_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let node = Node::new();
    let Some(_disk) = Disk::mount(&node.world("logs")) else {
        println!("not run here: a disk is mounted for this test, which this user may not; root may");
        return;
    };
    aged(&node.write("logs/a.log", "a"), 30);
    let order = node.order(0, verb(&node.world("logs"), "*.log"));
    prepared(&node, &order).await;
    let hidden = node.world("logs/.tocsin-quarantine");
    fs::create_dir(&hidden).unwrap();
    fs::set_permissions(&hidden, fs::Permissions::from_mode(0o777)).unwrap();
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert!(failure.reason.contains("belongs to another user"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
}

#[test]
fn past_the_deadline_no_further_file_is_moved() {
    let node = Node::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let path = node.write("logs/a.log", "a");
        aged(&path, 30);
        let quarantine = node.path("quarantine");
        let key = key(7, false);
        let ward = Ward { node: &quarantine, key: &key };
        let folder = node.world("logs");
        let bounds = Bounds { older_than: Duration::ZERO, count_max: 1, bytes_max: 1 };
        let cleanup = Cleanup { folder: folder.to_str().unwrap(), pattern: "*.log", bounds };
        let failure = cleanup.look(ward, NOW, Instant::now()).unwrap_err();
        assert!(failure.reason.contains("was not read through by the deadline"), "{}", failure.reason);
        let look = cleanup.look(ward, NOW, Instant::now() + Duration::from_secs(60)).unwrap();
        let Found::Files(found) = look.found else { panic!("{look:?}") };
        assert_eq!(carry(&found, ward, Instant::now()).unwrap_err().changed, Changed::No);
        assert!(path.exists());
    });
}
