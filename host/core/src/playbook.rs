//! Playbooks as configured: which action answers which incident, under which gates, and what proves that it helped.
//! Knows nothing of files, and nothing of what is going on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::capability::Rights;
use crate::config::Place;
use crate::id::{CheckName, PlaybookName, PluginName, SloName};
use crate::incident::Severity;
use crate::limits::Limits;
use crate::matcher::Matcher;
use crate::observation::Status;

mod defaults;
mod lint;
mod matching;

pub use lint::{LintNote, lint};
pub(crate) use matching::contradiction;

/// By name.
pub type Playbooks = BTreeMap<PlaybookName, Playbook>;

#[derive(Clone, Debug, PartialEq)]
pub struct Playbook {
    pub name: PlaybookName,
    pub trigger: Trigger,
    /// Checks run on demand, in this order, until one names the cause.
    pub diagnosis: Vec<Diagnosis>,
    /// The ladder: the first is tried first, unless the diagnosis chose another; what did not help gives way to the next.
    pub actions: Vec<Rung>,
    pub mode: Mode,
    /// What the lease, the cooldown and the attempts are about: a label of the incident whose value names the target, or
    /// the triggering check's own name where `None`.
    pub target_label: Option<String>,
    pub gates: GateLimits,
    pub verification: Verify,
    /// Severity of the alert that says that the repair did not help.
    pub escalate: String,
    /// So long the alerts of the incident are held back while a repair of it runs; zero holds nothing back.
    pub hold_notifications: Duration,
    pub place: Place,
}

/// What a playbook answers. Every part that is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trigger {
    /// Names of checks, or patterns with `*`; the alert is about one of them.
    pub checks: Vec<String>,
    /// On the labels of an alert of the incident.
    pub alert: Vec<Matcher>,
    /// On the labels of the incident.
    pub incident: Vec<Matcher>,
    /// The incident is at least as severe.
    pub severity: Option<Severity>,
}

/// One check of a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub check: CheckName,
    /// It names the cause where it finds one of these; where both are empty, where it is critical.
    pub findings: Vec<String>,
    pub status: Vec<Status>,
    /// Index into the actions.
    pub then: usize,
}

/// One action of the ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    pub plugin: PluginName,
    /// Fits the plugin's schema.
    pub config: serde_json::Value,
    pub rights: Rights,
    pub limits: Limits,
}

/// How far a playbook may go by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Says that it would have asked for a plan.
    #[default]
    Observe,
    /// Plans, passes the gates, and looks at what each verb would do.
    DryRun,
    /// A person approves the plan.
    Approve,
    Auto,
}

/// The limits that gates hold a remediation to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateLimits {
    /// The trigger's last observation is at most so old; `None` is twice the check's interval.
    pub fresh_within: Option<Duration>,
    /// Between the end of one remediation of a target and the next.
    pub cooldown: Duration,
    /// Remediations of one target, counted until the target was healthy for `healthy_for`.
    pub attempts: u32,
    pub healthy_for: Duration,
    /// Of this playbook on this node.
    pub rate: Rate,
    /// Of all playbooks on this node.
    pub node_rate: Rate,
    /// Of all nodes.
    pub fleet_rate: Rate,
    pub blast: Option<Blast>,
    /// The longest a remediation holds its target.
    pub lease: Duration,
    /// While more alerts than this fire on the node, nothing is repaired: the cause is elsewhere.
    pub storm_alerts: u32,
    /// An approval that was asked for is waited for so long, and one that was given holds so long.
    pub approval_within: Duration,
    /// Failures in a row after which the playbook stops until a person resets it.
    pub breaker_failures: u32,
    /// The same target repaired so often within `repeat_within` escalates although each repair worked.
    pub repeat_max: u32,
    pub repeat_within: Duration,
}

/// A token bucket: so many at once, refilled evenly over `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub count: u32,
    pub per: Duration,
}

/// What else may be down while something of a group is repaired. All three limits hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blast {
    /// The group is all checks whose labels match.
    pub group: Vec<Matcher>,
    /// Of the group, under repair or unhealthy at once, this one included.
    pub percent_max: u32,
    pub count_max: u32,
    /// Others of the group that must be healthy.
    pub healthy_min: u32,
}

/// What proves that a repair helped, besides what the plan itself asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verify {
    /// At least so long after the last verb; a plan may ask for more.
    pub settle: Duration,
    /// The triggering checks are run so many times, and are ok each time.
    pub times: u32,
    /// Burns less afterwards than before.
    pub slo: Option<SloName>,
    /// All of it is over by then, or it has failed.
    pub within: Duration,
    pub quarantine: Quarantine,
}

/// What becomes of deleted files while it is verified that their absence helped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quarantine {
    /// They wait, and come back if it did not help.
    #[default]
    Keep,
    /// They are removed for good once all steps are done: where the room on a disk is what is repaired, nobody could see
    /// that it helped before.
    Empty,
}

impl Mode {
    /// As it is written in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::DryRun => "dry-run",
            Self::Approve => "approve",
            Self::Auto => "auto",
        }
    }
}
