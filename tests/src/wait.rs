//! Waiting for a condition, bounded, without sleeping through it, or for the moment that a script names.

use std::thread;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(10);
/// Half a minute: far more than anything here takes, little enough to find out.
const TICKS_MAX: u32 = 3_000;

/// Asks until there is something; fails by the name of what was awaited.
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    for _ in 0..TICKS_MAX {
        if let Some(found) = condition() {
            return found;
        }
        thread::park_timeout(TICK);
    }
    panic!("this did not come about within 30 seconds: {what}");
}

/// Time that only goes forward, the same in every process of this machine.
pub fn clock() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let (seconds, nanos) = (u64::try_from(now.tv_sec), u32::try_from(now.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

/// Waits until the clock shows this; at once where it has passed.
pub fn wait_until(at: Duration) {
    while let Some(left) = at.checked_sub(clock()).filter(|left| !left.is_zero()) {
        thread::park_timeout(left);
    }
}
