//! What the health of checks means for remediations: what waits looks again, what healed and broke anew is answered anew,
//! and accounts count for how long their target is well. Knows nothing of how health comes about.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::book::RETENTION;
use super::{Because, RemediationChange, attention, patience};
use crate::health::HealthStatus;
use crate::id::CheckName;
use crate::pipeline::{Event, State, Transition};
use crate::remediation::{End, LedgerKey, Remediation, Stage};
use crate::time::Timestamp;

/// The newest remediations of a check that are looked at; older ones had the same targets.
const LOOKED_AT: usize = 20;
/// One that was dropped is thought of for so long.
const DROPPED_LATELY: Duration = Duration::from_secs(3_600);

/// A check was run, or its state is another. Costs a look in a tree where nothing was ever repaired.
pub(super) fn judged(state: &State, check: &CheckName, now: Timestamp, transition: &mut Transition) {
    let mut targets = BTreeSet::new();
    for it in state.remediations.of_check(check).rev().take(LOOKED_AT) {
        targets.insert(it.target.as_str());
        match &it.ended {
            None if matches!(it.stage, Stage::Held | Stage::AwaitingApproval { .. }) => {
                transition.follow(attention(&it.id, Because::News));
            }
            Some(ended) if ended.how == End::Dropped && is_back(state, it, ended.at, now) => {
                transition.follow(Event::Respond(it.incident.clone()));
            }
            _ => {}
        }
    }
    targets.into_iter().for_each(|target| count(state, target, now, transition));
}

/// It had healed by itself, and is broken again before its alert ever ended.
fn is_back(state: &State, it: &Remediation, ended_at: Timestamp, now: Timestamp) -> bool {
    let passed = now.since(ended_at);
    let is_broken = |check: &CheckName| {
        state.check(check).is_some_and(|known| {
            matches!(known.health.status, HealthStatus::Warning | HealthStatus::Critical) && known.health.soft.is_none()
        })
    };
    (patience::DROPPED..DROPPED_LATELY).contains(&passed) && it.checks.iter().any(is_broken)
}

/// Whether all that the target's repairs answered is well, and since when.
fn count(state: &State, target: &str, now: Timestamp, transition: &mut Transition) {
    let key = LedgerKey::Target(target.to_owned());
    let Some(account) = state.remediations.account(&key) else { return };
    let checks: BTreeSet<&CheckName> = state.remediations.of_target(target).flat_map(|it| &it.checks).collect();
    let known = checks.into_iter().filter_map(|check| state.check(check));
    let mut known = known.map(|known| known.health.status).peekable();
    let is_well = known.peek().is_some() && known.all(|status| status == HealthStatus::Ok);
    let next = if is_well { account.healthy(now) } else { account.unhealthy(now) };
    if next != **account {
        transition.remediation(RemediationChange::Ledger(key, Some(Arc::new(next))));
    }
}

/// One that ended long ago, and what its target has spent, where that says nothing any more.
pub(super) fn forget(state: &State, it: &Remediation, now: Timestamp, transition: &mut Transition) {
    transition.remediation(RemediationChange::Remediation(it.id.clone(), None));
    let key = LedgerKey::Target(it.target.clone());
    let is_last = state.remediations.of_target(&it.target).all(|other| other.id == it.id);
    let account = state.remediations.account(&key).filter(|_| is_last);
    if account.is_some_and(|account| account.is_forgettable(RETENTION, now)) {
        transition.remediation(RemediationChange::Ledger(key, None));
    }
}
