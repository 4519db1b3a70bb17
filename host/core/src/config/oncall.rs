//! People and plans: users, schedules, escalation policies, maintenance windows. What refers to what is decided once all
//! files are read.

use std::sync::Arc;
use std::time::Duration;

use super::error::{ConfigError, ConfigErrors};
use super::names::{Named, References};
use super::read::{self, At, Fields};
use super::tree::Key;
use super::{Check, Config, Place};
use crate::escalate::{Policy, Roles, Who, builtin};
use crate::id::{ReceiverName, ScheduleName, UserName};
use crate::maintenance::Window;
use crate::oncall::{Contact, Directory, Schedule, User};

pub(super) mod civil;
mod policies;
mod schedules;
mod users;
mod windows;

/// Of users, schedules, policies and windows each.
const ENTRIES_MAX: usize = 10_000;
const DAY: Duration = Duration::from_secs(86_400);

/// What was read so far, of all files.
#[derive(Debug, Default)]
pub(super) struct People {
    users: Named<User>,
    schedules: Named<Schedule>,
    policies: Named<Policy>,
    windows: Named<Window>,
    roles: Option<(Place, Option<Roles>)>,
    wanted: Wanted,
    /// Receivers that users and policies name: for whoever knows all receivers.
    pub(super) receivers: References,
    /// Users' own ways to be reached, each with the error that it is if it cannot be used.
    pub(super) ways: Vec<(UserName, Contact, ConfigError)>,
    /// Policies that receivers name.
    pub(super) wanted_policies: References,
}

/// Names that must be given somewhere.
#[derive(Debug, Default)]
struct Wanted {
    users: References,
    schedules: References,
    checks: References,
}

impl People {
    /// Reads what every file may hold.
    pub(super) fn read(&mut self, fields: &mut Fields<'_>, errors: &mut ConfigErrors) {
        let Self { users, schedules, policies, windows, roles, wanted, receivers, ways, .. } = self;
        fields.optional("users", errors, |at, errors| {
            each(at, "user", users, errors, |name, at, errors| users::read(name, at, receivers, ways, errors))
        });
        fields.optional("schedules", errors, |at, errors| {
            each(at, "schedule", schedules, errors, |name, at, errors| {
                schedules::read(name, at, &mut wanted.users, errors)
            })
        });
        let mut who = Reader { wanted, receivers };
        fields.optional("escalation_policies", errors, |at, errors| {
            each(at, "escalation policy", policies, errors, |name, at, errors| {
                policies::read(name, at, &mut who, errors)
            })
        });
        fields.optional("escalation_roles", errors, |at, errors| {
            let read = policies::roles(at, &mut who, errors);
            if let Some((first, _)) = roles {
                errors.push(at.error("duplicate-name", format!("the roles are given at {first} already")));
            } else {
                *roles = Some((at.place(), read));
            }
            Some(())
        });
        for at in fields.optional("maintenance", errors, read::list).unwrap_or_default() {
            if windows.count() >= ENTRIES_MAX {
                errors.push(at.error("too-many", format!("at most {ENTRIES_MAX} maintenance windows are allowed")));
                break;
            }
            windows::read(&at, windows, &mut wanted.checks, errors);
        }
    }

    /// Decides what spans files, and hands over all that is valid.
    pub(super) fn finish(self, checks: &Named<Check>, config: &mut Config, errors: &mut ConfigErrors) {
        self.wanted.users.resolve(&self.users, errors);
        self.wanted.schedules.resolve(&self.schedules, errors);
        self.wanted.checks.resolve(checks, errors);
        config.people = Directory {
            users: self.users.into_things().map(|(_, user)| (user.name.clone(), user)).collect(),
            schedules: self.schedules.into_things().map(|(_, it)| (it.name.clone(), it)).collect(),
        };
        let of_roles = self.roles.and_then(|(_, roles)| roles).map(|roles| builtin(&roles));
        let known = of_roles.iter().flatten().map(|policy| policy.name.as_str()).chain(self.policies.names());
        self.wanted_policies.resolve_among(&known.collect(), errors);
        // One of the file's own takes the place of a built-in one.
        let own = self.policies.into_things().map(|(_, policy)| policy);
        let all = of_roles.into_iter().flatten().chain(own);
        config.policies = all.map(|policy| (policy.name.clone(), Arc::new(policy))).collect();
        config.maintenance = self.windows.into_things().map(|(_, window)| window).collect();
    }
}

/// Reads a map of things by their names.
fn each<T>(
    at: &At<'_>,
    what: &str,
    named: &mut Named<T>,
    errors: &mut ConfigErrors,
    mut read: impl FnMut(&str, &At<'_>, &mut ConfigErrors) -> Option<T>,
) -> Option<()> {
    for (Key { name, mark }, node) in read::map(at, errors)? {
        let entry = at.of_key(name, node);
        if named.count() >= ENTRIES_MAX {
            errors.push(entry.error("too-many", format!("at most {ENTRIES_MAX} of a kind are allowed")));
            break;
        }
        if !read::is_name(name) {
            let error = ConfigError { place: entry.place_of(*mark), ..entry.error("name", read::not_a_name(name)) };
            errors.push(error.help(read::NAME_RULE));
            continue;
        }
        named.claim(what, name, &entry, errors);
        if let Some(thing) = read(name, &entry, errors) {
            named.define(name, thing);
        }
    }
    Some(())
}

/// A list with at least one entry and at most so many. What is wrong in one leaves that one out.
fn some<T>(
    at: &At<'_>,
    max: usize,
    errors: &mut ConfigErrors,
    read: impl FnMut(&At<'_>, &mut ConfigErrors) -> Option<T>,
) -> Option<Vec<T>> {
    let mut read = read;
    let entries = read::list(at, errors)?;
    if entries.is_empty() {
        errors.push(at.error("empty", "this must not be empty"));
        return None;
    }
    if entries.len() > max {
        errors.push(at.error("too-many", format!("{} entries; at most {max} are allowed", entries.len())));
        return None;
    }
    Some(entries.iter().filter_map(|entry| read(entry, errors)).collect())
}

/// The one key that is given of a few, and what stands there.
fn one_of<'n>(at: &At<'n>, keys: &[&'static str], errors: &mut ConfigErrors) -> Option<(&'static str, At<'n>)> {
    let mut fields = Fields::of(at, errors)?;
    let mut given: Vec<(&'static str, At<'n>)> = keys.iter().filter_map(|key| Some((*key, fields.get(key)?))).collect();
    let before = errors.count();
    fields.finish(errors);
    let one = given.pop().filter(|_| given.is_empty());
    if one.is_none() && errors.count() == before {
        let known: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        errors.push(at.error("one-of", format!("exactly one of {} is expected here", known.join(", "))));
    }
    one
}

/// Reads `{user: x}`, `{schedule: y}` or `{receiver: z}`, and wants what it names.
struct Reader<'p> {
    wanted: &'p mut Wanted,
    receivers: &'p mut References,
}

impl Reader<'_> {
    fn who(&mut self, at: &At<'_>, errors: &mut ConfigErrors) -> Option<Who> {
        match one_of(at, &["user", "schedule", "receiver"], errors)? {
            ("user", at) => user(&at, &mut self.wanted.users, errors).map(Who::User),
            ("schedule", at) => {
                let name = read::name(&at, errors)?;
                let unknown = at.error("unknown-schedule", format!("there is no schedule `{name}`"));
                self.wanted.schedules.want(name, unknown);
                Some(Who::Schedule(ScheduleName::new(name)))
            }
            (_, at) => receiver(&at, self.receivers, errors).map(Who::Receiver),
        }
    }
}

fn user(at: &At<'_>, users: &mut References, errors: &mut ConfigErrors) -> Option<UserName> {
    let name = read::name(at, errors)?;
    users.want(name, at.error("unknown-user", format!("there is no user `{name}`")));
    Some(UserName::new(name))
}

fn receiver(at: &At<'_>, receivers: &mut References, errors: &mut ConfigErrors) -> Option<ReceiverName> {
    let name = read::text(at, errors)?;
    receivers.want(name, at.error("unknown-receiver", format!("there is no receiver `{name}`")));
    Some(ReceiverName::new(name))
}

#[cfg(test)]
mod tests;
