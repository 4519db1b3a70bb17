//! Batches and blocks of samples as rows. Knows nothing of what a series is called.

use rusqlite::types::Type;
use rusqlite::{Connection, ToSql, Transaction};
use tocsin_core::anomaly::Sample;
use tocsin_core::time::Timestamp;

use super::Point;
use super::codec;
use crate::json::{self, Packer};

/// Neighbouring series in one block. The series of a check are neighbours, and often wanted together.
const SHARD_SERIES: u32 = 32;
/// Samples in batches before they are folded: what a reader of one series has to look through at most.
const FOLD_SAMPLES: i64 = 131_072;
/// Batches likewise.
const FOLD_BATCHES: i64 = 1_800;

pub(super) fn insert_batch(tx: &Transaction<'_>, points: &mut [Point]) -> rusqlite::Result<()> {
    let row = row_of(&mut Packer::new()?, None, points)?;
    tx.prepare_cached("INSERT INTO sample_batch (first_ms, last_ms, samples, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute((row.first_ms, row.last_ms, row.samples, row.body))
        .map(drop)
}

pub(super) fn is_fold_due(connection: &Connection) -> rusqlite::Result<bool> {
    let (batches, samples): (i64, i64) = connection
        .prepare_cached("SELECT count(*), coalesce(sum(samples), 0) FROM sample_batch")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(batches >= FOLD_BATCHES || samples >= FOLD_SAMPLES)
}

/// All batches up to one, as the blocks that will stand in their place.
pub(super) struct Folded {
    last_batch: i64,
    blocks: Vec<Row>,
}

struct Row {
    shard: Option<u32>,
    first_ms: i64,
    last_ms: i64,
    samples: i64,
    body: Vec<u8>,
}

/// The long part of folding, which no writer waits for.
pub(super) fn prepare_fold(connection: &Connection) -> rusqlite::Result<Folded> {
    let (mut points, mut last_batch) = (Vec::new(), 0);
    let mut statement = connection.prepare_cached("SELECT id, body FROM sample_batch ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        last_batch = row.get(0)?;
        read(row.get_ref(1)?.as_blob()?, None, |point| points.push(point))?;
    }
    // Stable: samples of one time stay in the order they came in.
    points.sort_by_key(|point| (point.series, point.sample.at));
    let mut packer = Packer::new()?;
    let shards = points.chunk_by_mut(|a, b| shard_of(a.series) == shard_of(b.series));
    let blocks = shards.map(|shard| row_of(&mut packer, shard.first().map(|point| shard_of(point.series)), shard));
    Ok(Folded { last_batch, blocks: blocks.collect::<Result<_, _>>()? })
}

pub(super) fn finish_fold(tx: &Transaction<'_>, folded: &Folded) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO sample_block (shard, first_ms, last_ms, samples, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for row in &folded.blocks {
        statement.execute((row.shard, row.first_ms, row.last_ms, row.samples, &row.body))?;
    }
    tx.prepare_cached("DELETE FROM sample_batch WHERE id <= ?1")?.execute([folded.last_batch]).map(drop)
}

pub(super) fn range(
    connection: &Connection,
    series: u32,
    from: Timestamp,
    to: Timestamp,
) -> rusqlite::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let (from_ms, to_ms) = (from.as_millis(), to.as_millis());
    let mut keep = |point: Point| {
        if (from..=to).contains(&point.sample.at) {
            samples.push(point.sample);
        }
    };
    each_body(
        connection,
        "SELECT body FROM sample_block WHERE shard = ?1 AND last_ms >= ?2 AND first_ms <= ?3 ORDER BY id",
        &[&shard_of(series), &from_ms, &to_ms],
        |body| read(body, Some(series), &mut keep).map(|()| true),
    )?;
    each_body(
        connection,
        "SELECT body FROM sample_batch WHERE last_ms >= ?1 AND first_ms <= ?2 ORDER BY id",
        &[&from_ms, &to_ms],
        |body| read(body, Some(series), &mut keep).map(|()| true),
    )?;
    Ok(samples)
}

/// Looks from the newest on: batches are newer than blocks, and there are few of them.
pub(super) fn latest(connection: &Connection, series: u32) -> rusqlite::Result<Option<Sample>> {
    let mut latest: Option<Sample> = None;
    let mut look = |body: &[u8]| {
        read(body, Some(series), |point| {
            if latest.is_none_or(|latest| latest.at <= point.sample.at) {
                latest = Some(point.sample);
            }
        })?;
        Ok(latest.is_none())
    };
    each_body(connection, "SELECT body FROM sample_batch ORDER BY last_ms DESC, id DESC", &[], &mut look)?;
    each_body(
        connection,
        "SELECT body FROM sample_block WHERE shard = ?1 ORDER BY last_ms DESC",
        &[&shard_of(series)],
        &mut look,
    )?;
    Ok(latest)
}

const fn shard_of(series: u32) -> u32 {
    series / SHARD_SERIES
}

fn row_of(packer: &mut Packer, shard: Option<u32>, points: &mut [Point]) -> rusqlite::Result<Row> {
    let times = || points.iter().map(|point| point.sample.at.as_millis());
    let (first_ms, last_ms) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
    let samples = i64::try_from(points.len()).unwrap_or(i64::MAX);
    Ok(Row { shard, first_ms, last_ms, samples, body: packer.pack(&codec::encode(points))? })
}

/// Runs over the bodies until one says that it was enough.
fn each_body(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
    mut goes_on: impl FnMut(&[u8]) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        if !goes_on(row.get_ref(0)?.as_blob()?)? {
            break;
        }
    }
    Ok(())
}

fn read(body: &[u8], wanted: Option<u32>, each: impl FnMut(Point)) -> rusqlite::Result<()> {
    codec::decode(&json::unpack(0, body)?, wanted, each)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, error.into()))
}
