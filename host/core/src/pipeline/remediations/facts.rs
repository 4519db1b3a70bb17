//! What the gates are shown: everything they look at, gathered from the state at one moment. The same is gathered when a
//! remediation moves and when a verb is about to be carried out, so that the two cannot disagree. Knows nothing of what
//! the gates make of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use super::draft::Way;
use crate::config::{Check, Config, Schedule};
use crate::health::{Health, HealthStatus};
use crate::id::{CheckName, WindowName};
use crate::pipeline::State;
use crate::playbook::Blast;
use crate::remediation::fleet::{Alone, Fleet, Word};
use crate::remediation::gate::{self, Facts, Lease, Peer, Phase, PlanFacts, Probe, Standing, Trigger};
use crate::remediation::{Account, LedgerKey, PlanHash, Remediation, Verdict, check_plan};
use crate::time::Timestamp;

/// Between the runs of a check that follows a calendar, which may be far apart.
const CRON_INTERVAL: Duration = Duration::from_secs(300);

/// Asks every gate about a remediation as the state has it, or is about to.
pub(super) fn judge(
    state: &State,
    config: &Config,
    it: &Remediation,
    way: Way<'_>,
    phase: Phase,
    now: Timestamp,
) -> Vec<Verdict> {
    gate::judge(&gather(state, config, it, way, phase, now), &way.playbook.gates, now)
}

fn gather(state: &State, config: &Config, it: &Remediation, way: Way<'_>, phase: Phase, now: Timestamp) -> Facts {
    let limits = &way.playbook.gates;
    let mut target_account = account(state, &LedgerKey::Target(it.target.clone()));
    if it.course.after.is_some() {
        // The ladder goes on at once: a cooldown is between one answer and the next, and all of the ladder is one.
        target_account.ended_at = None;
    }
    Facts {
        id: it.id.clone(),
        playbook: it.playbook.clone(),
        target: it.target.clone(),
        // What was stricter when it was proposed stays so.
        mode: it.mode.min(way.playbook.mode),
        phase,
        proposed_at: it.proposed_at,
        switches: state.remediations.switches().map(|(scope, thrown)| (scope.clone(), (**thrown).clone())).collect(),
        triggers: it.checks.iter().filter_map(|check| trigger(state, config, it, check, now)).collect(),
        is_counted: it.course.begun_at.is_some(),
        target_account,
        playbook_account: account(state, &LedgerKey::Playbook(it.playbook.clone())),
        node_account: account(state, &LedgerKey::Node),
        fleet: fleet(state, way, now),
        group: limits.blast.as_ref().map(|blast| group(state, config, it, blast)),
        lease: lease(state, config, it, now),
        alerts_firing: firing(state, limits.storm_alerts, now),
        plan: plan(config, it, way),
        approval_asked_at: it.course.approval_asked_at,
        approval: it.approval.clone(),
    }
}

fn account(state: &State, key: &LedgerKey) -> Account {
    state.remediations.account(key).map_or_else(Account::default, |account| Account::clone(account))
}

fn fleet(state: &State, way: Way<'_>, now: Timestamp) -> Word {
    static NONE: LazyLock<Account> = LazyLock::new(Account::default);
    let account = state.remediations.account(&LedgerKey::Fleet).map_or(&*NONE, |account| &**account);
    Alone { account }.word(way.playbook.gates.fleet_rate, now)
}

fn trigger(state: &State, config: &Config, it: &Remediation, name: &CheckName, now: Timestamp) -> Option<Trigger> {
    let check = config.checks.get(name)?;
    let known = state.check(name);
    static UNKNOWN: LazyLock<Health> = LazyLock::new(|| Health::not_run_yet(Timestamp::default()));
    let health = known.map_or(&*UNKNOWN, |known| &known.health);
    let probe = it.course.probes.get(name).map(|probe| Probe { at: probe.at, found: probe.found.clone() });
    Some(Trigger {
        check: name.clone(),
        status: health.status,
        since: health.since,
        soft: health.soft.as_ref().map(|soft| soft.status),
        is_flapping: health.is_flapping(),
        behind: health.behind.as_ref().map(|behind| behind.parent.clone()),
        maintenance: maintenance(state, config, check, now),
        interval: match &check.schedule {
            Schedule::Every(interval) => *interval,
            Schedule::Cron(cron) => cron.next_after(now).map_or(CRON_INTERVAL, |next| next.since(now)),
        },
        observed_at: state.watch(name).and_then(|watch| watch.found_at),
        failed: known.and_then(|known| known.failing.as_ref()).map(|failing| failing.message.clone()),
        probe,
    })
}

fn maintenance(state: &State, config: &Config, check: &Check, now: Timestamp) -> Option<WindowName> {
    let labels = config.labels_of(check);
    let mut windows = state.windows().filter(|window| window.is_active(now, state.book.progress(&window.name)));
    windows.find(|window| window.covers(Some(&check.name), &labels)).map(|window| window.name.clone())
}

/// Looks at every check: only playbooks that limit a group ask for it.
fn group(state: &State, config: &Config, it: &Remediation, blast: &Blast) -> Vec<Peer> {
    let named: BTreeSet<&CheckName> = blast.members(config).map(|check| &check.name).collect();
    let members: BTreeSet<&CheckName> = named.into_iter().chain(&it.checks).collect();
    let at_work = |check: &CheckName| {
        let others = state.remediations.open().filter(|other| other.id != it.id);
        it.checks.contains(check) || others.filter(|other| holds(other)).any(|other| other.checks.contains(check))
    };
    let standing = |check: &CheckName| {
        if at_work(check) {
            return Standing::UnderRepair;
        }
        match state.check(check).map(|known| &known.health) {
            Some(health) if health.behind.is_some() => Standing::Unknown,
            Some(health) => match health.status {
                HealthStatus::Ok => Standing::Healthy,
                HealthStatus::Warning | HealthStatus::Critical => Standing::Unhealthy,
                HealthStatus::Unknown | HealthStatus::Stale => Standing::Unknown,
            },
            None => Standing::Unknown,
        }
    };
    members.into_iter().map(|check| Peer { check: check.clone(), standing: standing(check) }).collect()
}

const fn holds(it: &Remediation) -> bool {
    it.course.leased_at.is_some()
}

/// Whoever took the target first holds it, until the lease is over or it has ended. Of two that took it at the same
/// moment the first by its id does: the other sees that before it begins.
fn lease(state: &State, config: &Config, it: &Remediation, now: Timestamp) -> Option<Lease> {
    let others = state.remediations.of_target(&it.target).filter(|other| !other.is_over() && other.id != it.id);
    let all = others.map(|other| &**other).chain([it]).filter_map(|holder| {
        let longest = config.playbooks.get(&holder.playbook).map_or(Duration::ZERO, |playbook| playbook.gates.lease);
        let taken_at = holder.course.leased_at?;
        Some((now >= taken_at.after(longest), taken_at, &holder.id, &holder.playbook, taken_at.after(longest)))
    });
    let first = all.min_by_key(|(is_over, taken_at, id, ..)| (*is_over, *taken_at, *id))?;
    let (_, _, holder, playbook, until) = first;
    Some(Lease { holder: holder.clone(), playbook: playbook.clone(), until })
}

/// No more are counted than it takes to know that there are too many.
fn firing(state: &State, max: u32, now: Timestamp) -> u32 {
    let enough = usize::try_from(max).unwrap_or(usize::MAX).saturating_add(1);
    let firing = state.book.alerts().filter(|(_, alert)| !alert.is_resolved(now)).take(enough).count();
    u32::try_from(firing).unwrap_or(u32::MAX)
}

fn plan(config: &Config, it: &Remediation, way: Way<'_>) -> Option<PlanFacts> {
    let planned = it.planned.as_ref()?;
    let faults = check_plan(&planned.plan, &way.rung.rights, config).err().unwrap_or_default();
    let unmet = planned.plan.preconditions.iter().filter_map(|wanted| {
        let check = &wanted.check;
        match it.course.probes.get(check).map(|probe| &probe.found) {
            Some(Ok(found)) if wanted.status.contains(found) => None,
            Some(Ok(found)) => Some(format!("`{check}` is {} ({})", HealthStatus::from(*found).as_str(), wanted.why)),
            Some(Err(failed)) => Some(format!("`{check}` could not be run: {failed}")),
            None => Some(format!("`{check}` was not run yet")),
        }
    });
    Some(PlanFacts {
        hash: PlanHash::of(&planned.plan),
        faults: faults.iter().map(ToString::to_string).collect(),
        unmet: unmet.collect(),
    })
}
