//! Counted slots and what follows from them, as rows. Knows nothing of windows, targets or what a slot is worth.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use tocsin_core::pipeline::SloChange;
use tocsin_core::slo::{
    BatchKey, BatchSeen, Beginning, Block, Counts, KeptSeries, KeptSlos, RuleState, SeriesKey, Slot,
};

use crate::error::StoreError;
use crate::{Store, json};

mod codec;

impl Store {
    /// What was closed of a series from the slot `first` to the slot `last`: the blocks that reach into that, and the last
    /// one before, in the order of their slots.
    ///
    /// # Errors
    /// What the database refused.
    pub fn slo_blocks(&self, key: &SeriesKey, first: Slot, last: Slot) -> Result<Vec<Block>, StoreError> {
        self.0.db.read("read what was counted for an SLO", |db| blocks(db, key, first, last))
    }

    /// What was counted in each slot of a series from `first` to `last`, in their order; slots without anything are left
    /// out.
    ///
    /// # Errors
    /// What the database refused.
    pub fn slo_recorded(&self, key: &SeriesKey, first: Slot, last: Slot) -> Result<Vec<(Slot, Counts)>, StoreError> {
        self.0.db.read("read what was counted for an SLO", |db| {
            let Some(id) = id_of(db, key)? else { return Ok(Vec::new()) };
            let open = pairs(db, "SELECT slot, good, total FROM slo_slot WHERE series = ?1 ORDER BY slot", id)?;
            let closed = blocks(db, key, first, last)?.into_iter().flat_map(|block| {
                let slots = (block.first.0..).map(Slot);
                slots.zip(block.counts)
            });
            let wanted = |(slot, counts): &(Slot, Counts)| (first..=last).contains(slot) && counts.total > 0;
            Ok(closed.chain(open).filter(wanted).collect())
        })
    }
}

pub(crate) fn load(connection: &Connection) -> rusqlite::Result<KeptSlos> {
    let mut kept = KeptSlos::default();
    let mut statement =
        connection.prepare("SELECT id, slo, objective, beginning, meter, tally FROM slo_series WHERE source = ''")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let key = SeriesKey { slo: row.get_ref(1)?.as_str()?.into(), objective: row.get_ref(2)?.as_str()?.into() };
        let part = |column: usize| row.get_ref(column).and_then(|part| Ok(part.as_str_or_null()?.map(str::to_owned)));
        let last = "SELECT first, good_before, total_before, counts FROM slo_block WHERE series = ?1 ORDER BY first DESC LIMIT 1";
        let series = KeptSeries {
            beginning: json::from_text(3, row.get_ref(3)?.as_str()?)?,
            meter: part(4)?.map(|text| json::from_text(4, &text)).transpose()?.unwrap_or_default(),
            tally: part(5)?.map(|text| json::from_text(5, &text)).transpose()?.unwrap_or_default(),
            rules: rules(connection, id)?,
            marks: pairs(connection, "SELECT slot, good, total FROM slo_mark WHERE series = ?1 ORDER BY slot", id)?,
            last_block: connection.prepare_cached(last)?.query_row([id], block).optional()?,
            open: pairs(connection, "SELECT slot, good, total FROM slo_slot WHERE series = ?1 ORDER BY slot", id)?,
        };
        kept.series.insert(key, series);
    }
    let mut statement = connection.prepare("SELECT sli, source, key, body FROM slo_batch")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = BatchKey { sli: row.get_ref(0)?.as_str()?.into(), source: row.get(1)?, key: row.get(2)? };
        kept.batches.insert(key, json::from_text::<BatchSeen>(3, row.get_ref(3)?.as_str()?)?);
    }
    Ok(kept)
}

pub(crate) fn apply(tx: &Transaction<'_>, change: &SloChange) -> rusqlite::Result<()> {
    match change {
        SloChange::Begun(key, beginning) => {
            if let Some(id) = id_of(tx, key)? {
                empty(tx, id)?;
            }
            begin(tx, key, beginning)
        }
        SloChange::Beginning(key, beginning) => {
            begin(tx, key, beginning)?;
            with(tx, key, |id| forget(tx, id, beginning))
        }
        SloChange::Forgotten(key) => with(tx, key, |id| {
            empty(tx, id)?;
            tx.prepare_cached("DELETE FROM slo_series WHERE id = ?1")?.execute([id]).map(drop)
        }),
        SloChange::Slots(key, slots) => with(tx, key, |id| {
            let mut insert = tx.prepare_cached(
                "INSERT OR REPLACE INTO slo_slot (series, slot, good, total) VALUES (?1, ?2, ?3, ?4)",
            )?;
            slots.iter().try_for_each(|(slot, counts)| {
                insert.execute(params![id, slot.0, counts.good.cast_signed(), counts.total.cast_signed()]).map(drop)
            })
        }),
        SloChange::Closed(key, block) => with(tx, key, |id| {
            close(tx, id, block)?;
            let end = block.first.plus(i64::try_from(block.counts.len()).unwrap_or(i64::MAX));
            let open = "DELETE FROM slo_slot WHERE series = ?1 AND slot < ?2";
            tx.prepare_cached(open)?.execute(params![id, end.0]).map(drop)
        }),
        SloChange::Rewound { series, block, beginning } => {
            with(tx, series, |id| rewind(tx, id, block))?;
            begin(tx, series, beginning)
        }
        SloChange::Meter(key, meter) => with(tx, key, |id| {
            let update = "UPDATE slo_series SET meter = ?2 WHERE id = ?1";
            tx.prepare_cached(update)?.execute(params![id, json::to_text(meter)?]).map(drop)
        }),
        SloChange::Tally(key, tally) => with(tx, key, |id| {
            let update = "UPDATE slo_series SET tally = ?2 WHERE id = ?1";
            tx.prepare_cached(update)?.execute(params![id, json::to_text(tally)?]).map(drop)
        }),
        SloChange::Mark(key, slot, sum) => with(tx, key, |id| {
            let insert = "INSERT OR REPLACE INTO slo_mark (series, slot, good, total) VALUES (?1, ?2, ?3, ?4)";
            tx.prepare_cached(insert)?
                .execute(params![id, slot.0, sum.good.cast_signed(), sum.total.cast_signed()])
                .map(drop)
        }),
        SloChange::Rule(key, name, state) => with(tx, key, |id| rule(tx, id, name, state.as_ref())),
        SloChange::Batch(BatchKey { sli, source, key }, Some(seen)) => tx
            .prepare_cached("INSERT OR REPLACE INTO slo_batch (sli, source, key, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![sli.as_str(), source, key, json::to_text(seen)?])
            .map(drop),
        SloChange::Batch(BatchKey { sli, source, key }, None) => tx
            .prepare_cached("DELETE FROM slo_batch WHERE sli = ?1 AND source = ?2 AND key = ?3")?
            .execute(params![sli.as_str(), source, key])
            .map(drop),
        SloChange::Woken(..)
        | SloChange::Advanced(..)
        | SloChange::Reshaped(_)
        | SloChange::Asked { .. }
        | SloChange::Tail { .. }
        | SloChange::Clock(_) => Ok(()),
    }
}

fn id_of(connection: &Connection, key: &SeriesKey) -> rusqlite::Result<Option<i64>> {
    let select = "SELECT id FROM slo_series WHERE slo = ?1 AND objective = ?2 AND source = ''";
    let mut statement = connection.prepare_cached(select)?;
    statement.query_row((key.slo.as_str(), key.objective.as_str()), |row| row.get(0)).optional()
}

/// Does it for a series that is there; whatever is said of one that is not has nothing to be kept with.
fn with(tx: &Transaction<'_>, key: &SeriesKey, work: impl FnOnce(i64) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    id_of(tx, key)?.map_or(Ok(()), work)
}

fn begin(tx: &Transaction<'_>, key: &SeriesKey, beginning: &Beginning) -> rusqlite::Result<()> {
    let insert = "INSERT INTO slo_series (slo, objective, beginning) VALUES (?1, ?2, ?3)
                  ON CONFLICT (slo, objective, source) DO UPDATE SET beginning = excluded.beginning";
    tx.prepare_cached(insert)?.execute((key.slo.as_str(), key.objective.as_str(), json::to_text(beginning)?)).map(drop)
}

/// Leaves the series without anything that was counted, measured or concluded.
fn empty(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    for delete in [
        "DELETE FROM slo_slot WHERE series = ?1",
        "DELETE FROM slo_block WHERE series = ?1",
        "DELETE FROM slo_mark WHERE series = ?1",
        "DELETE FROM slo_rule WHERE series = ?1",
        "UPDATE slo_series SET meter = NULL, tally = NULL WHERE id = ?1",
    ] {
        tx.prepare_cached(delete)?.execute([id])?;
    }
    Ok(())
}

/// A block ends where the next one begins, or earlier: one that is followed by another that begins no later than
/// `kept_from` is not needed any more. The newest stays: it says what was counted before.
fn forget(tx: &Transaction<'_>, id: i64, beginning: &Beginning) -> rusqlite::Result<()> {
    let blocks = "DELETE FROM slo_block WHERE series = ?1 AND first <
                  (SELECT max(first) FROM slo_block WHERE series = ?1 AND first <= ?2)";
    tx.prepare_cached(blocks)?.execute(params![id, beginning.kept_from.0])?;
    let marks = "DELETE FROM slo_mark WHERE series = ?1 AND slot < ?2";
    tx.prepare_cached(marks)?.execute(params![id, beginning.since.0]).map(drop)
}

fn close(tx: &Transaction<'_>, id: i64, block: &Block) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO slo_block (series, first, good_before, total_before, counts)
                  VALUES (?1, ?2, ?3, ?4, ?5)";
    let Block { first, before, counts } = block;
    tx.prepare_cached(insert)?
        .execute(params![id, first.0, before.good.cast_signed(), before.total.cast_signed(), codec::encode(counts)])
        .map(drop)
}

fn rewind(tx: &Transaction<'_>, id: i64, block: &Block) -> rusqlite::Result<()> {
    for delete in [
        "DELETE FROM slo_block WHERE series = ?1 AND first >= ?2",
        "DELETE FROM slo_mark WHERE series = ?1 AND slot >= ?2",
    ] {
        tx.prepare_cached(delete)?.execute(params![id, block.first.0])?;
    }
    tx.prepare_cached("DELETE FROM slo_slot WHERE series = ?1")?.execute([id])?;
    close(tx, id, block)
}

fn rule(tx: &Transaction<'_>, id: i64, name: &str, state: Option<&RuleState>) -> rusqlite::Result<()> {
    match state {
        Some(state) => tx
            .prepare_cached("INSERT OR REPLACE INTO slo_rule (series, name, body) VALUES (?1, ?2, ?3)")?
            .execute(params![id, name, json::to_text(state)?]),
        None => tx.prepare_cached("DELETE FROM slo_rule WHERE series = ?1 AND name = ?2")?.execute(params![id, name]),
    }
    .map(drop)
}

fn rules(connection: &Connection, id: i64) -> rusqlite::Result<BTreeMap<String, RuleState>> {
    let mut statement = connection.prepare_cached("SELECT name, body FROM slo_rule WHERE series = ?1")?;
    let mut rows = statement.query([id])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        found.insert(row.get(0)?, json::from_text(1, row.get_ref(1)?.as_str()?)?);
    }
    Ok(found)
}

fn blocks(connection: &Connection, key: &SeriesKey, first: Slot, last: Slot) -> rusqlite::Result<Vec<Block>> {
    let Some(id) = id_of(connection, key)? else { return Ok(Vec::new()) };
    let select = "SELECT first, good_before, total_before, counts FROM slo_block WHERE series = ?1 AND first <= ?3
                  AND first >= coalesce((SELECT max(first) FROM slo_block WHERE series = ?1 AND first <= ?2), ?2)
                  ORDER BY first";
    let mut statement = connection.prepare_cached(select)?;
    statement.query_map(params![id, first.0, last.0], block)?.collect()
}

fn block(row: &rusqlite::Row<'_>) -> rusqlite::Result<Block> {
    let wrong = |error: crate::varint::Malformed| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Blob, error.into())
    };
    Ok(Block {
        first: Slot(row.get(0)?),
        before: counts(row, 1)?,
        counts: codec::decode(row.get_ref(3)?.as_blob()?).map_err(wrong)?,
    })
}

fn pairs(connection: &Connection, select: &str, id: i64) -> rusqlite::Result<Vec<(Slot, Counts)>> {
    let mut statement = connection.prepare_cached(select)?;
    statement.query_map([id], |row| Ok((Slot(row.get(0)?), counts(row, 1)?)))?.collect()
}

/// Two neighbouring columns.
fn counts(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Counts> {
    let (good, total): (i64, i64) = (row.get(column)?, row.get(column + 1)?);
    Ok(Counts { good: good.cast_unsigned(), total: total.cast_unsigned() })
}

#[cfg(test)]
mod tests;
