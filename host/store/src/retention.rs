//! How history ends: by age, and by the size of the whole file, the oldest first. Knows nothing of the pipeline's state,
//! which never ends here.
//!
//! Runs are in order of the time in their ids. After a clock was set back, some are dated later than now: age leaves
//! them alone (a node that boots in 1970 must not lose its history), and when room is short they go first, as nothing
//! says when they would be old.

use std::time::Duration;

use rusqlite::{Connection, Transaction};
use tocsin_core::config::Retention;
use tocsin_core::time::Timestamp;

use crate::Store;
use crate::error::StoreError;
use crate::run::{self, Key};
use crate::sample;

mod pages;

pub use pages::Usage;

/// Deletions a call makes at most, and rows in each: a state commit waits for one of them, never for the whole sweep.
const STEPS_MAX: usize = 8;
const RUNS_A_STEP: i64 = 5_000;
const BLOCKS_A_STEP: i64 = 256;
const SERIES_A_SWEEP: usize = 64;

/// Dated later than this after now is dated wrongly.
const CLOCK_SLACK: Duration = Duration::from_secs(3_600);

/// What one sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub runs: u64,
    /// Stretches of samples.
    pub blocks: u64,
    pub anomalies: u64,
    pub series: u64,
    /// Given back to the disk.
    pub bytes: u64,
    /// There is more to do: sweep again soon.
    pub more: bool,
}

impl Store {
    /// Removes a bounded part of what is too old or too much, gives free pages back to the disk, and takes the reserve
    /// back once there is room.
    ///
    /// # Errors
    /// What the database refused; what was removed until then stays removed.
    pub fn sweep(&self, now: Timestamp, retention: &Retention) -> Result<Swept, StoreError> {
        if self.0.reserve.is_short() {
            self.0.db.empty_log()?;
        }
        let mut swept = Swept::default();
        let mut steps = 0..STEPS_MAX;
        let runs_until = Key::first_at(now.before(retention.runs));
        let samples_until = now.before(retention.samples);
        for _step in steps.by_ref() {
            let aged = self.write_urgent("remove what is too old", |tx| {
                Ok(Swept {
                    runs: delete_runs_before(tx, runs_until)?,
                    blocks: delete_blocks_before(tx, samples_until)?,
                    anomalies: delete_anomalies_before(tx, now.before(retention.runs))?,
                    ..Swept::default()
                })
            })?;
            swept.add(aged);
            swept.more = !aged.is_nothing();
            if aged.is_nothing() {
                break;
            }
        }
        for _step in steps {
            swept.more = self.is_too_big(retention.bytes_max)?;
            if !swept.more {
                break;
            }
            let oldest = self.write_urgent("remove the oldest", |tx| delete_oldest(tx, now))?;
            swept.add(oldest);
            if oldest.is_nothing() || self.0.reserve.is_short() {
                break;
            }
        }
        self.forget_the_gone(&mut swept, samples_until)?;
        swept.bytes = self.0.give_pages_back(retention.bytes_max)?;
        self.0.reserve.take_back(&self.0.db)?;
        if self.0.reserve.is_short() {
            swept.more = swept.runs + swept.blocks > 0;
        }
        Ok(swept)
    }

    /// More pages than allowed, even once the free ones are given back; or no room for the reserve, which then is made.
    fn is_too_big(&self, bytes_max: u64) -> Result<bool, StoreError> {
        let usage = self.usage()?;
        let used = usage.file_bytes.saturating_sub(usage.free_bytes);
        Ok(used > bytes_max || (self.0.reserve.is_short() && used > self.0.reserve.history_bytes_min()))
    }

    fn forget_the_gone(&self, swept: &mut Swept, samples_until: Timestamp) -> Result<(), StoreError> {
        if swept.runs > 0 {
            let checks = self.write_urgent("forget checks without history", |tx| run::delete_empty(tx))?;
            self.0.heads.forget(&checks);
        }
        swept.series = self.0.series.delete_silent(&self.0.db, samples_until, SERIES_A_SWEEP)?;
        Ok(())
    }
}

impl Swept {
    const fn is_nothing(&self) -> bool {
        self.runs == 0 && self.blocks == 0 && self.anomalies == 0
    }

    const fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.blocks += other.blocks;
        self.anomalies += other.anomalies;
    }
}

fn delete_runs_before(tx: &Transaction<'_>, key: Key) -> rusqlite::Result<u64> {
    let runs = tx
        .prepare_cached("DELETE FROM run WHERE id IN (SELECT id FROM run WHERE id < ?1 ORDER BY id LIMIT ?2)")?
        .execute((key, RUNS_A_STEP))?;
    if runs > 0 {
        // What is beside a run goes with it: everything before the first run that is left.
        let first: Option<Key> = tx.prepare_cached("SELECT min(id) FROM run")?.query_row([], |row| row.get(0))?;
        let until = first.unwrap_or(key).min(key);
        tx.prepare_cached("DELETE FROM run_detail WHERE run < ?1")?.execute([until])?;
        tx.prepare_cached("DELETE FROM transcript WHERE run < ?1")?.execute([until])?;
    }
    Ok(wide(runs))
}

fn delete_runs_from(tx: &Transaction<'_>, key: Key) -> rusqlite::Result<u64> {
    for table in ["run_detail", "transcript"] {
        tx.prepare_cached(&format!(
            "DELETE FROM {table} WHERE run IN (SELECT id FROM run WHERE id >= ?1 ORDER BY id LIMIT ?2)"
        ))?
        .execute((key, RUNS_A_STEP))?;
    }
    tx.prepare_cached("DELETE FROM run WHERE id IN (SELECT id FROM run WHERE id >= ?1 ORDER BY id LIMIT ?2)")?
        .execute((key, RUNS_A_STEP))
        .map(wide)
}

fn delete_blocks_before(tx: &Transaction<'_>, until: Timestamp) -> rusqlite::Result<u64> {
    let blocks = tx
        .prepare_cached(
            "DELETE FROM sample_block WHERE id IN (SELECT id FROM sample_block WHERE last_ms < ?1 ORDER BY last_ms LIMIT ?2)",
        )?
        .execute((until.as_millis(), BLOCKS_A_STEP))?;
    let batches = tx.prepare_cached("DELETE FROM sample_batch WHERE last_ms < ?1")?.execute([until.as_millis()])?;
    Ok(wide(blocks + batches))
}

fn delete_anomalies_before(tx: &Transaction<'_>, until: Timestamp) -> rusqlite::Result<u64> {
    tx.prepare_cached(
        "DELETE FROM anomaly WHERE id IN (SELECT id FROM anomaly WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)",
    )?
    .execute((until.as_millis(), RUNS_A_STEP))
    .map(wide)
}

/// A step's worth of the oldest runs or samples, whichever begin earlier.
fn delete_oldest(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<Swept> {
    let beyond = now.after(CLOCK_SLACK);
    let misdated = delete_runs_from(tx, Key::first_at(beyond))?;
    if misdated > 0 {
        return Ok(Swept { runs: misdated, ..Swept::default() });
    }
    let misdated = delete_blocks_after(tx, beyond)?;
    if misdated > 0 {
        return Ok(Swept { blocks: misdated, ..Swept::default() });
    }
    let end = Timestamp::from_millis(i64::MAX);
    let first_run: Option<Key> = tx.prepare_cached("SELECT min(id) FROM run")?.query_row([], |row| row.get(0))?;
    let first_block: Option<i64> =
        tx.prepare_cached("SELECT min(last_ms) FROM sample_block")?.query_row([], |row| row.get(0))?;
    match (first_run, first_block) {
        (Some(run), Some(block)) if run.at().as_millis() > block => {
            Ok(Swept { blocks: delete_oldest_blocks(tx)?, ..Swept::default() })
        }
        (Some(_), _) => Ok(Swept { runs: delete_runs_before(tx, Key::first_at(end))?, ..Swept::default() }),
        (None, Some(_)) => Ok(Swept { blocks: delete_oldest_blocks(tx)?, ..Swept::default() }),
        (None, None) => Ok(Swept { blocks: delete_blocks_before(tx, end)?, ..Swept::default() }),
    }
}

fn delete_oldest_blocks(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    tx.prepare_cached("DELETE FROM sample_block WHERE id IN (SELECT id FROM sample_block ORDER BY last_ms LIMIT ?1)")?
        .execute([BLOCKS_A_STEP])
        .map(wide)
}

fn delete_blocks_after(tx: &Transaction<'_>, at: Timestamp) -> rusqlite::Result<u64> {
    tx.prepare_cached(
        "DELETE FROM sample_block WHERE id IN (SELECT id FROM sample_block WHERE last_ms > ?1 ORDER BY last_ms LIMIT ?2)",
    )?
    .execute((at.as_millis(), BLOCKS_A_STEP))
    .map(wide)
}

fn wide(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// How much history there is. Reads whole tables: for tools and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub runs: u64,
    pub samples: u64,
}

impl Store {
    /// # Errors
    /// What the database refused.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.0
            .db
            .read("count its rows", |db: &Connection| Ok(Counts { runs: run::count(db)?, samples: sample::count(db)? }))
    }
}

#[cfg(test)]
mod tests;
