//! What someone does about an incident. Knows nothing of what becomes of it.

use super::Severity;
use super::postmortem;
use crate::label::Labels;

#[derive(Clone, Debug, PartialEq)]
pub enum IncidentAct {
    Open {
        title: String,
        severity: Severity,
        labels: Labels,
    },
    Acknowledge,
    /// The impact is over.
    Mitigate,
    Resolve,
    /// What was resolved is not.
    Reopen,
    Note(String),
    Severity(Severity),
    /// `None` takes it back, here and below.
    Assign(Option<String>),
    Command(Option<String>),
    Link(Option<String>),
    /// Something of its post-mortem is filled in.
    Postmortem(postmortem::Act),
}
