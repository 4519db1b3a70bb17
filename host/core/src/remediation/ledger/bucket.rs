//! A token bucket as one moment: when it will be full again. A token that is taken moves that moment by one token's time,
//! so refilling costs nothing, survives restarts, and needs no fractions. Knows nothing of what a token is spent on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::playbook::Rate;
use crate::quantity::show_duration;
use crate::remediation::moment::moment;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bucket {
    /// `None` is full, as it was from the beginning.
    full_at: Option<Timestamp>,
}

/// Why nothing can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When there will be a token; never, where the rate is zero.
    pub until: Option<Timestamp>,
    /// In a clause.
    pub reason: String,
}

impl Bucket {
    /// What is left, in a clause.
    ///
    /// # Errors
    /// When there is nothing left.
    pub fn room(&self, rate: Rate, now: Timestamp) -> Result<String, Wait> {
        let written = format!("{} per {}", rate.count, show_duration(rate.per));
        if rate.count == 0 {
            return Err(Wait { until: None, reason: format!("the rate is {written}, which allows none") });
        }
        let token = token(rate);
        // Another token has room if, once it is taken, the bucket lacks no more than all of its tokens.
        let until = self.lacking_from(now).after(token).before(token.saturating_mul(rate.count));
        if until > now {
            let next = moment(until, now);
            let reason = format!("all of {written} are spent; the next is there at {next}");
            return Err(Wait { until: Some(until), reason });
        }
        Ok(format!("{} of {written} are left", self.left(rate, now)))
    }

    /// One token less. Taken as well where there is none: what was done is counted.
    #[must_use]
    pub fn take(&self, rate: Rate, now: Timestamp) -> Self {
        Self { full_at: Some(self.lacking_from(now).after(token(rate))) }
    }

    /// The wall clock shows that much less than it did.
    #[must_use]
    pub fn set_back(&self, by: Duration) -> Self {
        Self { full_at: self.full_at.map(|at| at.before(by)) }
    }

    #[must_use]
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.full_at.is_none_or(|at| at <= now)
    }

    /// A bucket that was full for long is as full as one that is full since now.
    fn lacking_from(&self, now: Timestamp) -> Timestamp {
        self.full_at.map_or(now, |at| at.max(now))
    }

    fn left(&self, rate: Rate, now: Timestamp) -> u128 {
        let lacking = self.lacking_from(now).since(now).as_millis();
        let spent = lacking.div_ceil(token(rate).as_millis().max(1));
        u128::from(rate.count).saturating_sub(spent)
    }
}

/// How long one token takes, rounded up to a millisecond: never faster than the rate.
fn token(rate: Rate) -> Duration {
    let millis = rate.per.as_nanos().div_ceil(1_000_000).div_ceil(u128::from(rate.count.max(1)));
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
