//! Policies as the configuration has them. A page keeps the one that was in force when it was opened, whole.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::{Skip, Target, What};
use crate::hours::Hours;
use crate::id::{PolicyName, ReceiverName, ScheduleName, UserName};
use crate::oncall::{Directory, User};
use crate::time::Timestamp;

/// All policies that a receiver may name, the built-in ones too where there are roles for them.
pub type Policies = BTreeMap<PolicyName, Arc<Policy>>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub name: PolicyName,
    /// At least one.
    pub levels: Vec<Level>,
    /// How often the ladder is climbed again after its end.
    pub repeat: u32,
    /// How long an acknowledgement holds that does not say so itself; for ever, if not given.
    pub ack_timeout: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// At least one; all are told at once.
    pub notify: Vec<Who>,
    /// Until the next level, or the ladder's end.
    pub wait: Duration,
    pub when: When,
}

/// When a level is used. What is not given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// Of any of these.
    pub severities: Vec<String>,
    pub during: Option<Hours>,
    pub outside: Option<Hours>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    User(UserName),
    Schedule(ScheduleName),
    Receiver(ReceiverName),
}

impl Policy {
    /// How long to wait where nobody could be told.
    pub(super) fn shortest_wait(&self) -> Duration {
        self.levels.iter().map(|level| level.wait).min().unwrap_or(Duration::from_secs(60))
    }
}

impl Level {
    /// Each target once, with the schedule that named it; and what is to be written down of those who are not there.
    pub(super) fn reach(&self, people: &Directory, at: Timestamp) -> (Vec<(Target, Option<ScheduleName>)>, Vec<What>) {
        let (mut targets, mut missing) = (Vec::new(), Vec::new());
        let mut add = |target: Target, via: Option<&ScheduleName>| {
            if !targets.iter().any(|(known, _)| *known == target) {
                targets.push((target, via.cloned()));
            }
        };
        for who in &self.notify {
            let (name, via) = match who {
                Who::Receiver(name) => {
                    add(Target::Receiver(name.clone()), None);
                    continue;
                }
                Who::User(name) => (name, None),
                Who::Schedule(name) => match people.schedules.get(name).map(|schedule| schedule.on_call(at)) {
                    Some(Some(on_call)) => (on_call.user, Some(name)),
                    Some(None) => {
                        missing.push(What::NobodyOnCall { schedule: name.clone() });
                        continue;
                    }
                    None => {
                        missing.push(What::UnknownSchedule { schedule: name.clone() });
                        continue;
                    }
                },
            };
            match people.users.get(name) {
                Some(user) => contacts(user).for_each(|target| add(target, via)),
                None => missing.push(What::UnknownUser { user: name.clone() }),
            }
        }
        (targets, missing)
    }
}

fn contacts(user: &User) -> impl Iterator<Item = Target> {
    user.contacts.iter().map(|contact| Target::User { user: user.name.clone(), contact: contact.clone() })
}

impl When {
    /// Why a level is not used, if it is not.
    pub(super) fn skips(&self, severity: &str, at: Timestamp) -> Option<Skip> {
        if !self.severities.is_empty() && !self.severities.iter().any(|known| known == severity) {
            return Some(Skip::Severity);
        }
        let is_out = self.during.as_ref().is_some_and(|hours| !hours.covers(at))
            || self.outside.as_ref().is_some_and(|hours| hours.covers(at));
        is_out.then_some(Skip::Hours)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "{name}"),
            Self::Schedule(name) => write!(f, "on call in {name}"),
            Self::Receiver(name) => write!(f, "the receiver {name}"),
        }
    }
}
