//! Alerts, the groups they are told in, the receivers that are told, and the routes between them. Knows nothing of how
//! an alert comes to be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

/// How an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// Its condition holds, but not for long enough yet.
    Pending,
    Firing,
    /// Fires, and nobody is told: see `suppressed_by`.
    Suppressed,
    /// Over; shown for a while.
    Resolved,
}

impl AlertState {
    pub const ALL: [Self; 4] = [Self::Firing, Self::Suppressed, Self::Pending, Self::Resolved];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Suppressed => "suppressed",
            Self::Resolved => "resolved",
        }
    }
}

/// Which alerts are wanted. What is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct AlertQuery {
    /// States, parted by commas: `firing,pending`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Matchers on labels as Alertmanager writes them, all of which must match: `severity="critical",team=~"web|db"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matchers: Option<String>,
    /// A check's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// A receiver's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// At most this many; 1,000 where none is given, 10,000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only those whose fingerprint comes after this one: the `next` of the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Alerts in the order of their fingerprints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertList {
    pub alerts: Vec<Alert>,
    /// How many fit the filter, also beyond `limit`.
    pub total: u64,
    /// There are more: ask again with this as `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// 16 hex digits, those that Alertmanager and Prometheus show.
    pub fingerprint: String,
    /// The label `alertname`.
    pub name: String,
    pub state: AlertState,
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Of a pending one: since when its condition holds.
    pub starts_at: Time,
    /// When it ended; of one that was posted and fires: when it ends unless it is posted again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
    pub updated_at: Time,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub generator_url: String,
    pub origin: AlertOrigin,
    /// In the order of the routes that lead there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receivers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed_by: Vec<Suppressor>,
    /// Open pages that are about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
    /// Who acknowledged one of these pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
}

/// Who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertOrigin {
    pub kind: OriginKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OriginKind {
    /// Sent over the API, by Prometheus or anything else.
    Posted,
    /// A rule of this node, on a check of it.
    Check,
    /// The node itself.
    Node,
}

/// One thing that keeps an alert from being notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suppressor {
    /// `silence`, `inhibition`, `maintenance`, `unreachable` or `flapping`. Kinds may be added.
    pub by: String,
    /// The silence's id, the source's fingerprint, the window's name, the check that is down or flaps.
    pub id: String,
    /// In words, for people.
    pub words: String,
}

/// All groups in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupList {
    pub groups: Vec<Group>,
}

/// Alerts of one route that are told together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    pub key: String,
    pub route: String,
    pub receiver: String,
    /// What they share.
    pub labels: BTreeMap<String, String>,
    /// Fingerprints of its alerts.
    pub alerts: Vec<String>,
    pub firing: u64,
    pub suppressed: u64,
    pub resolved: u64,
    /// When it is looked at next.
    pub next_look_at: Time,
    /// The time intervals that mute its route now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub muted_by: Vec<String>,
    /// One for each integration of the receiver.
    pub lanes: Vec<Lane>,
    /// The open page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// What one integration of a group's receiver was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lane {
    /// `webhook`, `email`, `slack`, `pagerduty`, `sms`, `ticket` or `notifier`.
    pub integration: String,
    /// When the other side last took a notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Time>,
    /// A notification is on its way: its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outstanding: Option<String>,
}

/// All receivers in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReceiverList {
    pub receivers: Vec<Receiver>,
}

/// Who is told, and how that goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receiver {
    pub name: String,
    pub integrations: Vec<Integration>,
    /// The escalation policy that a page to it climbs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<String>,
    /// In words: `10 in 1h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_seconds: Option<u64>,
    /// Groups that the rate limit holds back now.
    #[serde(default)]
    pub held_back: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Integration {
    pub kind: String,
    pub send_resolved: bool,
    /// Notifications on their way.
    pub waiting: u64,
    /// Why the newest of those that failed so far did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// Labels to send down the routes, as an alert would carry them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteTest {
    pub labels: BTreeMap<String, String>,
}

/// Where an alert with these labels would go, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteTested {
    /// Every route that was asked, in the order of the file.
    pub path: Vec<RouteStep>,
    /// Each route that takes it.
    pub taken: Vec<RouteTaken>,
}

/// One route that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteStep {
    pub route: String,
    /// 0 is the root.
    pub depth: u64,
    pub receiver: String,
    pub matchers: Vec<String>,
    pub verdict: RouteVerdict,
    /// The matcher that does not match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RouteVerdict {
    /// The alert goes here: no child took it.
    Taken,
    /// It matches, and a child took it.
    Passed,
    Refused,
}

/// A route that takes an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteTaken {
    pub route: String,
    pub receiver: String,
    /// The key of the group it would be told in.
    pub group: String,
    pub group_wait_ms: u64,
    pub group_interval_ms: u64,
    pub repeat_interval_ms: u64,
    /// The time intervals that mute the route now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub muted_by: Vec<String>,
}
