//! `run-command`: a program that the node's configuration names, started without a shell in a process group of its own, with
//! arguments that match their patterns. Whatever it does, it is over soon after its deadline. It cannot be taken back.
//!
//! A process that leaves the group (`setsid`) is no longer reached; it keeps nobody waiting either, since only the program
//! itself is waited for. What a program leaves running in the background when it ends well is left running.

mod output;
mod user;

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use regex::Regex;
use rustix::process::{Pid, PidfdFlags, Signal};
use tocsin_core::verb::{Command, Done, VerbFailure};
use tokio::io::AsyncReadExt as _;
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe::Receiver;
use tokio::process::Child;
use tokio::time::{Instant, sleep_until, timeout};

use self::output::Output;
use self::user::Identity;
use crate::failure::{Outcome, failed, refused, span, unclear};
use crate::found::{Found, Look};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const LANG: &str = "C.UTF-8";
const ARGUMENT_BYTES_MAX: usize = 4_096;
/// Between being asked to end and being ended.
const TERM_GRACE: Duration = Duration::from_secs(2);
/// A process that the kernel cannot end now (it waits for a disk) is not waited for.
const REAP_GRACE: Duration = Duration::from_secs(1);

/// One run of one command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    pub(crate) command: &'a Command,
    pub(crate) arguments: &'a [String],
}

impl Start<'_> {
    pub(crate) fn look(self) -> Outcome<Look> {
        self.fits()?;
        let identity = Identity::of(self.command)?;
        let Command { name, program, fixed, .. } = self.command;
        let words: Vec<String> = fixed.iter().chain(self.arguments).map(|word| format!(" {word:?}")).collect();
        let says = format!("would run `{name}`: {program}{} as {identity} in {}", words.concat(), self.folder());
        Ok(Look::of(says, Found::Nothing))
    }

    /// Is over by the deadline and [`TERM_GRACE`] and [`REAP_GRACE`].
    pub(crate) async fn carry(self, deadline: Instant) -> Outcome<Done> {
        self.fits()?;
        let began = Instant::now();
        let (mut running, reader) = self.start()?;
        let mut output = Output::default();
        let late = running.watch(reader, deadline, &mut output).await;
        let status = timeout(REAP_GRACE, running.reap()).await;
        let (name, output) = (&self.command.name, output.text());
        let took = span(Duration::from_secs(began.elapsed().as_secs()));
        let failure = match status {
            _ if late => unclear(format!("`{name}` was not over by its deadline, so it was ended with all it started")),
            Ok(Ok(status)) if status.success() => {
                return Ok(Done { says: format!("`{name}` ended well after {took}"), output });
            }
            Ok(Ok(status)) => failed(format!("`{name}` {}", ended(status))),
            Ok(Err(error)) => unclear(format!("it is not known how `{name}` ended: {error}")),
            Err(_) => unclear(format!("`{name}` ended, and the kernel does not say how")),
        };
        Err(VerbFailure { output, ..failure })
    }

    fn start(self) -> Outcome<(Running, Receiver)> {
        let Command { name, program, fixed, .. } = self.command;
        let identity = Identity::of(self.command)?;
        let cannot = |error: std::io::Error| refused(format!("`{name}` cannot be started: {program}: {error}"));
        // Asked before anything is started: without handles on processes none could be ended for sure.
        let _can = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty())
            .map_err(|error| refused(format!("commands need Linux 5.3 or later: {error}")))?;
        let (reader, writer) = std::io::pipe().map_err(cannot)?;
        let reader = Receiver::from_owned_fd(OwnedFd::from(reader)).map_err(cannot)?;
        let mut start = tokio::process::Command::new(program);
        start.args(fixed).args(self.arguments).env_clear().env("PATH", PATH).env("LANG", LANG);
        start.current_dir(self.folder()).stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        start.stdout(writer.try_clone().map_err(cannot)?).stderr(writer);
        if let Identity::Switch { user, group, .. } = identity {
            // Supplementary groups are dropped with it.
            start.uid(user).gid(group);
        }
        let child = start.spawn().map_err(cannot)?;
        // It holds the writing ends of the pipe.
        drop(start);
        Ok((Running::of(child)?, reader))
    }

    fn folder(&self) -> &str {
        self.command.folder.as_deref().unwrap_or("/")
    }

    fn fits(self) -> Outcome<()> {
        let Command { name, program, patterns, .. } = self.command;
        if !program.starts_with('/') {
            return Err(refused(format!("`{name}` names `{program}`, which is no absolute path")));
        }
        let found = fs::metadata(program).map_err(|error| refused(format!("`{name}`: {program}: {error}")))?;
        if !found.is_file() || found.permissions().mode() & 0o111 == 0 {
            return Err(refused(format!("`{name}`: {program} is no program")));
        }
        let folder = self.folder();
        if !folder.starts_with('/') || !fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
            return Err(refused(format!("`{name}` is to run in `{folder}`, which is no folder")));
        }
        if self.arguments.len() != patterns.len() {
            let (given, wanted) = (self.arguments.len(), patterns.len());
            return Err(refused(format!("`{name}` takes {wanted} arguments, and the plan gives {given}")));
        }
        for (index, (argument, pattern)) in self.arguments.iter().zip(patterns).enumerate() {
            let place = index.saturating_add(1);
            if argument.len() > ARGUMENT_BYTES_MAX || argument.contains('\0') {
                let reason = "is longer than 4096 bytes or has a zero byte";
                return Err(refused(format!("argument {place} of `{name}` {reason}")));
            }
            if !matches_whole(pattern, argument)? {
                return Err(refused(format!("argument {place} of `{name}`, {argument:?}, does not match `{pattern}`")));
            }
        }
        Ok(())
    }
}

/// A pattern is read by itself first, so that none reaches beyond the anchors around it.
fn matches_whole(pattern: &str, argument: &str) -> Outcome<bool> {
    let read = Regex::new(pattern).and_then(|_| Regex::new(&format!(r"\A(?:{pattern})\z")));
    let read = read.map_err(|error| refused(format!("`{pattern}` is no pattern: {error}")))?;
    Ok(read.is_match(argument))
}

fn ended(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended, and the kernel does not say how".to_owned(),
    }
}

/// A program under way. As long as it is not reaped, its number and its group's are nobody else's.
struct Running {
    /// Dropped first, while the child still keeps its number.
    group: Option<Group>,
    handle: AsyncFd<OwnedFd>,
    child: Child,
}

impl Running {
    fn of(child: Child) -> Outcome<Self> {
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let Some(pid) = pid else { return Err(unclear("a command that was started has no number")) };
        let group = Some(Group(pid));
        let handle = rustix::process::pidfd_open(pid, PidfdFlags::NONBLOCK).map_err(std::io::Error::from);
        #[expect(
            deprecated,
            reason = "the handle is owned and stays open as long as it is watched, as its successor asks"
        )]
        match handle.and_then(AsyncFd::new) {
            Ok(handle) => Ok(Self { group, handle, child }),
            Err(error) => {
                drop(group);
                Err(unclear(format!("a command was started and ended at once, because it cannot be watched: {error}")))
            }
        }
    }

    /// Reads until the program ends; past the deadline it is ended with its group, and that is returned.
    async fn watch(&mut self, mut reader: Receiver, deadline: Instant, output: &mut Output) -> bool {
        let over = self.read_until(&mut reader, deadline, output).await;
        if !over {
            self.signal(Signal::TERM);
            let _over = self.read_until(&mut reader, Instant::now() + TERM_GRACE, output).await;
            // Whoever else of the group is left, too.
            self.signal(Signal::KILL);
            let _over = self.read_until(&mut reader, Instant::now() + REAP_GRACE, output).await;
        }
        output.drain(&reader);
        !over
    }

    /// True once the program has ended, which it has not been reaped for.
    async fn read_until(&self, reader: &mut Receiver, deadline: Instant, output: &mut Output) -> bool {
        let mut buffer = [0; 16_384];
        let mut is_open = true;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(deadline) => return false,
                ended = self.handle.readable() => return ended.is_ok(),
                read = reader.read(&mut buffer), if is_open => match read {
                    Ok(0) | Err(_) => is_open = false,
                    Ok(count) => output.add(buffer.get(..count).unwrap_or_default()),
                },
            }
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = &self.group {
            group.signal(signal);
        }
    }

    /// From here on its number may be another's: what it left in the background is left alone.
    async fn reap(&mut self) -> std::io::Result<ExitStatus> {
        if let Some(group) = self.group.take() {
            group.leave();
        }
        self.child.wait().await
    }
}

/// A process group that is ended when it is dropped: nobody waits for its command any more.
struct Group(Pid);

impl Group {
    fn signal(&self, signal: Signal) {
        // There may be nobody left in it.
        let _sent = rustix::process::kill_process_group(self.0, signal);
    }

    fn leave(self) {
        std::mem::forget(self);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

#[cfg(test)]
mod tests;
