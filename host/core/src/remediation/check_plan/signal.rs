//! A signal to one process: never to a group, never to the first process, never to whatever has its number now.

use super::Faults;
use crate::nearest::nearest;
use crate::time::Timestamp;

/// Those that may be sent.
pub const SIGNALS: [&str; 11] = ["TERM", "HUP", "INT", "QUIT", "ABRT", "KILL", "USR1", "USR2", "STOP", "CONT", "WINCH"];

pub(super) fn check(name: &str, pid: u32, started_at: Timestamp, signal: &str, faults: &mut Faults) {
    if name.is_empty() || name.contains(['/', '*', '?', '\0']) {
        faults.say(format!("`{name}` names no one process"), "write its name as the kernel has it: `nginx`");
    }
    // To the kernel, 0 is one's own group, and what is negative once it is signed is a group or everything.
    if pid <= 1 || i32::try_from(pid).is_err() {
        faults
            .say(format!("{pid} is the number of no process that may be signalled"), "name one process by its number");
    }
    if started_at.as_millis() <= 0 {
        faults
            .say("it does not say when the process started", "without it, another process may have its number by now");
    }
    if !SIGNALS.contains(&signal) {
        let way_out = nearest(signal.trim_start_matches("SIG"), SIGNALS)
            .map_or_else(|| format!("send one of {}", SIGNALS.join(", ")), |near| format!("did you mean `{near}`?"));
        faults.say(format!("`{signal}` is no signal that may be sent"), way_out);
    }
}
