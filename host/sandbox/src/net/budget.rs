//! What is left of a run when it makes a call. Knows nothing of what the call does.

use std::time::Duration;

use tokio::time::Instant;

/// What an answer weighs beside its bytes.
const FRAME: u64 = 64;

/// The run's deadline, and the bytes its host calls may still carry in.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    deadline: Instant,
    bytes: u64,
}

impl Budget {
    #[must_use]
    pub const fn new(deadline: Instant, bytes: u64) -> Self {
        Self { deadline, bytes }
    }

    /// When a call that asked for this timeout ends: never after the run.
    #[must_use]
    pub fn until(&self, timeout: Option<Duration>) -> Instant {
        let asked = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        asked.map_or(self.deadline, |asked| asked.min(self.deadline))
    }

    /// How many bytes may come in when this many were asked for.
    #[must_use]
    pub fn bytes(&self, asked: Option<u32>) -> usize {
        let left = self.bytes.saturating_sub(FRAME);
        let bytes = asked.map_or(left, |asked| left.min(asked.into()));
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_never_gets_more_than_the_run_has_left() {
        let deadline = Instant::now() + Duration::from_secs(60);
        let budget = Budget::new(deadline, 1_000);
        for (asked, whole) in [(None, true), (Some(Duration::MAX), true), (Some(Duration::from_secs(1)), false)] {
            assert_eq!(budget.until(asked) == deadline, whole, "{asked:?}");
            assert!(budget.until(asked) <= deadline, "{asked:?}");
        }
        for (asked, expected) in [(None, 936), (Some(10), 10), (Some(u32::MAX), 936)] {
            assert_eq!(budget.bytes(asked), expected, "{asked:?}");
        }
    }
}
