//! What the last runs found against the hard state, newest first, in one word of memory. A run that agrees with the hard
//! state votes for nothing, so that the votes on a steady check are none and nothing has to be written for them. Knows
//! nothing of what the hard state becomes.

use serde::{Deserialize, Serialize};

use super::policy::{HealthPolicy, QUORUM_MAX, Quorum};
use super::status::Known;

/// Two bits a run, the newest lowest: 0 is no vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Votes(u64);

impl Votes {
    pub(super) const NONE: Self = Self(0);

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(super) const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// With one more run, and without those that no quorum looks back on.
    pub(super) fn with(self, found: Known, hard: Known, policy: &HealthPolicy) -> Self {
        let vote = if found == hard { 0 } else { bits(found) };
        let window = policy.fail.of.max(policy.recover.of).min(QUORUM_MAX);
        Self((self.0 << 2 | vote) & u64::MAX.checked_shr(64 - 2 * window).unwrap_or(0))
    }

    /// The state that enough runs agree upon: the worst that so many were at least as bad as, or else the best that so
    /// many were at least as good as.
    pub(super) fn settle(self, hard: Known, policy: &HealthPolicy) -> Option<Known> {
        let worse = [Known::Critical, Known::Warning].into_iter().filter(|state| *state > hard);
        let better = [Known::Ok, Known::Warning].into_iter().filter(|state| *state < hard);
        worse.chain(better).find(|state| {
            let (count, quorum) = self.agree(*state, hard, policy);
            count >= quorum.needed
        })
    }

    /// How many runs say so, and how many must.
    pub(super) fn attempt(self, found: Known, hard: Known, policy: &HealthPolicy) -> (u32, u32) {
        let (count, quorum) = self.agree(found, hard, policy);
        (count, quorum.needed)
    }

    /// What is left once the hard state has moved from `hard` to `settled`: the votes to move on in that direction.
    pub(super) fn beyond(self, hard: Known, settled: Known) -> Self {
        let stays = |vote: Known| if settled > hard { vote > settled } else { vote < settled };
        let kept = self.each().enumerate().filter(|(_, vote)| vote.is_some_and(stays));
        Self(kept.fold(0, |all, (age, vote)| all | vote.map_or(0, bits) << (2 * age)))
    }

    fn agree(self, state: Known, hard: Known, policy: &HealthPolicy) -> (u32, Quorum) {
        let is_worse = state > hard;
        let quorum = if is_worse { policy.fail } else { policy.recover };
        let agrees = |vote: Known| if is_worse { vote >= state } else { vote <= state };
        let recent = self.each().zip(0..quorum.of.min(QUORUM_MAX)).filter(|(vote, _)| vote.is_some_and(agrees));
        (recent.map(|_| 1).sum(), quorum)
    }

    /// Newest first.
    fn each(self) -> impl Iterator<Item = Option<Known>> {
        (0..QUORUM_MAX).map(move |age| match self.0 >> (2 * age) & 3 {
            1 => Some(Known::Ok),
            2 => Some(Known::Warning),
            3 => Some(Known::Critical),
            _ => None,
        })
    }
}

const fn bits(vote: Known) -> u64 {
    match vote {
        Known::Ok => 1,
        Known::Warning => 2,
        Known::Critical => 3,
    }
}
