//! Who can be told, and who is on call: users with their contacts, schedules of layers and overrides. Pure: an instant
//! in, a name out. Knows nothing of what anyone is told.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{ReceiverName, ScheduleName, UserName};
use crate::time::Timestamp;
use crate::zone::Zone;

mod rotation;
mod shifts;

pub use rotation::Rotation;
pub use shifts::{HORIZON_MAX, Shift};

use crate::hours::Hours;

/// Everyone that a policy may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    pub users: BTreeMap<UserName, User>,
    pub schedules: BTreeMap<ScheduleName, Schedule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: UserName,
    pub full_name: Option<String>,
    /// At least one. All of them are told.
    pub contacts: Vec<Contact>,
    /// In which times are shown to them.
    pub zone: Option<Zone>,
}

/// A way to reach someone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    Email(String),
    /// In E.164: `+43...`
    Sms(String),
    Receiver(ReceiverName),
}

/// At every instant at most one user is on call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub name: ScheduleName,
    /// In which hand-offs happen.
    pub zone: Zone,
    /// A later one wins over those before it.
    pub layers: Vec<Layer>,
    /// Win over every layer, and a later one over those before it.
    pub overrides: Vec<Override>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    pub name: String,
    /// Take turns in this order. At least one; a name may come more than once.
    pub users: Vec<UserName>,
    pub rotation: Rotation,
    /// From when it applies; always, if not given.
    pub begins: Option<Timestamp>,
    /// When it applies; always, if not given. Turns pass all the same.
    pub restrict: Option<Hours>,
}

/// Someone takes over for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub user: UserName,
    pub start: Timestamp,
    pub end: Timestamp,
}

/// Who is on call, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCall<'s> {
    pub user: &'s UserName,
    pub source: Source,
}

/// What of a schedule puts someone on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Layer(String),
    Override,
}

impl Schedule {
    #[must_use]
    pub fn on_call(&self, at: Timestamp) -> Option<OnCall<'_>> {
        let taken_over = self.overrides.iter().rev().find(|it| it.start <= at && at < it.end);
        if let Some(taken_over) = taken_over {
            return Some(OnCall { user: &taken_over.user, source: Source::Override });
        }
        self.layers.iter().rev().find_map(|layer| {
            let user = layer.on_call(&self.zone, at)?;
            Some(OnCall { user, source: Source::Layer(layer.name.clone()) })
        })
    }
}

impl Layer {
    fn on_call(&self, zone: &Zone, at: Timestamp) -> Option<&UserName> {
        let applies = self.begins.is_none_or(|begins| begins <= at)
            && self.restrict.as_ref().is_none_or(|hours| hours.covers(at));
        let turns = i64::try_from(self.users.len()).ok().filter(|turns| applies && *turns > 0)?;
        self.users.get(usize::try_from(self.rotation.turn(zone, at).rem_euclid(turns)).ok()?)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(address) => write!(f, "e-mail to {address}"),
            Self::Sms(number) => write!(f, "SMS to {number}"),
            Self::Receiver(name) => write!(f, "the receiver {name}"),
        }
    }
}

#[cfg(test)]
mod tests;
