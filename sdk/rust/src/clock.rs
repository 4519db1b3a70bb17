//! Time. Recorded by the host, so that a replayed run sees the same.

use std::time::Duration;

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn now_ms() -> i64 {
    crate::call::clock_now()
}

/// Time since the run began.
#[must_use]
pub fn elapsed() -> Duration {
    Duration::from_nanos(crate::call::clock_elapsed_ns())
}

/// Waits; ends early with the run's deadline.
pub fn sleep(duration: Duration) {
    crate::call::clock_sleep_ms(crate::call::milliseconds(duration));
}
