//! What a page's transitions say: whom to tell, and what to write down.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{ReceiverName, ScheduleName, UserName};
use crate::oncall::Contact;
use crate::time::Timestamp;

/// What one transition brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    pub tells: Vec<Tell>,
    pub notes: Vec<Note>,
}

/// Someone to tell of the page, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tell {
    pub target: Target,
    /// From 1.
    pub level: usize,
    /// From 1.
    pub round: u32,
    pub reason: Reason,
    /// The schedule in which the target is on call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleName>,
    /// Schedules on the way here in which nobody was on call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nobody_in: Vec<ScheduleName>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    User { user: UserName, contact: Contact },
    Receiver(ReceiverName),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Opened,
    /// Nobody answered on the level before.
    Escalated,
    /// Nobody answered in the whole round before.
    Repeated,
    /// An acknowledgement ended, and the page is still open.
    Resumed,
    /// It is over; told to everyone who was told of it.
    Over,
}

/// For the page's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub at: Timestamp,
    pub round: u32,
    /// 0 where it concerns no level.
    pub level: usize,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Told {
        target: Target,
        reason: Reason,
        schedule: Option<ScheduleName>,
    },
    Skipped(Skip),
    NobodyOnCall {
        schedule: ScheduleName,
    },
    /// The configuration no longer has them.
    UnknownUser {
        user: UserName,
    },
    UnknownSchedule {
        schedule: ScheduleName,
    },
    /// A whole round told nobody; it is tried again then.
    NobodyReached {
        again_at: Option<Timestamp>,
    },
    /// The ladder has ended and nobody answered.
    Exhausted,
    Acknowledged {
        by: String,
        comment: Option<String>,
        until: Option<Timestamp>,
    },
    Unacknowledged {
        by: String,
    },
    AckExpired {
        by: String,
    },
    Closed,
}

/// Why a level was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    Severity,
    Hours,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { user, contact } => write!(f, "{user}, {contact}"),
            Self::Receiver(name) => write!(f, "the receiver {name}"),
        }
    }
}

impl Target {
    /// `anna` and `e-mail to anna@example.org`.
    #[must_use]
    pub fn who_and_how(&self) -> (String, String) {
        match self {
            Self::User { user, contact } => (user.to_string(), contact.to_string()),
            Self::Receiver(name) => (name.to_string(), "as a receiver".to_owned()),
        }
    }
}

impl Reason {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "the page was opened",
            Self::Escalated => "nobody acknowledged it in time",
            Self::Repeated => "nobody acknowledged it in the round before",
            Self::Resumed => "its acknowledgement ended",
            Self::Over => "it is over",
        }
    }
}

/// A sentence without its end: `nobody is on call in night`.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comment = |comment: &Option<String>| comment.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        match self {
            Self::Told { target, reason, schedule } => {
                let on_call = schedule.as_ref().map(|name| format!(" (on call in {name})")).unwrap_or_default();
                write!(f, "told {target}{on_call}: {}", reason.as_str())
            }
            Self::Skipped(Skip::Severity) => f.write_str("this level is not for this severity"),
            Self::Skipped(Skip::Hours) => f.write_str("this level is not for this hour"),
            Self::NobodyOnCall { schedule } => write!(f, "nobody is on call in {schedule}"),
            Self::UnknownUser { user } => write!(f, "the user {user} is no longer configured"),
            Self::UnknownSchedule { schedule } => write!(f, "the schedule {schedule} is no longer configured"),
            Self::NobodyReached { again_at: Some(at) } => write!(f, "nobody could be told; tried again at {at}"),
            Self::NobodyReached { again_at: None } => f.write_str("nobody could be told"),
            Self::Exhausted => f.write_str("the ladder has ended and nobody acknowledged"),
            Self::Acknowledged { by, comment: text, until: Some(until) } => {
                write!(f, "acknowledged by {by} until {until}{}", comment(text))
            }
            Self::Acknowledged { by, comment: text, until: None } => write!(f, "acknowledged by {by}{}", comment(text)),
            Self::Unacknowledged { by } => write!(f, "the acknowledgement was taken back by {by}"),
            Self::AckExpired { by } => write!(f, "the acknowledgement by {by} expired"),
            Self::Closed => f.write_str("closed"),
        }
    }
}
