//! The pipeline's durable state: what must be on the disk before anything acts on it. Knows nothing of how it changes.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};
use tocsin_core::id::{CheckName, DetectorName};
use tocsin_core::pipeline::{Change, DetectorState, KeptBudgets, KeptState, State};

use crate::error::StoreError;
use crate::{Store, anomaly, book, incident, json, slo};

impl Store {
    /// The state as the last commit left it.
    ///
    /// # Errors
    /// What the database refused; a row that cannot be read is one such refusal, not an empty state.
    pub fn load_state(&self) -> Result<State, StoreError> {
        self.0.db.read("read the node's state", load)
    }

    /// Makes these changes durable, all or none, in order. Changes that live in memory only are passed over.
    ///
    /// # Errors
    /// [`StoreError::Full`] only after the reserve was given up and still no room was found.
    pub fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        if !changes.iter().any(Change::is_durable) {
            return Ok(());
        }
        self.write_urgent("commit the node's state", |tx| changes.iter().try_for_each(|change| apply(tx, change)))
    }
}

fn load(connection: &Connection) -> rusqlite::Result<State> {
    let mut checks = BTreeMap::new();
    let mut statement = connection.prepare("SELECT check_name, body FROM state_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        checks.insert(CheckName::new(row.get_ref(0)?.as_str()?), json::from_text(1, row.get_ref(1)?.as_str()?)?);
    }
    let mut detectors = BTreeMap::new();
    let mut statement = connection.prepare("SELECT detector, body, snapshot FROM state_detector")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut state: DetectorState = json::from_text(1, row.get_ref(1)?.as_str()?)?;
        state.snapshot = row.get(2)?;
        detectors.insert(DetectorName::new(row.get_ref(0)?.as_str()?), state);
    }
    let budgets = KeptBudgets {
        policies: book::all(connection, "SELECT json_array(json(key), json(body)) FROM slo_policy")?,
        notes: book::all(connection, "SELECT json_array(id, json(body)) FROM slo_downtime")?,
    };
    Ok(State::restore(KeptState {
        checks,
        detectors,
        instances: book::load_instances(connection)?,
        book: book::load(connection)?,
        slos: slo::load(connection)?,
        budgets,
        incidents: incident::load(connection)?,
        remediations: incident::load_remediations(connection)?,
    }))
}

fn apply(tx: &Transaction<'_>, change: &Change) -> rusqlite::Result<()> {
    match change {
        Change::Check(name, Some(state)) => tx
            .prepare_cached("INSERT OR REPLACE INTO state_check (check_name, body) VALUES (?1, ?2)")?
            .execute((name.as_str(), json::to_text(state)?))
            .map(drop),
        Change::Check(name, None) => {
            tx.prepare_cached("DELETE FROM state_check WHERE check_name = ?1")?.execute([name.as_str()]).map(drop)
        }
        Change::Detector(name, Some(state)) => {
            // A snapshot may be megabytes: as a blob it is its own size, as JSON four times that.
            let (snapshot, rest) = (&state.snapshot, DetectorState { snapshot: None, ..state.clone() });
            tx.prepare_cached("INSERT OR REPLACE INTO state_detector (detector, body, snapshot) VALUES (?1, ?2, ?3)")?
                .execute((name.as_str(), json::to_text(&rest)?, snapshot))
                .map(drop)
        }
        Change::Detector(name, None) => {
            tx.prepare_cached("DELETE FROM state_detector WHERE detector = ?1")?.execute([name.as_str()]).map(drop)
        }
        Change::Anomaly(anomaly) => anomaly::insert(tx, anomaly),
        Change::Rule(key, instance) => book::apply_instance(tx, key, instance.as_ref()),
        Change::Book(change) => book::apply(tx, change),
        Change::Slo(change) => slo::apply(tx, change),
        Change::Budget(change) => book::apply_budget(tx, change),
        Change::Incident(change) => incident::apply(tx, change),
        Change::Remediation(change) => incident::apply_remediation(tx, change),
        Change::Watch(..) | Change::Config(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
