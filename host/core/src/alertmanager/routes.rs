//! The routing tree: each route with what it inherits, and a name of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::compile::Names;
use super::read::{At, Fields, duration, full, is_filled, list, matchers, old_matchers, sorted, text, truth};
use super::{GroupBy, Route};
use crate::config::ConfigErrors;
use crate::matcher::{MatchOp, Matcher};

/// Beyond what a person wrote.
const ROUTES_MAX: usize = 10_000;
/// Levels below the root.
const DEPTH_MAX: usize = 50;
/// The wildcard of `group_by`.
const ALL: &str = "...";

/// The names a route may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'n> {
    pub(super) receivers: &'n Names,
    pub(super) intervals: &'n Names,
}

/// What a route hands down to its children.
#[derive(Clone, Debug)]
struct Inherited {
    /// Of the one who inherits.
    depth: usize,
    id: String,
    receiver: String,
    group_by: GroupBy,
    group_wait: Duration,
    group_interval: Duration,
    repeat_interval: Duration,
}

/// The keys of the routes so far, and how often each.
type Keys = BTreeMap<String, usize>;

/// Reads the root.
pub(super) fn read(at: &At<'_>, known: &Known<'_>, errors: &mut ConfigErrors) -> Option<Route> {
    let inherited = Inherited {
        depth: 0,
        id: String::new(),
        receiver: String::new(),
        group_by: GroupBy::Labels(Vec::new()),
        group_wait: Duration::from_secs(30),
        group_interval: Duration::from_secs(300),
        repeat_interval: Duration::from_secs(4 * 3_600),
    };
    let root = route(at, &inherited, known, &mut Keys::new(), errors)?;
    if root.receiver.is_empty() {
        errors.push(
            at.error("missing-key", "the key `receiver` is missing").help("the root takes what no other route does"),
        );
    }
    for (key, what) in [
        ("matchers", "matchers"),
        ("match", "matchers"),
        ("match_re", "matchers"),
        ("mute_time_intervals", "time intervals"),
        ("active_time_intervals", "time intervals"),
    ] {
        if let Some(at) = at.child(key).filter(is_filled) {
            let error = at.error("root-route", format!("the root route must not have {what}"));
            errors.push(error.help("it takes what no other route does; move them to a route below it"));
        }
    }
    if let (true, Some(at)) = (root.continue_, at.child("continue")) {
        errors.push(at.error("root-route", "the root route has no next route to go on with").help("remove `continue`"));
    }
    Some(root)
}

fn route(
    at: &At<'_>,
    parent: &Inherited,
    known: &Known<'_>,
    keys: &mut Keys,
    errors: &mut ConfigErrors,
) -> Option<Route> {
    let mut fields = Fields::of(at, errors)?;
    let receiver = full(&mut fields, "receiver", errors);
    if let (Some(name), Some(at)) = (&receiver, at.child("receiver")) {
        known.receivers.check("receiver", name, &at, errors);
    }
    let matchers = all_matchers(&mut fields, errors);
    let own = Inherited {
        depth: parent.depth + 1,
        id: id(&parent.id, &matchers, keys),
        receiver: receiver.unwrap_or_else(|| parent.receiver.clone()),
        group_by: fields.optional("group_by", errors, group_by).unwrap_or_else(|| parent.group_by.clone()),
        group_wait: fields.optional("group_wait", errors, duration).unwrap_or(parent.group_wait),
        group_interval: fields.optional("group_interval", errors, some_time).unwrap_or(parent.group_interval),
        repeat_interval: fields.optional("repeat_interval", errors, some_time).unwrap_or(parent.repeat_interval),
    };
    let names = |at: &At<'_>, errors: &mut ConfigErrors| interval_names(at, known, errors);
    let mute_time_intervals = fields.optional("mute_time_intervals", errors, names).unwrap_or_default();
    let active_time_intervals = fields.optional("active_time_intervals", errors, names).unwrap_or_default();
    let continue_ = fields.optional("continue", errors, truth).unwrap_or(false);
    let mut routes = Vec::new();
    for at in fields.optional("routes", errors, list).unwrap_or_default() {
        if keys.values().sum::<usize>() >= ROUTES_MAX {
            errors.push(at.error("too-many", format!("this is one route more than the {ROUTES_MAX} a file may have")));
            break;
        }
        if own.depth > DEPTH_MAX {
            errors.push(at.error("too-deep", format!("this route is more than {DEPTH_MAX} levels below the root")));
            break;
        }
        routes.extend(route(&at, &own, known, keys, errors));
    }
    fields.finish(errors);
    let Inherited { id, receiver, group_by, group_wait, group_interval, repeat_interval, .. } = own;
    Some(Route {
        id,
        receiver,
        matchers,
        group_by,
        group_wait,
        group_interval,
        repeat_interval,
        mute_time_intervals,
        active_time_intervals,
        continue_,
        routes,
    })
}

/// Those of all three keys.
fn all_matchers(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Vec<Matcher> {
    let equal = fields.optional("match", errors, |at, errors| old_matchers(at, MatchOp::Equal, errors));
    let regex = fields.optional("match_re", errors, |at, errors| old_matchers(at, MatchOp::Regex, errors));
    let newer = fields.optional("matchers", errors, matchers);
    sorted([equal, regex, newer].into_iter().flatten().flatten().collect())
}

/// Alertmanager's key, and a number where it is taken.
fn id(parent: &str, matchers: &[Matcher], keys: &mut Keys) -> String {
    let written: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    let slash = if parent.is_empty() { "" } else { "/" };
    let key = format!("{parent}{slash}{{{}}}", written.join(","));
    let count = keys.entry(key.clone()).or_insert(0);
    *count += 1;
    if *count == 1 { key } else { format!("{key}#{count}") }
}

/// An empty list says nothing.
fn group_by(at: &At<'_>, errors: &mut ConfigErrors) -> Option<GroupBy> {
    let mut labels = BTreeSet::new();
    let mut is_all = false;
    let items = list(at, errors)?;
    for at in &items {
        let Some(name) = text(at, errors) else { continue };
        if name == ALL {
            is_all = true;
        } else if name.is_empty() {
            errors.push(at.error("empty", "this must not be empty"));
        } else if !labels.insert(name.clone()) {
            errors.push(at.error("duplicate-name", format!("the label `{name}` is already in this list")));
        }
    }
    match (is_all, labels.is_empty()) {
        (true, true) => Some(GroupBy::All),
        (true, false) => {
            let error = at.error("group-by", "`...` stands for all labels and cannot stand beside others");
            errors.push(error.help("keep `...` alone, or the labels"));
            None
        }
        (false, true) => None,
        (false, false) => Some(GroupBy::Labels(labels.into_iter().collect())),
    }
}

fn some_time(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Duration> {
    let time = duration(at, errors)?;
    if time.is_zero() {
        errors.push(at.error("too-short", "this must not be zero"));
        return None;
    }
    Some(time)
}

fn interval_names(at: &At<'_>, known: &Known<'_>, errors: &mut ConfigErrors) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for at in list(at, errors)? {
        let Some(name) = text(&at, errors) else { continue };
        known.intervals.check("time interval", &name, &at, errors);
        names.push(name);
    }
    Some(names)
}
