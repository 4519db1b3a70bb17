//! When a failed attempt is tried again: twice as long each time, up to a few minutes, spread so that many that failed
//! together do not return together. Knows nothing of why it failed.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::id::NoticeId;
use crate::time::Timestamp;

const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(120);
/// The longest that another side's `Retry-After` is obeyed.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// When to try again after this many failed attempts. The spread comes from the notice's id: the same on every replay.
#[must_use]
pub fn next_attempt(id: &NoticeId, failed: u32, after: Option<Duration>, now: Timestamp) -> Timestamp {
    if let Some(after) = after {
        return now.after(after.min(RETRY_AFTER_MAX));
    }
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(failed.saturating_sub(1).min(30)).unwrap_or(u32::MAX));
    let pause = doubled.min(MOST);
    let hash = Sha256::digest(format!("{id}/{failed}"));
    let share = u32::from(hash.first().copied().unwrap_or_default());
    // Between three quarters and five quarters of the pause.
    now.after(pause.mul_f64(0.75 + f64::from(share) / 512.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_two_minutes_and_are_spread() {
        let id = NoticeId::new("n1");
        let now = Timestamp::from_millis(0);
        let table = [(1, 1_000.0), (2, 2_000.0), (5, 16_000.0), (8, 120_000.0), (10_000, 120_000.0)];
        for (failed, expected) in table {
            let pause = f64::from(u32::try_from(next_attempt(&id, failed, None, now).as_millis()).expect("small"));
            assert!((expected * 0.74..=expected * 1.26).contains(&pause), "{failed}: {pause}");
        }
    }

    #[test]
    fn the_other_sides_word_counts_up_to_an_hour() {
        let (id, now) = (NoticeId::new("n1"), Timestamp::from_millis(0));
        let asked = |seconds| next_attempt(&id, 3, Some(Duration::from_secs(seconds)), now).as_millis() / 1_000;
        assert_eq!((asked(7), asked(86_400)), (7, 3_600));
    }
}
