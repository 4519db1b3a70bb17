//! Keeps a plugin that fails again and again on a check from burning the node: pauses that grow, and an end as soon
//! as a run completes. Knows nothing of scheduling.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::run::RunOutcome;
use crate::time::Timestamp;

/// Faults in a row before the first pause.
const FAULTS_TOLERATED: u32 = 3;
const PAUSE_FIRST: Duration = Duration::from_secs(30);
const PAUSE_MAX: Duration = Duration::from_secs(3_600);

/// How often a check's plugin failed in a row, and until when it rests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    pub faults: u32,
    pub until: Option<Timestamp>,
}

impl Quarantine {
    /// The next state, if it differs.
    #[must_use]
    pub fn after(&self, outcome: &RunOutcome, now: Timestamp) -> Option<Self> {
        if outcome.is_completed() {
            return (*self != Self::default()).then(Self::default);
        }
        if !outcome.is_plugin_fault() {
            return None;
        }
        let faults = self.faults.saturating_add(1);
        let until = (faults >= FAULTS_TOLERATED).then(|| now.after(pause(faults - FAULTS_TOLERATED)));
        Some(Self { faults, until })
    }

    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

fn pause(doublings: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trap() -> RunOutcome {
        RunOutcome::Trap { message: "unreachable".into(), frames: vec![] }
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let table = [(0, 30), (1, 60), (2, 120), (6, 1_920), (7, 3_600), (40, 3_600)];
        for (doublings, seconds) in table {
            assert_eq!(pause(doublings), Duration::from_secs(seconds), "{doublings} doublings");
        }
    }

    #[test]
    fn two_faults_are_tolerated_the_third_rests() {
        let now = Timestamp::from_millis(1_000_000);
        let mut quarantine = Quarantine::default();
        for (faults, held) in [(1, false), (2, false), (3, true)] {
            quarantine = quarantine.after(&trap(), now).expect("a fault changes it");
            assert_eq!((quarantine.faults, quarantine.holds(now)), (faults, held));
        }
        assert!(!quarantine.holds(now.after(PAUSE_FIRST)));
    }

    #[test]
    fn one_completed_run_ends_it() {
        let now = Timestamp::from_millis(0);
        let resting = Quarantine { faults: 9, until: Some(now.after(PAUSE_MAX)) };
        assert_eq!(resting.after(&RunOutcome::Completed, now), Some(Quarantine::default()));
        assert_eq!(Quarantine::default().after(&RunOutcome::Completed, now), None);
    }

    #[test]
    fn what_is_not_the_plugins_fault_changes_nothing() {
        for outcome in [RunOutcome::Saturated, RunOutcome::Cancelled, RunOutcome::HostError { message: String::new() }]
        {
            assert_eq!(Quarantine::default().after(&outcome, Timestamp::default()), None);
        }
    }
}
