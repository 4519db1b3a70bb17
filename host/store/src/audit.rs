//! Who changed what, and what came of it. Knows nothing of who may.

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tocsin_core::config::Role;
use tocsin_core::time::Timestamp;

use crate::error::StoreError;
use crate::{Store, json};

/// Entries kept; the log is small, so that it outlives every history.
const ENTRIES_MAX: i64 = 100_000;

/// One change that somebody asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub at: Timestamp,
    /// The token's name.
    pub who: String,
    pub role: Role,
    /// A stable word: `plugin.install`, `check.run`, `config.reload`.
    pub action: String,
    /// What it was done to.
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// `ok`, or why not.
    pub outcome: String,
}

/// Where an entry stands in the log; larger is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuditPlace(i64);

impl Store {
    /// On the disk when this returns, also when the disk is all but full: no change goes unrecorded.
    ///
    /// # Errors
    /// What the database refused.
    pub fn append_audit(&self, entry: &AuditEntry) -> Result<AuditPlace, StoreError> {
        self.write_urgent("record a change in the audit log", |tx| insert(tx, entry)).map(AuditPlace)
    }

    /// Newest first; the next page starts before the last place of this one.
    ///
    /// # Errors
    /// What the database refused.
    pub fn audit(&self, before: Option<AuditPlace>, limit: usize) -> Result<Vec<(AuditPlace, AuditEntry)>, StoreError> {
        let before = before.map_or(i64::MAX, |place| place.0);
        self.0.db.read("read the audit log", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, at_ms, who, role, action, target, before, after, outcome FROM audit
                 WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            statement.query_map((before, i64::try_from(limit).unwrap_or(i64::MAX)), read)?.collect()
        })
    }
}

fn insert(tx: &Connection, entry: &AuditEntry) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO audit (at_ms, who, role, action, target, before, after, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        entry.at.as_millis(),
        &entry.who,
        json::to_text(&entry.role)?,
        &entry.action,
        &entry.target,
        entry.before.as_ref().map(json::to_text).transpose()?,
        entry.after.as_ref().map(json::to_text).transpose()?,
        &entry.outcome,
    ))?;
    let place = tx.last_insert_rowid();
    tx.prepare_cached("DELETE FROM audit WHERE id <= ?1")?.execute([place.saturating_sub(ENTRIES_MAX)])?;
    Ok(place)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(AuditPlace, AuditEntry)> {
    let value = |column: usize| -> rusqlite::Result<Option<Value>> {
        row.get_ref(column)?.as_str_or_null()?.map(|text| json::from_text(column, text)).transpose()
    };
    let entry = AuditEntry {
        at: Timestamp::from_millis(row.get(1)?),
        who: row.get(2)?,
        role: json::from_text(3, row.get_ref(3)?.as_str()?)?,
        action: row.get(4)?,
        target: row.get(5)?,
        before: value(6)?,
        after: value(7)?,
        outcome: row.get(8)?,
    };
    Ok((AuditPlace(row.get(0)?), entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[test]
    fn pages_run_newest_first_without_gap_or_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Options::default()).unwrap();
        let entry = |n: i64| AuditEntry {
            at: Timestamp::from_millis(n),
            who: "admin".into(),
            role: Role::Admin,
            action: "check.run".into(),
            target: format!("web-{n}"),
            before: None,
            after: Some(serde_json::json!({ "n": n })),
            outcome: "ok".into(),
        };
        for n in 0..5 {
            store.append_audit(&entry(n)).unwrap();
        }
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = store.audit(before, 2).unwrap();
            let Some((last, _)) = page.last() else { break };
            before = Some(*last);
            seen.extend(page.into_iter().map(|(_, entry)| entry));
        }
        assert_eq!(seen, [4, 3, 2, 1, 0].map(entry));
    }
}
