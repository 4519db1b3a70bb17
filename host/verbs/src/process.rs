//! `signal-process`: one process that is known by its name, its executable, its number and when it started, matched again at
//! the moment of sending, and reached through a handle that no other process can inherit. It cannot be taken back.

use std::fs;
use std::os::fd::OwnedFd;

use procfs::FromRead as _;
use procfs::process::Stat;
use procfs::{CurrentSI as _, KernelStats};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal};
use tocsin_core::time::Timestamp;
use tocsin_core::verb::Done;

use crate::failure::{Outcome, refused};
use crate::found::{Found, Look, ProcessFound};

/// The kernel keeps this much of a name.
const NAME_BYTES_KEPT: usize = 15;
/// When the machine was booted is known to the second, and moves with its clock.
const CLOCK_SLACK_MS: u64 = 2_000;

const SIGNALS: [(&str, Signal); 11] = [
    ("HUP", Signal::HUP),
    ("INT", Signal::INT),
    ("QUIT", Signal::QUIT),
    ("ABRT", Signal::ABORT),
    ("KILL", Signal::KILL),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
    ("TERM", Signal::TERM),
    ("CONT", Signal::CONT),
    ("STOP", Signal::STOP),
    ("WINCH", Signal::WINCH),
];

/// One process, and what it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deliver<'a> {
    pub(crate) name: &'a str,
    pub(crate) executable: &'a str,
    pub(crate) pid: u32,
    pub(crate) started_at: Timestamp,
    pub(crate) signal: &'a str,
}

impl Deliver<'_> {
    pub(crate) fn look(self) -> Outcome<Look> {
        let (word, _) = self.signal()?;
        let _handle = self.handle()?;
        let seen = self.matched()?;
        let apart = seen.started_at.since(self.started_at).max(self.started_at.since(seen.started_at));
        if apart.as_millis() > u128::from(CLOCK_SLACK_MS) {
            return Err(refused(format!(
                "process {} was started at {}, not at {}: its number belongs to another process now",
                self.pid, seen.started_at, self.started_at
            )));
        }
        let says = format!("would send SIG{word} to {} ({}, process {})", self.name, self.executable, self.pid);
        Ok(Look::of(says, Found::Process(seen.found)))
    }

    /// The handle comes first and what it is a handle of is looked at afterwards: if that is the right process, the handle
    /// is its own, or that of one which is gone.
    pub(crate) fn carry(self, found: &ProcessFound) -> Outcome<Done> {
        let (word, signal) = self.signal()?;
        let handle = self.handle()?;
        if self.matched()?.found != *found {
            let reason = "it is another process than the one that was looked at: its number was given away";
            return Err(refused(format!("process {}: {reason}", self.pid)));
        }
        rustix::process::pidfd_send_signal(&handle, signal).map_err(|error| match error {
            Errno::SRCH => self.gone(),
            error => refused(format!("SIG{word} cannot be sent to process {}: {error}", self.pid)),
        })?;
        Ok(Done { says: format!("sent SIG{word} to {} (process {})", self.name, self.pid), output: String::new() })
    }

    fn signal(self) -> Outcome<(&'static str, Signal)> {
        let asked = self.signal.strip_prefix("SIG").unwrap_or(self.signal);
        SIGNALS.into_iter().find(|(word, _)| *word == asked).ok_or_else(|| {
            let known: Vec<_> = SIGNALS.iter().map(|(word, _)| *word).collect();
            refused(format!("`{}` is no signal that may be sent: {}", self.signal, known.join(", ")))
        })
    }

    fn handle(self) -> Outcome<OwnedFd> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).filter(|pid| *pid != Pid::INIT);
        let Some(pid) = pid.filter(|pid| *pid != rustix::process::getpid()) else {
            return Err(refused(format!("process {} is never sent a signal by a repair", self.pid)));
        };
        rustix::process::pidfd_open(pid, PidfdFlags::empty()).map_err(|error| match error {
            Errno::SRCH | Errno::INVAL => self.gone(),
            error => refused(format!("process {} cannot be taken hold of: {error}", self.pid)),
        })
    }

    /// The process that has this number now, if its name and executable are the right ones.
    fn matched(self) -> Outcome<Seen> {
        let folder = format!("/proc/{}", self.pid);
        let stat = Stat::from_file(format!("{folder}/stat")).map_err(|_| self.gone())?;
        if !is_name(&stat.comm, self.name) {
            return Err(refused(format!("process {} is called {}, not {}", self.pid, stat.comm, self.name)));
        }
        let executable = fs::read_link(format!("{folder}/exe"))
            .map_err(|error| refused(format!("the executable of process {} cannot be seen: {error}", self.pid)))?;
        let executable = executable.to_string_lossy();
        // One that was replaced by an update runs on from what it was.
        let executable = executable.strip_suffix(" (deleted)").unwrap_or(&executable);
        if executable != self.executable {
            return Err(refused(format!("process {} runs {executable}, not {}", self.pid, self.executable)));
        }
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
        let boot = boot.map_err(|error| refused(format!("this boot has no name: {error}")))?;
        let kernel = KernelStats::current();
        let kernel = kernel.map_err(|error| refused(format!("it is not known when this node was booted: {error}")))?;
        let ticks_ms = stat.starttime.saturating_mul(1_000) / procfs::ticks_per_second().max(1);
        let started_ms = kernel.btime.saturating_mul(1_000).saturating_add(ticks_ms);
        let started_at = Timestamp::from_millis(i64::try_from(started_ms).unwrap_or(i64::MAX));
        let found = ProcessFound { boot: boot.trim().to_owned(), ticks: stat.starttime };
        Ok(Seen { started_at, found })
    }

    fn gone(self) -> tocsin_core::verb::VerbFailure {
        refused(format!("there is no process {} any more", self.pid))
    }
}

struct Seen {
    started_at: Timestamp,
    found: ProcessFound,
}

/// A longer name is cut by the kernel.
fn is_name(kept: &str, name: &str) -> bool {
    kept == name || (kept.len() == NAME_BYTES_KEPT && name.len() > NAME_BYTES_KEPT && name.starts_with(kept))
}

#[cfg(test)]
mod tests;
