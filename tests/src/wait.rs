//! Waiting for a condition, bounded, without sleeping through it.

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
