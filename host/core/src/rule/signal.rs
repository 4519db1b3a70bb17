//! Signals: what one event says of a check, for conditions to read. A run that did not complete says nothing of the
//! target, and silence neither. Knows nothing of rules.

use crate::anomaly::Anomaly;
use crate::health::{HealthStatus, Word};
use crate::id::DetectorName;
use crate::observation::Metric;
use crate::pipeline::{CheckState, DetectorRun, DetectorState};
use crate::run::{RunOutcome, RunRecord};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal<'s> {
    /// The hard status, and what the newest run says for people, if one is at hand.
    Status { status: HealthStatus, summary: Option<&'s str> },
    /// How the plugin's newest run failed, if it did.
    Plugin { failure: Option<&'s str> },
    /// Whether the check's state changes too often to be believed.
    Flapping(bool),
    /// What a completed run measured.
    Measured(&'s [Metric]),
    /// Nothing was measured: no run came, or it did not complete.
    NothingMeasured,
    /// What a detector that is warm found in what is new; what it does not name is as expected. `None`: it failed, or is
    /// not warm.
    Judged { detector: &'s DetectorName, anomalies: Option<&'s [Anomaly]> },
}

/// What is said of a check whose state is now `after`: by a run, or without one by silence, by what it depends on, or by
/// nothing but a new configuration.
#[must_use]
pub fn signals_of<'s>(after: &'s CheckState, run: Option<&'s RunRecord>) -> Vec<Signal<'s>> {
    let found = match run {
        // The node did not do it: the last word stands.
        Some(run) if Word::of(run).is_none() => return Vec::new(),
        Some(run) => run.observation.as_ref().filter(|_| run.outcome.is_completed()),
        None => None,
    };
    let status = after.health.status;
    let mut signals = Vec::with_capacity(4);
    signals.push(Signal::Status { status, summary: found.map(|found| found.summary.as_str()) });
    signals.push(Signal::Flapping(after.health.is_flapping()));
    signals.push(Signal::Plugin { failure: after.failing.as_ref().map(|failing| failing.message.as_str()) });
    match found {
        Some(found) => signals.push(Signal::Measured(&found.metrics)),
        None if run.is_some() || status == HealthStatus::Stale => signals.push(Signal::NothingMeasured),
        None => {}
    }
    signals
}

/// What a run of a detector says, whose state was `before`; nothing, where nothing new was judged.
#[must_use]
pub fn signal_of<'s>(before: Option<&DetectorState>, run: &'s DetectorRun) -> Option<Signal<'s>> {
    let is_new = before.is_none_or(|before| before.judged_until < run.judged_until);
    let detection = run.detection.as_ref().filter(|_| run.outcome.is_completed());
    let is_heard = !matches!(run.outcome, RunOutcome::Saturated | RunOutcome::Cancelled);
    if !is_heard || (detection.is_some() && !is_new) {
        return None;
    }
    let anomalies = detection.filter(|detection| detection.warm).map(|detection| detection.anomalies.as_slice());
    Some(Signal::Judged { detector: &run.detector, anomalies })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Detection;
    use crate::health::Failing;
    use crate::observation::{Observation, Status};
    use crate::rule::tests::failed;
    use crate::time::Timestamp;

    #[test]
    fn a_run_that_did_not_complete_says_nothing_of_the_target_and_one_that_was_not_done_nothing_at_all() {
        let trap = failed("site");
        let mut state = CheckState::not_run_yet(Timestamp::default());
        let mut done = trap.clone();
        (done.outcome, done.observation) = (RunOutcome::Completed, Some(Observation::new(Status::Ok, "fine")));
        let status = |summary| Signal::Status { status: HealthStatus::Unknown, summary };
        let signals =
            [status(Some("fine")), Signal::Flapping(false), Signal::Plugin { failure: None }, Signal::Measured(&[])];
        assert_eq!(signals_of(&state, Some(&done)), signals);
        assert_eq!(
            signals_of(&state, None),
            [status(None), Signal::Flapping(false), Signal::Plugin { failure: None }],
            "a new configuration"
        );
        done.outcome = RunOutcome::Saturated;
        assert_eq!(signals_of(&state, Some(&done)), []);
        state.failing = Failing::after(None, &trap);
        let failure = Some("the plugin trapped: unreachable");
        let signals = [status(None), Signal::Flapping(false), Signal::Plugin { failure }, Signal::NothingMeasured];
        assert_eq!(signals_of(&state, Some(&trap)), signals);
        state.health.status = HealthStatus::Stale;
        assert_eq!(signals_of(&state, None).last(), Some(&Signal::NothingMeasured));
    }

    #[test]
    fn a_detector_that_saw_nothing_new_says_nothing_and_one_that_is_cold_or_failed_says_so() {
        let run = |outcome, until, warm| DetectorRun {
            detector: "odd".into(),
            judged_until: Timestamp::from_millis(until),
            detection: Some(Detection { anomalies: Vec::new(), snapshot: Vec::new(), warm })
                .filter(|_| outcome == RunOutcome::Completed),
            outcome,
        };
        let before = DetectorState { judged_until: Timestamp::from_millis(10), ..DetectorState::default() };
        let trap = || failed("site").outcome;
        let table = [
            (run(RunOutcome::Completed, 20, true), Some(true)),
            (run(RunOutcome::Completed, 10, true), None),
            (run(RunOutcome::Completed, 20, false), Some(false)),
            (run(trap(), 20, true), Some(false)),
            (run(RunOutcome::Cancelled, 20, true), None),
        ];
        for (run, expected) in table {
            let judged = signal_of(Some(&before), &run)
                .map(|signal| matches!(signal, Signal::Judged { anomalies: Some(_), .. }));
            assert_eq!(judged, expected, "{run:?}");
        }
    }
}
