//! Why an alert was or was not notified, and when it will be next. Knows nothing of how that is decided.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::alert::{Alert, RouteStep};
use crate::page::Page;
use crate::time::Time;

/// Everything that bears on one alert's notifications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    pub at: Time,
    /// With what suppresses it.
    pub alert: Alert,
    /// Of one that comes from a rule: what the rule asks and how it stands, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Every route that was asked, in the order of the file.
    pub path: Vec<RouteStep>,
    /// One for each integration of each receiver that a route leads to.
    pub receivers: Vec<WhyReceiver>,
    /// Pages about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<Page>,
}

/// One integration's side of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhyReceiver {
    pub receiver: String,
    /// `webhook`, `email` and so on; empty where the receiver has no integration.
    pub integration: String,
    pub route: String,
    /// The group's key.
    pub group: String,
    /// Whether it would be told at this moment.
    pub sends: bool,
    /// Stable and for machines: `due`, or why not: `said`, `suppressed`, `muted`, `on-its-way`, `rate-limited`,
    /// `acknowledged`, `noted`, `nothing`, `over`. More may be added.
    pub reason: String,
    /// In words, for people.
    pub words: String,
    /// It was told that this alert fires, and not yet that it has resolved.
    pub told: bool,
    /// When the other side last took a notification of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Time>,
    /// When there may be something to say next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
}
