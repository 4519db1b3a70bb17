//! One run as rows and back. Knows nothing of batches.

use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Row, Transaction};
use serde::{Deserialize, Serialize};
use tocsin_core::id::{CheckName, Digest, PluginName};
use tocsin_core::observation::{Observation, Problem, Status};
use tocsin_core::run::{RunCause, RunCost, RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;

use super::head::Staged;
use super::{Key, NewRun, StoredRun};
use crate::json::{self, Packer};
use crate::name::Names;

/// Completed, found its target well, and returned nothing that had to be left out.
pub(super) fn is_healthy(record: &RunRecord) -> bool {
    record.status() == Some(Status::Ok) && record.problems.is_empty()
}

/// What a row has no room for.
#[derive(Deserialize)]
struct Detail {
    outcome: RunOutcome,
    observation: Option<Observation>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct DetailRef<'a> {
    outcome: &'a RunOutcome,
    observation: &'a Option<Observation>,
    problems: &'a [Problem],
}

/// A transaction's statements, made ready once for a whole batch.
pub(super) struct Writer<'a> {
    names: &'a Names,
    packer: Packer,
    run: CachedStatement<'a>,
    detail: CachedStatement<'a>,
    replaced: CachedStatement<'a>,
    transcript: CachedStatement<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(tx: &'a Transaction<'_>, names: &'a Names) -> rusqlite::Result<Self> {
        Ok(Self {
            names,
            packer: Packer::new()?,
            run: tx.prepare_cached(
                "INSERT OR IGNORE INTO run (id, previous, check_id, plugin_id, digest_id, cause, outcome, status, started_ms,
                     late_ms, wall_us, cpu_us, memory_bytes, host_calls, host_bytes, transcript, detail, summary)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            )?,
            detail: tx.prepare_cached("INSERT INTO run_detail (run, body) VALUES (?1, ?2)")?,
            replaced: tx.prepare_cached("DELETE FROM run_detail WHERE run = ?1")?,
            transcript: tx.prepare_cached("INSERT INTO transcript (run, body) VALUES (?1, ?2)")?,
        })
    }

    /// False where the run was kept before: a batch may be tried again.
    pub(super) fn insert(&mut self, key: Key, run: &NewRun, heads: &mut Staged<'_>) -> rusqlite::Result<bool> {
        let record = &*run.record;
        let check = self.id(record.check.as_str())?;
        let has_detail = !is_healthy(record) || record.observation.as_ref().is_some_and(has_more_than_a_row);
        if !self.insert_row(key, run, check, has_detail, heads.newest(check))? {
            return Ok(false);
        }
        let started_ms = record.started_at.as_millis();
        let keeps_healthy = has_detail && is_healthy(record) && heads.is_due(check, started_ms);
        if keeps_healthy || !is_healthy(record) {
            let RunRecord { outcome, observation, problems, .. } = record;
            self.detail.execute((key, self.packer.pack_json(&DetailRef { outcome, observation, problems })?))?;
        }
        if let Some(replaced) = heads.advance(check, key, keeps_healthy.then_some(started_ms)) {
            self.replaced.execute([replaced])?;
        }
        if let Some(transcript) = &run.transcript {
            self.transcript.execute((key, self.packer.pack(transcript)?))?;
        }
        Ok(true)
    }

    fn insert_row(
        &mut self,
        key: Key,
        run: &NewRun,
        check: i64,
        has_detail: bool,
        previous: Option<Key>,
    ) -> rusqlite::Result<bool> {
        let record = &*run.record;
        let (plugin, digest) = (self.id(record.plugin.as_str())?, self.id(record.digest.as_str())?);
        let cost = &record.cost;
        let inserted = self.run.execute(rusqlite::params![
            key,
            previous,
            check,
            plugin,
            digest,
            cause_code(record.cause),
            outcome_code(&record.outcome),
            record.status().map(status_code),
            record.started_at.as_millis(),
            record.started_at.as_millis().saturating_sub(record.due_at.as_millis()),
            integer(cost.wall_us),
            integer(cost.cpu_us),
            integer(cost.memory_peak_bytes),
            cost.host_calls,
            integer(cost.host_bytes),
            run.transcript.is_some(),
            has_detail,
            record.observation.as_ref().map(|observation| observation.summary.as_str()),
        ])?;
        Ok(inserted == 1)
    }

    fn id(&self, name: &str) -> rusqlite::Result<i64> {
        self.names.id(name).ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

/// A run, and the run of the same check before it.
pub(super) fn select(
    connection: &Connection,
    names: &Names,
    key: Key,
) -> rusqlite::Result<Option<(StoredRun, Option<Key>)>> {
    connection
        .prepare_cached(
            "SELECT previous, check_id, plugin_id, digest_id, cause, outcome, status, started_ms, late_ms, wall_us, cpu_us,
                 memory_bytes, host_calls, host_bytes, transcript, detail, summary, run_detail.body
             FROM run LEFT JOIN run_detail ON run_detail.run = run.id WHERE run.id = ?1",
        )?
        .query_row([key], |row| Ok((read(row, names, key)?, row.get(0)?)))
        .optional()
}

fn read(row: &Row<'_>, names: &Names, key: Key) -> rusqlite::Result<StoredRun> {
    let name = |column: usize| {
        let id: i64 = row.get(column)?;
        names.text(id).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, id))
    };
    let amount = |column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let detail: Option<Detail> =
        row.get_ref(17)?.as_blob_or_null()?.map(|packed| json::unpack_json(17, packed)).transpose()?;
    let complete = detail.is_some() || !row.get::<_, bool>(15)?;
    let Detail { outcome, observation, problems } = match detail {
        Some(detail) => detail,
        None => Detail { outcome: healthy_outcome(row)?, observation: brief(row)?, problems: Vec::new() },
    };
    let started_at = Timestamp::from_millis(row.get(7)?);
    let record = RunRecord {
        id: key.id(),
        check: CheckName::new(name(1)?),
        plugin: PluginName::new(name(2)?),
        digest: Digest::new(name(3)?),
        cause: if row.get::<_, i64>(4)? == 0 { RunCause::Schedule } else { RunCause::Demand },
        due_at: Timestamp::from_millis(started_at.as_millis().saturating_sub(row.get(8)?)),
        started_at,
        outcome,
        cost: RunCost {
            wall_us: amount(9)?,
            cpu_us: amount(10)?,
            memory_peak_bytes: amount(11)?,
            host_calls: row.get(12)?,
            host_bytes: amount(13)?,
        },
        observation,
        problems,
        transcript: row.get(14)?,
    };
    Ok(StoredRun { record, complete })
}

/// Only healthy runs go without a detail.
fn healthy_outcome(row: &Row<'_>) -> rusqlite::Result<RunOutcome> {
    match row.get(5)? {
        0 => Ok(RunOutcome::Completed),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(5, other)),
    }
}

fn brief(row: &Row<'_>) -> rusqlite::Result<Option<Observation>> {
    let Some(code) = row.get::<_, Option<i64>>(6)? else { return Ok(None) };
    let status =
        [Status::Ok, Status::Unknown, Status::Warning, Status::Critical].into_iter().find(|s| status_code(*s) == code);
    let status = status.ok_or_else(|| rusqlite::Error::InvalidColumnType(6, "status".to_owned(), Type::Integer))?;
    Ok(Some(Observation::new(status, row.get::<_, Option<String>>(16)?.unwrap_or_default())))
}

fn has_more_than_a_row(observation: &Observation) -> bool {
    !(observation.metrics.is_empty() && observation.findings.is_empty() && observation.evidence.is_empty())
}

const fn status_code(status: Status) -> i64 {
    match status {
        Status::Ok => 0,
        Status::Unknown => 1,
        Status::Warning => 2,
        Status::Critical => 3,
    }
}

const fn cause_code(cause: RunCause) -> i64 {
    match cause {
        RunCause::Schedule => 0,
        RunCause::Demand => 1,
    }
}

const fn outcome_code(outcome: &RunOutcome) -> i64 {
    match outcome {
        RunOutcome::Completed => 0,
        RunOutcome::GuestError { .. } => 1,
        RunOutcome::Trap { .. } => 2,
        RunOutcome::Deadline { .. } => 3,
        RunOutcome::Memory { .. } => 4,
        RunOutcome::Denied { .. } => 5,
        RunOutcome::HostError { .. } => 6,
        RunOutcome::Saturated => 7,
        RunOutcome::Cancelled => 8,
    }
}

/// SQLite's integers are signed; no cost comes near their end.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
