//! What no file of ours says. A rule is a few words that must not stand in a part of the tree.

use super::assert_none;
use super::tree::{File, Tree};

/// Every line of `file` that holds one of `words`, with its place. Comments may say anything.
fn lines_with(file: &File, words: &[&str]) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let code = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
    let found = code.filter(|(_, line)| words.iter().any(|word| line.contains(word)));
    found.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())).collect()
}

/// This room names what it bans.
fn is_tidy_itself(file: &File) -> bool {
    file.path.starts_with("tests/it/tidy")
}

/// The part of a file that runs in tests alone: all of it below `tests/`, else what follows `#[cfg(test)]`.
fn test_part(file: &File) -> Option<File> {
    let whole = file.path.starts_with("tests/") || file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
    let start = if whole { Some(0) } else { file.text.find("#[cfg(test)]\nmod ") };
    start.and_then(|start| file.text.get(start..)).map(|text| File { path: file.path.clone(), text: text.to_owned() })
}

#[test]
fn no_test_sleeps() {
    // A guest's own sleep is what some tests are about.
    let files =
        Tree::rust().into_iter().filter(|file| !is_tidy_itself(file) && !file.path.starts_with("tests/guests/"));
    let words = ["thread::sleep", "time::sleep", "sleep(Duration", "sleep_until("];
    let offenders: Vec<_> = files.filter_map(test_part).flat_map(|file| lines_with(&file, &words)).collect();
    assert_none("A test awaits a condition; it does not sleep:", &offenders);
}

#[test]
fn no_test_reaches_past_loopback() {
    let files = Tree::rust().into_iter().filter(|file| !is_tidy_itself(file));
    let words = ["8.8.8.8:", "1.1.1.1:", "http://google", "https://google", "://github.com", "://crates.io"];
    let offenders: Vec<_> = files.filter_map(test_part).flat_map(|file| lines_with(&file, &words)).collect();
    assert_none("Tests use no outside network:", &offenders);
}

#[test]
fn every_queue_is_bounded() {
    let files = Tree::rust().into_iter().filter(|file| !is_tidy_itself(file));
    let words = ["unbounded_channel", "UnboundedSender", "UnboundedReceiver", "unbounded()", "mpsc::channel()"];
    let offenders: Vec<_> = files.flat_map(|file| lines_with(file, &words)).collect();
    assert_none("A queue has a bound, and its overflow is counted:", &offenders);
}

#[test]
fn sql_is_spoken_in_the_store_alone() {
    let files = Tree::rust().into_iter().filter(|file| !is_tidy_itself(file) && !file.path.starts_with("host/store/"));
    let words = ["SELECT ", "INSERT INTO", "CREATE TABLE", "DELETE FROM", "PRAGMA ", "rusqlite::"];
    let offenders: Vec<_> = files.flat_map(|file| lines_with(file, &words)).collect();
    assert_none("SQL has one home, host/store:", &offenders);
}

#[test]
fn wasmtime_is_spoken_in_the_sandbox_alone() {
    let files =
        Tree::rust().into_iter().filter(|file| !is_tidy_itself(file) && !file.path.starts_with("host/sandbox/"));
    let offenders: Vec<_> = files.flat_map(|file| lines_with(file, &["wasmtime::", "wasmtime_wasi"])).collect();
    assert_none("Wasmtime has one home, host/sandbox:", &offenders);
}

#[test]
fn tasks_are_spawned_in_one_place() {
    let files = Tree::rust()
        .into_iter()
        .filter(|file| file.path.starts_with("host/") && file.path != "host/daemon/src/tasks.rs");
    let files = files.map(|file| {
        let own = file.text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        File { path: file.path.clone(), text: own }
    });
    let offenders: Vec<_> = files.flat_map(|file| lines_with(&file, &["tokio::spawn(", "task::spawn("])).collect();
    assert_none("A task has a name and is drained: host/daemon/src/tasks.rs spawns it.", &offenders);
}

#[test]
fn no_file_names_the_machine_it_was_written_on() {
    let files = Tree::all().iter().filter(|file| !is_tidy_itself(file));
    let offenders: Vec<_> = files.flat_map(|file| lines_with(file, &["/work/", "/root/", "/home/"])).collect();
    assert_none("A path of one machine is no path for others:", &offenders);
}

#[test]
fn nothing_is_called_by_a_word_that_says_nothing() {
    let words = ["manager", "handler", "processor", "helper", "util", "utils", "common", "service", "services"];
    let named = Tree::rust().into_iter().filter(|file| {
        // A verb's own name, and systemd's word for what it restarts.
        let path = file.path.replace("restart-service", "").replace("restart_service", "");
        let parts = path.trim_end_matches(".rs").split(['/', '_', '-']);
        parts.into_iter().any(|part| words.contains(&part))
    });
    let named: Vec<_> = named.map(|file| file.path.clone()).collect();
    assert_none("A room is called by what it owns (DESIGN section 1):", &named);
}
