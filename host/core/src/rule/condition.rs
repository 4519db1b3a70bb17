//! Conditions: what a rule asks of a check. One more kind of condition, such as a query, is one more variant here and
//! one more signal. Knows nothing of time: how long a condition holds is the course's.

use crate::health::HealthStatus;
use crate::id::{DetectorName, MetricName};
use crate::matcher::Matcher;

#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The check's hard status.
    Status(HealthStatus),
    /// The runs of the check's plugin do not complete.
    PluginFailing,
    /// The check's state changes too often to be believed.
    Flapping,
    /// Each series of the metric that matches is an instance of its own.
    Metric { name: MetricName, labels: Vec<Matcher>, threshold: Threshold },
    /// The score that a detector gives; each series of its metric is an instance of its own.
    Anomaly { detector: DetectorName, threshold: Threshold },
    /// A rule has more series on one check than are followed.
    Overflow,
}

impl Condition {
    /// Whether each series is an instance of its own.
    #[must_use]
    pub const fn has_series(&self) -> bool {
        match self {
            Self::Metric { .. } | Self::Anomaly { .. } | Self::Overflow => true,
            Self::Status(_) | Self::PluginFailing | Self::Flapping => false,
        }
    }

    /// Whether it says something of the target, which nobody is told of while the check is unreachable.
    #[must_use]
    pub const fn is_about_target(&self) -> bool {
        match self {
            Self::Status(HealthStatus::Stale) | Self::PluginFailing | Self::Overflow => false,
            Self::Status(_) | Self::Flapping | Self::Metric { .. } | Self::Anomaly { .. } => true,
        }
    }

    /// Whether it says what cannot be believed while the check is flapping.
    #[must_use]
    pub const fn is_in_doubt_while_flapping(&self) -> bool {
        matches!(self, Self::Status(_)) && self.is_about_target()
    }
}

/// A limit, and where what passed it counts as back: they are apart where one noisy value would come and go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    pub side: Side,
    pub limit: f64,
    /// On the good side of the limit, or the limit itself.
    pub clear: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

impl Threshold {
    /// Whether the value is bad, where `is_latched` says that it was so far.
    #[must_use]
    pub fn holds(&self, value: f64, is_latched: bool) -> bool {
        let limit = if is_latched { self.clear } else { self.limit };
        match self.side {
            Side::Above => value > limit,
            Side::Below => value < limit,
        }
    }

    /// Of two values of one series the one nearer to an alert.
    pub(super) const fn worse(&self, a: f64, b: f64) -> f64 {
        match self.side {
            Side::Above => a.max(b),
            Side::Below => a.min(b),
        }
    }
}

/// What is known of a condition now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    Known {
        holds: bool,
        value: Option<f64>,
    },
    /// Nothing was measured: the last state stands, as unknown.
    Missing,
}

impl Reading {
    /// Of a condition on the status. What is unknown or stale says nothing of the target.
    pub(super) fn of_status(wanted: HealthStatus, status: HealthStatus) -> Self {
        let says_nothing = match wanted {
            HealthStatus::Stale => false,
            HealthStatus::Unknown => status == HealthStatus::Stale,
            _ => matches!(status, HealthStatus::Unknown | HealthStatus::Stale),
        };
        if says_nothing { Self::Missing } else { Self::truth(status == wanted) }
    }

    pub(super) const fn truth(holds: bool) -> Self {
        Self::Known { holds, value: None }
    }

    pub(super) const fn holds(self) -> Option<bool> {
        match self {
            Self::Known { holds, .. } => Some(holds),
            Self::Missing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_clear_and_limit_it_stays_what_it_was() {
        let above = Threshold { side: Side::Above, limit: 90.0, clear: 80.0 };
        let below = Threshold { side: Side::Below, limit: 10.0, clear: 20.0 };
        // threshold, value, latched, holds
        let table = [
            (above, 90.0, false, false),
            (above, 90.1, false, true),
            (above, 85.0, false, false),
            (above, 85.0, true, true),
            (above, 80.0, true, false),
            (below, 10.0, false, false),
            (below, 9.9, false, true),
            (below, 15.0, true, true),
            (below, 20.0, true, false),
        ];
        for (threshold, value, is_latched, expected) in table {
            assert_eq!(threshold.holds(value, is_latched), expected, "{threshold:?} {value} {is_latched}");
        }
    }

    #[test]
    fn what_says_nothing_of_the_target_neither_holds_nor_does_not() {
        use HealthStatus::{Critical, Ok, Stale, Unknown, Warning};
        let table = [
            (Critical, Critical, Some(true)),
            (Critical, Warning, Some(false)),
            (Critical, Unknown, None),
            (Critical, Stale, None),
            (Warning, Critical, Some(false)),
            (Unknown, Unknown, Some(true)),
            (Unknown, Ok, Some(false)),
            (Unknown, Stale, None),
            (Stale, Stale, Some(true)),
            (Stale, Unknown, Some(false)),
        ];
        for (wanted, status, expected) in table {
            assert_eq!(Reading::of_status(wanted, status).holds(), expected, "{wanted:?} {status:?}");
        }
    }
}
