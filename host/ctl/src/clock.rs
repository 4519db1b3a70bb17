//! What time it is: the one place of this program that asks.

use tocsin_core::time::Timestamp;

/// Now, by this machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one home of wall time in this program")]
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
