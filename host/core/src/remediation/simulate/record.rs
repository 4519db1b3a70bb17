//! What is on record of the past, and the facts that gates are shown of one moment of it. What is not recorded is taken to
//! be no obstacle, and named. Knows nothing of what follows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::{Check, Config, Schedule};
use crate::health::HealthStatus;
use crate::id::{CheckName, RemediationId};
use crate::incident::{Incident, Member};
use crate::observation::Status;
use crate::playbook::{Blast, Playbook};
use crate::remediation::fleet::{Alone, Fleet as _};
use crate::remediation::gate::{Facts, Peer, Phase, Standing, Trigger};
use crate::remediation::{Account, LedgerKey};
use crate::time::Timestamp;

/// The shortest time between two looks.
pub(super) const MOMENT: Duration = Duration::from_secs(1);

/// Incidents that were, and what runs of checks found meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub incidents: Vec<Incident>,
    /// Each in order of time, as far as recorded.
    #[serde(default)]
    pub runs: BTreeMap<CheckName, Vec<Seen>>,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub at: Timestamp,
    /// `None`: it did not complete.
    pub status: Option<Status>,
}

/// The record while it is replayed.
pub(super) struct Past<'r> {
    pub(super) playbook: &'r Playbook,
    config: &'r Config,
    record: &'r Record,
    pub(super) ledger: BTreeMap<LedgerKey, Account>,
    /// Of which no runs are recorded.
    unrecorded: BTreeSet<CheckName>,
}

impl<'r> Past<'r> {
    pub(super) const fn new(playbook: &'r Playbook, config: &'r Config, record: &'r Record) -> Self {
        Self { playbook, config, record, ledger: BTreeMap::new(), unrecorded: BTreeSet::new() }
    }

    pub(super) fn account(&self, key: &LedgerKey) -> Account {
        self.ledger.get(key).cloned().unwrap_or_default()
    }

    /// What would have been known at `now` of a remediation that was proposed at `at`.
    pub(super) fn facts(
        &mut self,
        incident: &Incident,
        checks: &[CheckName],
        target: &str,
        at: Timestamp,
        now: Timestamp,
    ) -> Facts {
        let limits = &self.playbook.gates;
        let fleet = Alone { account: &self.account(&LedgerKey::Fleet) }.word(limits.fleet_rate, now);
        Facts {
            id: RemediationId::new("simulated"),
            playbook: self.playbook.name.clone(),
            target: target.to_owned(),
            mode: self.playbook.mode,
            phase: Phase::Proposed,
            proposed_at: at,
            switches: Vec::new(),
            triggers: checks.iter().map(|check| self.trigger(incident, check, now)).collect(),
            is_counted: false,
            target_account: self.account(&LedgerKey::Target(target.to_owned())),
            playbook_account: self.account(&LedgerKey::Playbook(self.playbook.name.clone())),
            node_account: self.account(&LedgerKey::Node),
            fleet,
            group: limits.blast.as_ref().map(|blast| self.group(checks, blast, now)),
            lease: None,
            alerts_firing: u32::try_from(self.firing(now).count()).unwrap_or(u32::MAX),
            plan: None,
            approval_asked_at: None,
            approval: None,
        }
    }

    /// Whether nothing of the incident is left to repair, or nothing more is on record.
    pub(super) fn is_over(&self, incident: &Incident, now: Timestamp) -> bool {
        let ends = incident.alerts.values().map(|member| member.ended_at);
        let all_ended = ends.clone().all(|ended| ended.is_some_and(|ended| ended <= now));
        all_ended
            || incident.resolved.as_ref().is_some_and(|resolved| resolved.at <= now)
            || (ends.into_iter().any(|ended| ended.is_none()) && self.recorded_until() < now)
    }

    pub(super) fn presumed(&self) -> Vec<String> {
        let named: Vec<&str> = self.unrecorded.iter().map(CheckName::as_str).collect();
        let runs = (!named.is_empty()).then(|| {
            format!(
                "of these checks no runs are recorded; each is taken to have been broken while an alert about it fired, and \
                 healthy else: {}",
                named.join(", ")
            )
        });
        let always = [
            "whether checks were flapping, unreachable or in maintenance is not recorded, and was taken to be no obstacle",
            "what an action would have planned, and whether it would have helped, nobody can tell; each repair that was \
             allowed is counted as one that helped",
        ];
        runs.into_iter().chain(always.map(str::to_owned)).collect()
    }

    fn trigger(&mut self, incident: &Incident, name: &CheckName, now: Timestamp) -> Trigger {
        let members = || incident.alerts.values().filter(|member| member.check.as_ref() == Some(name));
        let fires = members().any(|member| fires(member, now));
        let since = members().map(|member| member.starts_at).max().unwrap_or(now);
        let status = if fires { HealthStatus::Critical } else { HealthStatus::Ok };
        let seen = self.seen(name, now);
        let last = seen.as_ref().and_then(|seen| seen.last());
        let completed = seen.as_ref().and_then(|seen| seen.iter().rfind(|run| run.status.is_some()));
        Trigger {
            check: name.clone(),
            status,
            since,
            soft: completed.and_then(|run| run.status).map(HealthStatus::from).filter(|found| *found != status),
            is_flapping: false,
            behind: None,
            maintenance: None,
            interval: self.config.checks.get(name).map_or(MOMENT, |check| interval(check, now)),
            observed_at: if seen.is_some() { completed.map(|run| run.at) } else { Some(now) },
            failed: last.filter(|run| run.status.is_none()).map(|_| "as recorded".to_owned()),
            probe: None,
        }
    }

    fn group(&mut self, checks: &[CheckName], blast: &Blast, now: Timestamp) -> Vec<Peer> {
        let config = self.config;
        let members = blast.members(config).map(|check| check.name.clone());
        let members: BTreeSet<CheckName> = members.chain(checks.iter().cloned()).collect();
        let standing = |past: &mut Self, check: &CheckName| {
            if checks.contains(check) {
                return Standing::UnderRepair;
            }
            let is_alerted = past.firing(now).any(|member| member.check.as_ref() == Some(check));
            match past.seen(check, now).map(|seen| seen.last().and_then(|run| run.status)) {
                Some(None | Some(Status::Unknown)) => Standing::Unknown,
                Some(Some(Status::Warning | Status::Critical)) => Standing::Unhealthy,
                Some(Some(Status::Ok)) | None if is_alerted => Standing::Unhealthy,
                Some(Some(Status::Ok)) | None => Standing::Healthy,
            }
        };
        members.into_iter().map(|check| Peer { standing: standing(self, &check), check }).collect()
    }

    /// What its runs had found by then; `None` where none are recorded at all.
    fn seen(&mut self, check: &CheckName, now: Timestamp) -> Option<&'r [Seen]> {
        let Some(runs) = self.record.runs.get(check).filter(|runs| !runs.is_empty()) else {
            self.unrecorded.insert(check.clone());
            return None;
        };
        runs.get(..runs.partition_point(|run| run.at <= now))
    }

    fn firing(&self, now: Timestamp) -> impl Iterator<Item = &'r Member> {
        let members = self.record.incidents.iter().flat_map(|incident| incident.alerts.values());
        members.filter(move |member| fires(member, now))
    }

    fn recorded_until(&self) -> Timestamp {
        let runs = self.record.runs.values().filter_map(|runs| runs.last()).map(|run| run.at);
        let members = self.record.incidents.iter().flat_map(|incident| incident.alerts.values());
        let alerts = members.map(|member| member.ended_at.unwrap_or(member.joined_at));
        runs.chain(alerts).max().unwrap_or_default()
    }
}

/// The incident as it was then. Its severity and its labels are those it has now.
pub(super) fn as_of(incident: &Incident, at: Timestamp) -> Incident {
    let mut then = incident.clone();
    then.resolved = then.resolved.filter(|resolved| resolved.at <= at);
    then.timeline.clear();
    then.alerts.retain(|_, member| member.joined_at <= at);
    for member in then.alerts.values_mut() {
        member.ended_at = member.ended_at.filter(|ended| *ended <= at);
    }
    then
}

/// The latest start of what is to be answered.
pub(super) fn onset(incident: &Incident, checks: &[CheckName]) -> Option<Timestamp> {
    let about =
        |member: &&Member| member.ended_at.is_none() && member.check.as_ref().is_some_and(|it| checks.contains(it));
    incident.alerts.values().filter(about).map(|member| member.starts_at).max()
}

fn fires(member: &Member, now: Timestamp) -> bool {
    member.starts_at <= now && member.ended_at.is_none_or(|ended| now < ended)
}

fn interval(check: &Check, now: Timestamp) -> Duration {
    match &check.schedule {
        Schedule::Every(interval) => *interval,
        Schedule::Cron(cron) => cron.next_after(now).map_or(MOMENT, |next| next.since(now)),
    }
}
