//! Incidents and remediations, as rows. Knows nothing of what they mean.

use rusqlite::{Connection, Transaction};
use tocsin_core::pipeline::{IncidentChange, KeptIncidents, KeptRemediations, RemediationChange};

use crate::book::{all, keep};
use crate::json;

pub(crate) fn load(connection: &Connection) -> rusqlite::Result<KeptIncidents> {
    Ok(KeptIncidents {
        incidents: all(connection, "SELECT body FROM incident ORDER BY id")?,
        contributions: all(connection, "SELECT json_array(id, json(body)) FROM contribution ORDER BY id")?,
    })
}

pub(crate) fn load_remediations(connection: &Connection) -> rusqlite::Result<KeptRemediations> {
    Ok(KeptRemediations {
        remediations: all(connection, "SELECT body FROM remediation ORDER BY id")?,
        ledger: all(connection, "SELECT json_array(json(key), json(body)) FROM remediation_ledger")?,
        switches: all(connection, "SELECT json_array(json(scope), json(body)) FROM kill_switch")?,
    })
}

pub(crate) fn apply(tx: &Transaction<'_>, change: &IncidentChange) -> rusqlite::Result<()> {
    match change {
        IncidentChange::Incident(id, incident) => keep(
            tx,
            "INSERT OR REPLACE INTO incident (id, body) VALUES (?1, ?2)",
            "DELETE FROM incident WHERE id = ?1",
            &id.as_str(),
            incident.as_deref(),
        ),
        IncidentChange::Contribution(id, contribution) => keep(
            tx,
            "INSERT OR REPLACE INTO contribution (id, body) VALUES (?1, ?2)",
            "DELETE FROM contribution WHERE id = ?1",
            &id.as_str(),
            contribution.as_deref(),
        ),
        // In memory only.
        IncidentChange::Waiting(..) | IncidentChange::WaitingLook(_) | IncidentChange::Heard { .. } => Ok(()),
    }
}

pub(crate) fn apply_remediation(tx: &Transaction<'_>, change: &RemediationChange) -> rusqlite::Result<()> {
    match change {
        RemediationChange::Remediation(id, remediation) => keep(
            tx,
            "INSERT OR REPLACE INTO remediation (id, body) VALUES (?1, ?2)",
            "DELETE FROM remediation WHERE id = ?1",
            &id.as_str(),
            remediation.as_deref(),
        ),
        RemediationChange::Ledger(key, account) => keep(
            tx,
            "INSERT OR REPLACE INTO remediation_ledger (key, body) VALUES (?1, ?2)",
            "DELETE FROM remediation_ledger WHERE key = ?1",
            &json::to_text(key)?,
            account.as_deref(),
        ),
        RemediationChange::KillSwitch(scope, switch) => keep(
            tx,
            "INSERT OR REPLACE INTO kill_switch (scope, body) VALUES (?1, ?2)",
            "DELETE FROM kill_switch WHERE scope = ?1",
            &json::to_text(scope)?,
            switch.as_deref(),
        ),
    }
}
