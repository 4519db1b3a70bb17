use std::fs;
use std::path::Path;
use std::sync::Arc;

use tocsin_core::plan::Verb;
use tocsin_core::verb::{Changed, Order};

use super::*;
use crate::fixture::Node;

fn shell(script: &str) -> Command {
    Command {
        name: "fix".into(),
        program: "/bin/sh".to_owned(),
        fixed: vec!["-c".to_owned(), script.to_owned(), "fix".to_owned()],
        patterns: vec![],
        user: None,
        folder: None,
    }
}

fn order(node: &Node, command: Command, arguments: &[&str], timeout: Duration) -> Order {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let verb = Verb::RunCommand { command: "fix".to_owned(), arguments };
    Order { timeout, command: Some(Arc::new(command)), ..node.order(0, verb) }
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);

async fn run(command: Command, arguments: &[&str], timeout: Duration) -> Outcome<Done> {
    let node = Node::new();
    let order = order(&node, command, arguments, timeout);
    node.executor.prepare(&order).await?;
    node.executor.carry_out(&order).await
}

/// Whether a process that wrote its number there is still at work; one that nobody reaped yet is not.
fn runs(path: &Path) -> bool {
    let pid = fs::read_to_string(path).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

async fn gone(path: &Path) {
    let gone = async {
        while runs(path) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, gone).await.unwrap();
}

#[tokio::test]
async fn a_command_gets_its_arguments_an_empty_environment_no_input_and_a_group_of_its_own() {
    let script = "echo \"$1|$2\"; env | sort; cat; [ \"$(cut -d' ' -f5 /proc/$$/stat)\" = $$ ] && echo own group; echo oops >&2; pwd";
    let command = Command { patterns: vec![r"\w+".to_owned(), ".*".to_owned()], ..shell(script) };
    let done = run(command, &["one", "$(id); 'two' *"], LONG).await.unwrap();
    assert_eq!(done.says, "`fix` ended well after 0 s");
    assert!(done.output.starts_with("one|$(id); 'two' *\nLANG=C.UTF-8\n"), "{}", done.output);
    assert!(done.output.ends_with("own group\noops\n/\n"), "{}", done.output);
    let names: Vec<_> = done.output.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    // The shell itself sets the other two.
    assert!(names.iter().all(|name| ["LANG", "PATH", "PWD", "_", "OLDPWD", "SHLVL"].contains(name)), "{names:?}");
}

#[tokio::test]
async fn what_would_be_run_is_said_before() {
    let node = Node::new();
    let command = Command { patterns: vec!["[a-z]+".to_owned()], program: "/bin/echo".to_owned(), ..shell("x y") };
    let prepared = node.executor.prepare(&order(&node, command, &["zone"], LONG)).await.unwrap();
    let own = rustix::process::geteuid().as_raw();
    let expected =
        format!(r#"would run `fix`: /bin/echo "-c" "x y" "fix" "zone" as this node's own user ({own}) in /"#);
    assert_eq!((prepared.says, prepared.undo), (expected, None));
}

#[tokio::test]
async fn arguments_match_their_patterns_as_a_whole_or_nothing_is_started() {
    let node = Node::new();
    for (patterns, arguments, says) in [
        (vec!["web[0-9]"], vec!["web1"], ""),
        (vec!["web[0-9]"], vec!["web1 "], "does not match"),
        (vec!["web[0-9]"], vec!["web1\n"], "does not match"),
        (vec!["web[0-9]"], vec!["xweb1"], "does not match"),
        (vec!["web[0-9]"], vec![], "takes 1 arguments, and the plan gives 0"),
        (vec![], vec!["web1"], "takes 0 arguments, and the plan gives 1"),
        (vec!["a|b"], vec!["bc"], "does not match"),
        (vec!["a|b"], vec!["ac"], "does not match"),
        (vec!["(?m)^a$"], vec!["a\nb"], "does not match"),
        // Read by itself it is none: it would reach beyond the anchors.
        (vec!["a)|(?:.*"], vec!["anything"], "is no pattern"),
        (vec!["(?x)a #"], vec!["b"], "is no pattern"),
        (vec!["(a"], vec!["a"], "is no pattern"),
        (vec![".*"], vec!["a\0b"], "has a zero byte"),
    ] {
        let patterns = patterns.into_iter().map(str::to_owned).collect();
        let order = order(&node, Command { patterns, ..shell("true") }, &arguments, LONG);
        match node.executor.prepare(&order).await {
            Ok(_) => assert_eq!(says, "", "{arguments:?}"),
            Err(failure) => {
                assert!(!says.is_empty() && failure.reason.contains(says), "{arguments:?}: {}", failure.reason);
                assert_eq!(failure.changed, Changed::No);
            }
        }
    }
    let long = "a".repeat(ARGUMENT_BYTES_MAX + 1);
    let order = order(&node, Command { patterns: vec!["a*".to_owned()], ..shell("true") }, &[&long], LONG);
    assert!(node.executor.prepare(&order).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_started_has_changed_nothing() {
    let node = Node::new();
    let text = node.write("text", "no program");
    let missing = node.world("missing");
    let shown = |path: &Path| path.to_str().unwrap().to_owned();
    for (command, says) in [
        (Command { program: "true".to_owned(), ..shell("") }, "which is no absolute path"),
        (Command { program: shown(&missing), ..shell("") }, "No such file"),
        (Command { program: shown(&text), ..shell("") }, "is no program"),
        (Command { program: "/bin".to_owned(), ..shell("") }, "is no program"),
        (Command { folder: Some(shown(&missing)), ..shell("") }, "which is no folder"),
        (Command { folder: Some("bin".to_owned()), ..shell("") }, "which is no folder"),
        (Command { user: Some("nobody-of-that-name".to_owned()), ..shell("") }, "knows no such user"),
    ] {
        let failure = node.executor.prepare(&order(&node, command, &[], LONG)).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
    }
    let unnamed = Order { command: None, ..order(&node, shell(""), &[], LONG) };
    let failure = node.executor.prepare(&unnamed).await.unwrap_err();
    assert_eq!(failure.reason, "this node's configuration has no command `fix`");
}

#[tokio::test]
async fn a_command_runs_as_another_user_only_if_this_one_may_switch() {
    let command = Command { user: Some("daemon".to_owned()), ..shell("id -u; id -g; id -G") };
    let ran = run(command, &[], LONG).await;
    if rustix::process::geteuid().is_root() {
        assert_eq!(ran.unwrap().output, "1\n1\n1\n");
    } else {
        let failure = ran.unwrap_err();
        assert!(failure.reason.contains("only root may switch to another user"), "{}", failure.reason);
    }
}

#[tokio::test]
async fn a_command_that_fails_has_run_and_what_it_said_is_kept() {
    for (script, says) in [("echo broken; exit 3", "exit code 3"), ("echo broken; kill -9 $$", "was ended by signal 9")]
    {
        let failure = run(shell(script), &[], LONG).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!((failure.changed, failure.output.as_str()), (Changed::Yes, "broken\n"));
    }
}

#[tokio::test]
async fn a_hundred_megabytes_are_read_and_cut() {
    let done = run(shell("echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last"), &[], LONG).await;
    let output = done.unwrap().output;
    assert!(output.starts_with("first\nxxx") && output.ends_with("xxx\nlast\n"));
    assert!(output.contains(" bytes left out …]") && output.len() <= 16 << 10, "{}", output.len());
}

#[tokio::test]
async fn what_ignores_being_asked_to_end_is_ended_with_all_it_started() {
    let node = Node::new();
    let (own, child) = (node.world("own"), node.world("child"));
    let script = format!(
        "trap '' TERM; echo $$ > {}; sh -c 'trap \"\" TERM; echo $$ > {}; while :; do sleep 1; done' & \
         echo begun; while :; do sleep 1; done",
        own.display(),
        child.display()
    );
    let order = order(&node, shell(&script), &[], Duration::from_secs(1));
    node.executor.prepare(&order).await.unwrap();
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert_eq!(failure.reason, "`fix` was not over by its deadline, so it was ended with all it started");
    assert_eq!((failure.changed, failure.output.as_str()), (Changed::Perhaps, "begun\n"));
    // The kernel may still be at it.
    gone(&own).await;
    gone(&child).await;
}

#[tokio::test]
async fn what_ends_when_it_is_asked_to_may_say_so() {
    let script = "trap 'echo tidied; exit 0' TERM; echo begun; while :; do sleep 0.05; done";
    let failure = run(shell(script), &[], Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(failure.changed, Changed::Perhaps);
    // The shell may say something of its own in between.
    assert!(failure.output.starts_with("begun\n") && failure.output.ends_with("tidied\n"), "{}", failure.output);
}

#[tokio::test]
async fn a_child_that_holds_the_pipe_keeps_nobody_waiting_and_runs_on() {
    let node = Node::new();
    let child = node.world("child");
    let script =
        format!("sh -c 'echo $$ > {0}; exec sleep 600' & until [ -s {0} ]; do :; done; echo started", child.display());
    let order = order(&node, shell(&script), &[], LONG);
    node.executor.prepare(&order).await.unwrap();
    let began = Instant::now();
    let done = node.executor.carry_out(&order).await.unwrap();
    assert_eq!(done.output, "started\n");
    assert!(began.elapsed() < LONG / 2 && runs(&child));
    end(&child);
}

#[tokio::test]
async fn a_child_that_leaves_the_group_keeps_nobody_waiting_past_the_deadline() {
    let node = Node::new();
    let child = node.world("child");
    let script = format!(
        "setsid sh -c 'echo $$ > {0}; exec sleep 600' & until [ -s {0} ]; do :; done; sleep 600",
        child.display()
    );
    let order = order(&node, shell(&script), &[], Duration::from_secs(2));
    node.executor.prepare(&order).await.unwrap();
    let began = Instant::now();
    assert_eq!(node.executor.carry_out(&order).await.unwrap_err().changed, Changed::Perhaps);
    assert!(began.elapsed() < LONG / 2);
    end(&child);
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_any_more_is_ended() {
    let node = Node::new();
    let own = node.world("own");
    let script = format!("echo $$ > {}; while :; do sleep 1; done", own.display());
    let order = order(&node, shell(&script), &[], LONG);
    node.executor.prepare(&order).await.unwrap();
    let carried = tokio::time::timeout(Duration::from_secs(1), node.executor.carry_out(&order)).await;
    assert!(carried.is_err());
    gone(&own).await;
}

#[tokio::test]
async fn a_deadline_that_has_passed_starts_nothing_that_stays() {
    let failure = run(shell("while :; do sleep 1; done"), &[], SHORT).await.unwrap_err();
    assert_eq!(failure.changed, Changed::Perhaps);
}

fn end(child: &Path) {
    let pid = fs::read_to_string(child).unwrap().trim().parse().unwrap();
    rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}
