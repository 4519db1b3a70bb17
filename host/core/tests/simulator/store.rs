//! What is on disk: the durable changes, and nothing else, written as JSON and read again. Knows nothing of what they mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tocsin_core::alert::Alert;
use tocsin_core::group::Group;
use tocsin_core::id::{CheckName, GroupKey, IncidentId, NoticeId, RemediationId};
use tocsin_core::incident::Incident;
use tocsin_core::label::Fingerprint;
use tocsin_core::notify::Notice;
use tocsin_core::pipeline::{
    BookChange, Change, CheckState, IncidentChange, Kept, KeptIncidents, KeptRemediations, KeptState, RemediationChange,
};
use tocsin_core::remediation::{Account, KillSwitch, LedgerKey, Remediation, Scope};
use tocsin_core::rule::{Instance, InstanceKey};

#[derive(Debug, Default)]
pub(super) struct Store {
    checks: BTreeMap<CheckName, CheckState>,
    instances: BTreeMap<InstanceKey, Instance>,
    alerts: BTreeMap<Fingerprint, Arc<Alert>>,
    groups: BTreeMap<GroupKey, Arc<Group>>,
    notices: BTreeMap<NoticeId, Arc<Notice>>,
    incidents: BTreeMap<IncidentId, Arc<Incident>>,
    pub(super) remediations: BTreeMap<RemediationId, Arc<Remediation>>,
    ledger: BTreeMap<LedgerKey, Arc<Account>>,
    pub(super) switches: BTreeMap<Scope, Arc<KillSwitch>>,
}

impl Store {
    /// One transaction.
    pub(super) fn commit(&mut self, changes: &[Change]) {
        for change in changes.iter().filter(|change| change.is_durable()) {
            match change {
                Change::Check(name, check) => put(&mut self.checks, name, check.as_ref()),
                Change::Rule(key, instance) => put(&mut self.instances, key, instance.as_ref()),
                Change::Book(BookChange::Alert(key, alert)) => put(&mut self.alerts, key, alert.as_ref()),
                Change::Book(BookChange::Group(key, group)) => put(&mut self.groups, key, group.as_ref()),
                Change::Book(BookChange::Notice(id, notice)) => put(&mut self.notices, id, notice.as_ref()),
                Change::Incident(IncidentChange::Incident(id, it)) => put(&mut self.incidents, id, it.as_ref()),
                Change::Remediation(RemediationChange::Remediation(id, it)) => {
                    put(&mut self.remediations, id, it.as_ref());
                }
                Change::Remediation(RemediationChange::Ledger(key, it)) => put(&mut self.ledger, key, it.as_ref()),
                Change::Remediation(RemediationChange::KillSwitch(scope, it)) => {
                    put(&mut self.switches, scope, it.as_ref());
                }
                _ => {}
            }
        }
    }

    /// What a node that begins anew is given.
    pub(super) fn kept(&self) -> KeptState {
        KeptState {
            checks: self.checks.iter().map(|(name, check)| (name.clone(), read_back(check))).collect(),
            instances: self.instances.iter().map(|(key, it)| (key.clone(), it.clone())).collect(),
            book: Kept {
                alerts: self.alerts.values().map(|alert| read_back(&**alert)).collect(),
                groups: self.groups.values().map(|group| read_back(&**group)).collect(),
                notices: self.notices.values().map(|notice| read_back(&**notice)).collect(),
                ..Kept::default()
            },
            incidents: KeptIncidents {
                incidents: self.incidents.values().map(|incident| read_back(&**incident)).collect(),
                contributions: Vec::new(),
            },
            remediations: KeptRemediations {
                remediations: self.remediations.values().map(|it| read_back(&**it)).collect(),
                ledger: self.ledger.iter().map(|(key, it)| (read_back(key), read_back(&**it))).collect(),
                switches: self.switches.iter().map(|(key, it)| (read_back(key), read_back(&**it))).collect(),
            },
            ..KeptState::default()
        }
    }
}

fn put<K: Ord + Clone, V: Clone>(table: &mut BTreeMap<K, V>, key: &K, value: Option<&V>) {
    match value {
        Some(value) => drop(table.insert(key.clone(), value.clone())),
        None => drop(table.remove(key)),
    }
}

/// Written and read: what is not written is lost.
#[expect(clippy::panic, reason = "what cannot be read back is what the simulator is there to find")]
fn read_back<T: Serialize + DeserializeOwned>(value: &T) -> T {
    match serde_json::to_string(value).and_then(|text| serde_json::from_str(&text)) {
        Ok(value) => value,
        Err(error) => panic!("{} cannot be read back: {error}", std::any::type_name::<T>()),
    }
}
