//! What a window says at a moment. Knows nothing of where its sums come from.

use serde::{Deserialize, Serialize};

use super::{Counts, Ratio, burn_rate};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reading")]
pub enum Reading {
    Known {
        counts: Counts,
        stretch: Stretch,
    },
    /// Old sums are on their way from the store.
    CatchingUp,
    /// Nothing was counted.
    Insufficient,
}

/// What of a window has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    pub slots: i64,
    /// The series is younger than the window.
    pub provisional: bool,
}

impl Reading {
    #[inline]
    pub(super) const fn of(counts: Counts, stretch: Stretch) -> Self {
        if counts.is_zero() { Self::Insufficient } else { Self::Known { counts, stretch } }
    }

    #[must_use]
    #[inline]
    pub const fn counts(&self) -> Option<Counts> {
        match self {
            Self::Known { counts, .. } => Some(*counts),
            Self::CatchingUp | Self::Insufficient => None,
        }
    }

    #[must_use]
    pub const fn is_provisional(&self) -> bool {
        matches!(self, Self::Known { stretch: Stretch { provisional: true, .. }, .. })
    }

    /// For people and for metrics; never to decide.
    #[must_use]
    pub fn burn(&self, target: Ratio) -> Option<f64> {
        burn_rate(self.counts()?, target)
    }
}
