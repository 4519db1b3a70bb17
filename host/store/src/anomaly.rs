//! What detectors said, in order of time. Written with the pipeline's state. Knows nothing of how it was judged.

use rusqlite::{Connection, ToSql, Transaction};
use tocsin_core::anomaly::Anomaly;
use tocsin_core::id::{CheckName, DetectorName};
use tocsin_core::time::Timestamp;

use crate::error::StoreError;
use crate::{Store, json};

/// Which anomalies are asked for; what is absent does not narrow.
#[derive(Clone, Debug, Default)]
pub struct AnomalyQuery {
    pub check: Option<CheckName>,
    pub detector: Option<DetectorName>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl Store {
    /// Newest first.
    ///
    /// # Errors
    /// What the database refused.
    pub fn anomalies(&self, query: &AnomalyQuery, limit: usize) -> Result<Vec<Anomaly>, StoreError> {
        self.0.db.read("read anomalies", |connection| select(connection, query, limit))
    }
}

pub(crate) fn insert(tx: &Transaction<'_>, anomaly: &Anomaly) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO anomaly (at_ms, detector, check_name, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute((
            anomaly.at.as_millis(),
            anomaly.detector.as_str(),
            anomaly.series.check.as_str(),
            json::to_text(anomaly)?,
        ))
        .map(drop)
}

fn select(connection: &Connection, query: &AnomalyQuery, limit: usize) -> rusqlite::Result<Vec<Anomaly>> {
    let check = query.check.as_ref().map(CheckName::as_str);
    let detector = query.detector.as_ref().map(DetectorName::as_str);
    let from = query.from.map(Timestamp::as_millis);
    let to = query.to.map(Timestamp::as_millis);
    let conditions: [(&str, Option<&dyn ToSql>); 4] = [
        ("check_name = ?", check.as_ref().map(|value| value as &dyn ToSql)),
        ("detector = ?", detector.as_ref().map(|value| value as &dyn ToSql)),
        ("at_ms >= ?", from.as_ref().map(|value| value as &dyn ToSql)),
        ("at_ms <= ?", to.as_ref().map(|value| value as &dyn ToSql)),
    ];
    let asked = conditions.iter().filter_map(|(condition, value)| Some((*condition, (*value)?)));
    let (wanted, mut values): (Vec<&str>, Vec<&dyn ToSql>) = asked.unzip();
    let filter = if wanted.is_empty() { String::new() } else { format!("WHERE {}", wanted.join(" AND ")) };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    values.push(&limit);
    let mut statement = connection
        .prepare_cached(&format!("SELECT body FROM anomaly {filter} ORDER BY at_ms DESC, id DESC LIMIT ?"))?;
    let mut rows = statement.query(values.as_slice())?;
    let mut anomalies = Vec::new();
    while let Some(row) = rows.next()? {
        anomalies.push(json::from_text(0, row.get_ref(0)?.as_str()?)?);
    }
    Ok(anomalies)
}
