//! Which check depends on which, across files: every name must be given somewhere, and none may depend on itself, not
//! even by way of others. Knows nothing of what follows when a check is down.

use std::collections::{BTreeMap, BTreeSet};

use super::detector::Wanted;
use super::error::{ConfigError, ConfigErrors};
use super::read::{self, At};
use crate::id::CheckName;

const PARENTS_MAX: usize = 32;
/// Reported at once: each costs a walk.
const CYCLES_MAX: usize = 100;

/// Reads a check's `depends_on`.
pub(super) fn read(
    at: &At<'_>,
    check: Option<&str>,
    wanted: &mut Wanted,
    errors: &mut ConfigErrors,
) -> Option<Vec<CheckName>> {
    let mut parents: Vec<CheckName> = Vec::new();
    for at in read::list(at, errors)? {
        let Some(parent) = read::text(&at, errors) else { continue };
        if parents.len() == PARENTS_MAX {
            errors.push(at.error("too-many", format!("a check depends on {PARENTS_MAX} others at most")));
            break;
        }
        wanted.checks.want(parent, at.error("unknown-check", format!("there is no check `{parent}`")));
        if parents.iter().any(|known| known.as_str() == parent) {
            continue;
        }
        parents.push(CheckName::new(parent));
        if let Some(check) = check {
            wanted.edges.add(check, parent, at.error("cycle", ""));
        }
    }
    Some(parents)
}

/// From each check to what it depends on, with the error it is if that leads back.
#[derive(Debug, Default)]
pub(super) struct Edges {
    parents: BTreeMap<CheckName, BTreeMap<CheckName, ConfigError>>,
}

impl Edges {
    fn add(&mut self, check: &str, parent: &str, otherwise: ConfigError) {
        self.parents.entry(CheckName::new(check)).or_default().insert(CheckName::new(parent), otherwise);
    }

    /// The other direction, from each check to those that depend on it; each cycle is an error.
    pub(super) fn resolve(mut self, errors: &mut ConfigErrors) -> BTreeMap<CheckName, Vec<CheckName>> {
        let mut dependents: BTreeMap<CheckName, Vec<CheckName>> = BTreeMap::new();
        for (check, parents) in &self.parents {
            for parent in parents.keys() {
                dependents.entry(parent.clone()).or_default().push(check.clone());
            }
        }
        self.drop_what_ends(&dependents, self.ends());
        for _ in 0..CYCLES_MAX {
            let Some(cycle) = self.cycle() else { break };
            let loose = self.report(&cycle, errors);
            self.drop_what_ends(&dependents, loose);
        }
        dependents
    }

    /// Checks that are depended upon and depend on nothing.
    fn ends(&self) -> BTreeSet<CheckName> {
        let upon = self.parents.values().flat_map(BTreeMap::keys);
        upon.filter(|check| !self.parents.contains_key(*check)).cloned().collect()
    }

    /// Forgets these checks, and then whatever depended on nothing but forgotten ones.
    fn drop_what_ends(&mut self, dependents: &BTreeMap<CheckName, Vec<CheckName>>, ended: BTreeSet<CheckName>) {
        let mut queue: Vec<CheckName> = ended.into_iter().collect();
        for check in &queue {
            self.parents.remove(check);
        }
        while let Some(ended) = queue.pop() {
            for child in dependents.get(&ended).into_iter().flatten() {
                let Some(parents) = self.parents.get_mut(child) else { continue };
                parents.remove(&ended);
                if parents.is_empty() {
                    self.parents.remove(child);
                    queue.push(child.clone());
                }
            }
        }
    }

    /// Every check that is left depends on another that is left: whoever walks on comes back.
    fn cycle(&self) -> Option<Vec<CheckName>> {
        let (mut walked, mut seen) = (Vec::new(), BTreeSet::new());
        let mut here = self.parents.keys().next()?;
        while seen.insert(here) {
            walked.push(here.clone());
            here = self.parents.get(here)?.keys().next()?;
        }
        Some(walked.into_iter().skip_while(|check| check != here).collect())
    }

    /// Takes the cycle's first step away; answers with the check that depends on nothing any more, if it is one.
    fn report(&mut self, cycle: &[CheckName], errors: &mut ConfigErrors) -> BTreeSet<CheckName> {
        let way: Vec<String> = cycle.iter().chain(cycle.first()).map(|check| format!("`{check}`")).collect();
        let message = format!("a check would depend on itself: {}", way.join(" -> "));
        let first = cycle.first();
        let Some(parents) = first.and_then(|first| self.parents.get_mut(first)) else { return BTreeSet::new() };
        if let Some(error) = cycle.get(1).or(first).and_then(|next| parents.remove(next)) {
            errors.push(ConfigError { message, ..error }.help("leave one of these dependencies out"));
        }
        first.filter(|_| parents.is_empty()).cloned().into_iter().collect()
    }
}
