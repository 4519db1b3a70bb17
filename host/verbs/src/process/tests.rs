use std::process::{Child, Command};

use tocsin_core::plan::Verb;
use tocsin_core::verb::Changed;

use super::*;
use crate::fixture::Node;

/// A process that waits, ended with the test.
struct Sleeper(Child);

impl Sleeper {
    fn start() -> Self {
        Self(Command::new("/bin/sleep").arg("600").spawn().unwrap())
    }

    fn stat(&self) -> Stat {
        Stat::from_file(format!("/proc/{}/stat", self.0.id())).unwrap()
    }

    /// What the kernel says of it, once it runs what it is to run.
    fn verb(&self, signal: &str) -> Verb {
        let own = fs::read_link("/proc/self/exe").unwrap();
        let exe = loop {
            let exe = fs::read_link(format!("/proc/{}/exe", self.0.id())).unwrap();
            if exe != own {
                break exe;
            }
            std::thread::yield_now();
        };
        let stat = self.stat();
        let boot_ms = KernelStats::current().unwrap().btime * 1_000;
        let started_ms = boot_ms + stat.starttime * 1_000 / procfs::ticks_per_second();
        Verb::SignalProcess {
            name: stat.comm,
            executable: exe.to_str().unwrap().to_owned(),
            pid: self.0.id(),
            started_at: Timestamp::from_millis(i64::try_from(started_ms).unwrap()),
            signal: signal.to_owned(),
        }
    }

    fn ended_by(&mut self) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt as _;
        self.0.wait().unwrap().signal()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// The parts of a verb, each of which a test may change.
#[derive(Clone)]
struct Parts {
    name: String,
    executable: String,
    pid: u32,
    started_at: Timestamp,
    signal: String,
}

impl Parts {
    fn of(verb: Verb) -> Self {
        let Verb::SignalProcess { name, executable, pid, started_at, signal } = verb else { panic!("{verb:?}") };
        Self { name, executable, pid, started_at, signal }
    }

    fn verb(self) -> Verb {
        let Self { name, executable, pid, started_at, signal } = self;
        Verb::SignalProcess { name, executable, pid, started_at, signal }
    }
}

#[tokio::test]
async fn the_process_that_was_looked_at_gets_the_signal() {
    let (node, mut sleeper) = (Node::new(), Sleeper::start());
    let order = node.order(0, sleeper.verb("SIGINT"));
    let prepared = node.executor.prepare(&order).await.unwrap();
    assert!(prepared.says.starts_with("would send SIGINT to sleep (/"), "{}", prepared.says);
    assert_eq!(prepared.undo, None);
    assert!(sleeper.0.try_wait().unwrap().is_none());
    let done = node.executor.carry_out(&order).await.unwrap();
    assert_eq!(done.says, format!("sent SIGINT to sleep (process {})", sleeper.0.id()));
    assert_eq!(sleeper.ended_by(), Some(2));
}

#[tokio::test]
async fn every_part_of_a_process_has_to_match() {
    let (node, mut sleeper) = (Node::new(), Sleeper::start());
    let right = Parts::of(sleeper.verb("TERM"));
    let early = right.started_at.before(std::time::Duration::from_secs(60));
    let pid = |pid| Parts { pid, ..right.clone() };
    let signal = |signal: &str| Parts { signal: signal.to_owned(), ..right.clone() };
    for (parts, says) in [
        (Parts { name: "sleepy".to_owned(), ..right.clone() }, "is called sleep, not sleepy"),
        (Parts { executable: "/bin/nothing".to_owned(), ..right.clone() }, ", not /bin/nothing"),
        (Parts { started_at: early, ..right.clone() }, "its number belongs to another process now"),
        (pid(0), "process 0 is never sent a signal"),
        (pid(1), "process 1 is never sent a signal"),
        (pid(std::process::id()), "is never sent a signal"),
        (pid(u32::MAX), "is never sent a signal"),
        (pid(4_194_304), "there is no process 4194304 any more"),
        (signal("SEGV"), "`SEGV` is no signal that may be sent"),
        (signal("9"), "`9` is no signal that may be sent"),
        (signal(""), "`` is no signal that may be sent"),
    ] {
        let verb = parts.verb();
        let failure = node.executor.prepare(&node.order(0, verb)).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
    }
    assert!(sleeper.0.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn a_process_that_is_gone_is_not_sent_a_signal() {
    let (node, mut sleeper) = (Node::new(), Sleeper::start());
    let order = node.order(0, sleeper.verb("TERM"));
    node.executor.prepare(&order).await.unwrap();
    sleeper.0.kill().unwrap();
    sleeper.0.wait().unwrap();
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert_eq!(failure.reason, format!("there is no process {} any more", sleeper.0.id()));
    assert_eq!(failure.changed, Changed::No);
}

/// Starts processes until one has this number and started later.
fn recycled(pid: u32, started: u64) -> Option<Sleeper> {
    for _ in 0..1_000 {
        fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).ok()?;
        let sleeper = Sleeper::start();
        if sleeper.0.id() == pid && sleeper.stat().starttime > started {
            return Some(sleeper);
        }
    }
    None
}

#[tokio::test]
async fn a_process_that_got_the_number_of_another_is_left_alone() {
    let (node, mut sleeper) = (Node::new(), Sleeper::start());
    let order = node.order(0, sleeper.verb("TERM"));
    node.executor.prepare(&order).await.unwrap();
    let (pid, started) = (sleeper.0.id(), sleeper.stat().starttime);
    sleeper.0.kill().unwrap();
    sleeper.0.wait().unwrap();
    let Some(mut other) = recycled(pid, started) else {
        println!("not run here: the kernel is asked for a number again, which root alone may");
        return;
    };
    // The same program, name and number.
    let _same = other.verb("TERM");
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert!(failure.reason.contains("its number was given away"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::No);
    assert!(other.0.try_wait().unwrap().is_none());
}

#[test]
fn a_long_name_is_known_by_what_the_kernel_keeps_of_it() {
    for (kept, name, expected) in [
        ("nginx", "nginx", true),
        ("nginx", "nginx2", false),
        ("a-very-long-nam", "a-very-long-name", true),
        ("a-very-long-nam", "a-very-long-nam", true),
        ("a-very-long-nam", "a-very-long-other", false),
        ("a-very-long-na", "a-very-long-name", false),
    ] {
        assert_eq!(is_name(kept, name), expected, "{kept} for {name}");
    }
}
