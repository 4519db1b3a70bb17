//! Silences, and maintenance windows: what people keep from being notified, for how long and why. Knows nothing of the
//! alerts they are about.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SilenceState {
    Active,
    Pending,
    Expired,
}

impl SilenceState {
    pub const ALL: [Self; 3] = [Self::Active, Self::Pending, Self::Expired];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// Which silences are wanted. What is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct SilenceQuery {
    /// States, parted by commas: `active,pending`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// Active ones first, then those that begin next, then those that expired last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SilenceList {
    pub silences: Vec<Silence>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Silence {
    pub id: String,
    pub state: SilenceState,
    /// As Alertmanager writes them: `team=~"web|db"`.
    pub matchers: Vec<String>,
    pub starts_at: Time,
    pub ends_at: Time,
    pub created_by: String,
    pub comment: String,
    pub updated_at: Time,
    /// Between start and end it holds only during these stretches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurs: Option<Recurrence>,
    /// Firing alerts that its matchers match now; none once it has expired.
    pub alerts: u64,
}

/// A silence to make, or to change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSilence {
    /// Of the one to change. What has expired, or would silence other alerts, becomes a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// At least one: `team=~"web|db"`.
    pub matchers: Vec<String>,
    /// Now, where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Time>,
    /// Either this or `duration_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// The name of the token that is sent, where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    #[serde(default)]
    pub comment: String,
    /// Only during these stretches: every night, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurs: Option<Recurrence>,
}

/// Stretches that come again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// When each begins, as for checks: `0 2 * * *`.
    pub cron: String,
    /// UTC, where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    pub duration_seconds: u64,
}

/// All maintenance windows, those under way first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MaintenanceList {
    pub windows: Vec<MaintenanceWindow>,
}

/// Planned work, during which nobody is told of what it covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MaintenanceWindow {
    pub name: String,
    /// Whether it stands in the configuration; the others were made over the API and can be taken back there.
    pub configured: bool,
    /// In words: `checks web, db`, `team="web"`, `the whole node`.
    pub covers: String,
    pub active: bool,
    /// Of the occurrence that is under way, or else of the next one; absent where none is to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
    /// Of one that comes again and again, in words: `cron 0 2 * * 6 Europe/Vienna for 2h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurs: Option<String>,
    /// Ends as soon as what broke during it is well again.
    pub end_when_healthy: bool,
    /// It ended early for that reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_early_at: Option<Time>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// A window to make: once, about exactly one of `checks`, `matchers` and `node`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMaintenance {
    /// One is made up where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// As those of a silence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matchers: Vec<String>,
    /// Every check of the node.
    #[serde(default)]
    pub node: bool,
    /// Now, where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Time>,
    /// Either this or `duration_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    #[serde(default)]
    pub end_when_healthy: bool,
    #[serde(default)]
    pub comment: String,
}
