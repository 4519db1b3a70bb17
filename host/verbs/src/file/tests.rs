use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use tocsin_core::plan::Verb;
use tocsin_core::verb::Changed;

use crate::fixture::Node;

fn write(path: &Path, content: impl AsRef<[u8]>, mode: u32) -> Verb {
    Verb::WriteFile { path: path.to_str().unwrap().to_owned(), content: content.as_ref().to_vec(), mode }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_file_is_written_whole_and_comes_back_as_it_was() {
    let node = Node::new();
    let path = node.write("app.conf", "old\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let order = node.order(0, write(&path, "new content\n", 0o600));
    let prepared = node.executor.prepare(&order).await.unwrap();
    let shown = path.display();
    assert_eq!(prepared.says, format!("would write 12 bytes to `{shown}` with mode 0600, over 4 bytes with mode 0640"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
    let done = node.executor.carry_out(&order).await.unwrap();
    assert_eq!(done.says, format!("wrote 12 bytes to `{shown}`"));
    assert_eq!((fs::read_to_string(&path).unwrap(), mode(&path)), ("new content\n".to_owned(), 0o600));
    let undo = node.undo(0, prepared.undo.unwrap());
    let prepared = node.executor.prepare(&undo).await.unwrap();
    assert_eq!(prepared.says, format!("would write the 4 bytes back that `{shown}` held before"));
    node.executor.carry_out(&undo).await.unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap(), mode(&path)), ("old\n".to_owned(), 0o640));
    assert_eq!(node.names("world"), ["app.conf"]);
}

#[tokio::test]
async fn a_file_that_was_not_there_is_removed_again() {
    let node = Node::new();
    let path = node.world("new.conf");
    let order = node.order(0, write(&path, "content", 0o644));
    let prepared = node.executor.prepare(&order).await.unwrap();
    assert_eq!(prepared.says, format!("would make `{}` with 7 bytes and mode 0644", path.display()));
    node.executor.carry_out(&order).await.unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap(), mode(&path)), ("content".to_owned(), 0o644));
    let undo = node.undo(0, prepared.undo.unwrap());
    node.executor.prepare(&undo).await.unwrap();
    let done = node.executor.carry_out(&undo).await.unwrap();
    assert_eq!(done.says, format!("removed `{}` again", path.display()));
    assert_eq!(node.names("world"), [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_written_or_not_be_restored_is_refused_before_anything_is_changed() {
    let node = Node::new();
    let file = node.write("app.conf", "old");
    let large = node.write("large", vec![b'x'; (1 << 20) + 1]);
    fs::create_dir(node.world("folder")).unwrap();
    symlink(&file, node.world("linked.conf")).unwrap();
    symlink(node.world("folder"), node.world("linked")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, node.world("pipe"), rustix::fs::Mode::RUSR).unwrap();
    let climbing = node.world("folder/../app.conf");
    let content = vec![b'x'; (1 << 20) + 1];
    for (verb, says) in [
        (write(&node.world("linked.conf"), "new", 0o644), "is a symbolic link"),
        (write(&node.world("linked/app.conf"), "new", 0o644), "/linked` is a symbolic link"),
        (write(&climbing, "new", 0o644), ".."),
        (write(&node.world("nothing/app.conf"), "new", 0o644), "there is no `"),
        (write(&node.world("app.conf/x"), "new", 0o644), "is no folder"),
        (write(&node.world("folder"), "new", 0o644), "is no regular file"),
        (write(&node.world("pipe"), "new", 0o644), "is no regular file"),
        (write(&large, "new", 0o644), "is larger than 1 MiB"),
        (write(&file, &content, 0o644), "are more than 1 MiB"),
        (write(&file, "new", 0o4755), "mode 4755"),
        (write(Path::new("/proc/sys/vm/swappiness"), "1", 0o644), "is made up by the kernel"),
        (write(Path::new("app.conf"), "new", 0o644), "app.conf"),
    ] {
        let failure = node.executor.prepare(&node.order(0, verb.clone())).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}: {}", verb.target(), failure.reason);
        assert_eq!(failure.changed, Changed::No);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_looked_at_is_left() {
    type Swap = fn(&Node);
    let swaps: [(&str, Swap); 6] = [
        ("was changed since", |node| drop(node.write("a/app.conf", "theirs"))),
        ("was changed since", |node| fs::remove_file(node.world("a/app.conf")).unwrap()),
        ("was changed since", |node| {
            fs::set_permissions(node.world("a/app.conf"), fs::Permissions::from_mode(0o400)).unwrap();
        }),
        ("is a symbolic link", |node| {
            fs::remove_file(node.world("a/app.conf")).unwrap();
            symlink(node.world("outside/app.conf"), node.world("a/app.conf")).unwrap();
        }),
        ("is a symbolic link", |node| {
            fs::rename(node.world("a"), node.world("b")).unwrap();
            symlink(node.world("outside"), node.world("a")).unwrap();
        }),
        ("there is no", |node| fs::rename(node.world("a"), node.world("b")).unwrap()),
    ];
    for (says, swap) in swaps {
        let node = Node::new();
        let path = node.write("a/app.conf", "old");
        let outside = node.write("outside/app.conf", "old");
        let order = node.order(0, write(&path, "new", 0o644));
        node.executor.prepare(&order).await.unwrap();
        swap(&node);
        let failure = node.executor.carry_out(&order).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
        assert_eq!(fs::read_to_string(&outside).unwrap(), "old");
    }
}

#[tokio::test]
async fn a_file_that_came_up_since_is_not_written_over() {
    let node = Node::new();
    let path = node.world("new.conf");
    let order = node.order(0, write(&path, "ours", 0o644));
    node.executor.prepare(&order).await.unwrap();
    fs::write(&path, "theirs").unwrap();
    assert_eq!(node.executor.carry_out(&order).await.unwrap_err().changed, Changed::No);
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    assert_eq!(node.names("world"), ["new.conf"]);
}

#[tokio::test]
async fn what_somebody_changed_after_the_verb_is_not_taken_back() {
    let node = Node::new();
    let path = node.write("app.conf", "old");
    let order = node.order(0, write(&path, "new", 0o644));
    let undo = node.executor.prepare(&order).await.unwrap().undo.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    let undo = node.undo(0, undo);
    node.executor.prepare(&undo).await.unwrap();
    fs::write(&path, "somebody's").unwrap();
    let failure = node.executor.carry_out(&undo).await.unwrap_err();
    assert!(failure.reason.contains("was changed by somebody else since"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's");
}

#[tokio::test]
async fn what_the_journal_lost_is_not_restored() {
    let node = Node::new();
    let path = node.write("app.conf", "old");
    let order = node.order(0, write(&path, "new", 0o644));
    let undo = node.executor.prepare(&order).await.unwrap().undo.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    let kept = node.path("journal").join(order.key.to_string()).join("content");
    fs::write(&kept, "oops").unwrap();
    let failure = node.executor.prepare(&node.undo(0, undo)).await.unwrap_err();
    assert!(failure.reason.contains(&kept.display().to_string()), "{}", failure.reason);
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
}

#[tokio::test]
async fn the_owner_stays_the_owner() {
    if !rustix::process::geteuid().is_root() {
        println!("not run here: only root may give files away");
        return;
    }
    let node = Node::new();
    let path = node.write("app.conf", "old");
    std::os::unix::fs::chown(&path, Some(33), Some(34)).unwrap();
    let order = node.order(0, write(&path, "new", 0o644));
    let undo = node.executor.prepare(&order).await.unwrap().undo.unwrap();
    node.executor.carry_out(&order).await.unwrap();
    let owner = |path: &Path| fs::metadata(path).map(|found| (found.uid(), found.gid())).unwrap();
    assert_eq!(owner(&path), (33, 34));
    let undo = node.undo(0, undo);
    node.executor.prepare(&undo).await.unwrap();
    node.executor.carry_out(&undo).await.unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap(), owner(&path)), ("old".to_owned(), (33, 34)));
}
