//! Who is on call, and when nobody is. Knows nothing of pages.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct OnCallQuery {
    /// Now, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// A schedule's name; all of them, where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

/// All schedules in the order of their names, at one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OnCallNow {
    pub at: Time,
    pub schedules: Vec<OnCall>,
}

/// Who is on call in one schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OnCall {
    pub schedule: String,
    pub time_zone: String,
    /// Absent where nobody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// How they are told, in words: `e-mail to anna@example.org`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// What puts them on call: `layer weekly`, `an override`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// When somebody else, or nobody, takes over; absent where that is more than a year away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Who is on call then; absent where nobody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct GapQuery {
    /// From now on; 4 where it is not given, 52 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weeks: Option<u32>,
}

/// When nobody is on call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GapList {
    pub from: Time,
    pub until: Time,
    /// In the order of schedules, then of time.
    pub gaps: Vec<Gap>,
    /// There are more than are listed.
    pub cut_off: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    pub schedule: String,
    pub starts_at: Time,
    pub ends_at: Time,
}
