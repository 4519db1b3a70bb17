//! The alerts by which remediations call a person. They are routed like any other. Knows nothing of who is called.

use crate::alert::Alert;
use crate::config::Config;
use crate::label::Labels;
use crate::pipeline::State;
use crate::remediation::Remediation;
use crate::time::Timestamp;

/// What a person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// It did not help, or could not be carried through.
    Failed,
    /// Each repair worked, and it breaks again and again.
    Repeats,
    /// The plan waits for a yes.
    AwaitsApproval,
}

impl Alarm {
    const fn name(self) -> &'static str {
        match self {
            Self::Failed => "RemediationFailed",
            Self::Repeats => "RemediationRepeats",
            Self::AwaitsApproval => "RemediationAwaitsApproval",
        }
    }

    fn summary(self, it: &Remediation) -> String {
        let (playbook, target) = (&it.playbook, &it.target);
        match self {
            Self::Failed => format!("The playbook {playbook} did not repair {target}"),
            Self::Repeats => format!("{target} is repaired again and again"),
            Self::AwaitsApproval => format!("The playbook {playbook} has a plan for {target} that waits for approval"),
        }
    }
}

/// It is over once the incident is, or sooner where it is lowered.
pub(super) fn raise(alarm: Alarm, config: &Config, it: &Remediation, reason: &str, now: Timestamp) -> Alert {
    let summary = alarm.summary(it);
    let link = format!("{}/#/remediations/{}", config.alerting.external_url.trim_end_matches('/'), it.id);
    let annotations = [("summary", summary.as_str()), ("description", reason), ("remediation_url", link.as_str())];
    Alert::of_node(labels(alarm, config, it), Labels::overlay(annotations), now, None, now)
}

/// `None` where nobody was told of it.
pub(super) fn lower(alarm: Alarm, state: &State, config: &Config, it: &Remediation, now: Timestamp) -> Option<Alert> {
    ended(state, &labels(alarm, config, it), now)
}

/// The end of the alert that has these labels, where it fires.
pub(super) fn ended(state: &State, labels: &Labels, now: Timestamp) -> Option<Alert> {
    let known = state.book.alert(labels.fingerprint()).filter(|known| !known.is_resolved(now))?;
    Some(Alert { ends_at: Some(now), updated_at: now, ..Alert::clone(known) })
}

fn labels(alarm: Alarm, config: &Config, it: &Remediation) -> Labels {
    Labels::overlay([
        ("alertname", alarm.name()),
        ("severity", it.course.severity.as_str()),
        ("node", config.node.as_str()),
        ("playbook", it.playbook.as_str()),
        ("target", it.target.as_str()),
        ("incident", it.incident.as_str()),
    ])
}
