//! Where an incident most likely began: among the checks it is about, one that depends on none of the others, and of those
//! the one that broke first. Knows nothing of how checks are run.

use std::collections::{BTreeMap, BTreeSet};

use super::Incident;
use crate::config::Check;
use crate::id::CheckName;
use crate::time::Timestamp;

/// Checks that a walk along dependencies looks at.
const WALK_MAX: usize = 1_000;

/// The check with the earliest onset of those highest in the graph.
pub(crate) fn origin(incident: &Incident, checks: &BTreeMap<CheckName, Check>) -> Option<CheckName> {
    let mut onsets: BTreeMap<&CheckName, Timestamp> = BTreeMap::new();
    for member in incident.alerts.values() {
        let Some(check) = &member.check else { continue };
        let onset = onsets.entry(check).or_insert(member.starts_at);
        *onset = member.starts_at.min(*onset);
    }
    let is_behind = |check: &CheckName| above(check, checks).iter().any(|parent| onsets.contains_key(parent));
    let highest = onsets.iter().filter(|(check, _)| !is_behind(check));
    highest.min_by_key(|(check, onset)| (**onset, check.as_str())).map(|(check, _)| CheckName::clone(check))
}

/// All checks that this one depends on, whoever is in between.
pub(crate) fn above<'c>(check: &CheckName, checks: &'c BTreeMap<CheckName, Check>) -> BTreeSet<&'c CheckName> {
    walk(check, |check| checks.get(check).map_or(&[], |check| check.depends_on.as_slice()))
}

/// All checks that depend on this one, whoever is in between.
pub(crate) fn below<'c>(
    check: &CheckName,
    dependents: &'c BTreeMap<CheckName, Vec<CheckName>>,
) -> BTreeSet<&'c CheckName> {
    walk(check, |check| dependents.get(check).map_or(&[], Vec::as_slice))
}

fn walk<'c>(from: &CheckName, next: impl Fn(&CheckName) -> &'c [CheckName]) -> BTreeSet<&'c CheckName> {
    let mut seen: BTreeSet<&CheckName> = BTreeSet::new();
    let mut ahead: Vec<&CheckName> = next(from).iter().collect();
    while let Some(check) = ahead.pop() {
        if seen.len() >= WALK_MAX {
            break;
        }
        if seen.insert(check) {
            ahead.extend(next(check));
        }
    }
    seen
}
