//! Which series there are, each known by a small number, with the latest sample of each. Knows nothing of how samples
//! are kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rusqlite::Connection;
use tocsin_core::anomaly::{Sample, SeriesKey};
use tocsin_core::id::{CheckName, MetricName};
use tocsin_core::time::Timestamp;

use super::{NewSample, Point, SeriesInfo, block};
use crate::db::Db;
use crate::error::StoreError;
use crate::json;

/// A label that takes ever new values must not eat the node; what is over is shed and counted.
const SERIES_MAX: usize = 200_000;

#[derive(Debug)]
pub(crate) struct SeriesTable {
    series: RwLock<Series>,
    /// Held for reading from the moment a number is looked up until its samples are kept.
    in_use: RwLock<()>,
}

#[derive(Debug, Default)]
struct Series {
    ids: HashMap<SeriesKey, u32>,
    units: HashMap<u32, String>,
    latest: HashMap<u32, Sample>,
    of_check: HashMap<CheckName, BTreeMap<SeriesKey, u32>>,
}

impl SeriesTable {
    pub(crate) fn load(db: &Db) -> Result<Self, StoreError> {
        let rows = db.read("read its series", |connection| {
            let mut statement = connection.prepare("SELECT id, check_name, metric, labels, unit FROM series")?;
            let rows = statement.query_map([], |row| {
                let key = SeriesKey {
                    check: CheckName::new(row.get_ref(1)?.as_str()?),
                    metric: MetricName::new(row.get_ref(2)?.as_str()?),
                    labels: json::from_text(3, row.get_ref(3)?.as_str()?)?,
                };
                Ok((row.get(0)?, key, row.get(4)?))
            })?;
            rows.collect::<Result<Vec<(u32, SeriesKey, String)>, _>>()
        })?;
        let mut series = Series::default();
        rows.into_iter().for_each(|(id, key, unit)| series.remember(id, key, unit));
        Ok(Self { series: RwLock::new(series), in_use: RwLock::default() })
    }

    pub(crate) fn id(&self, key: &SeriesKey) -> Option<u32> {
        self.read().ids.get(key).copied()
    }

    pub(super) fn latest(&self, series: u32) -> Option<Sample> {
        self.read().latest.get(&series).copied()
    }

    pub(super) fn of(&self, check: &CheckName) -> Vec<SeriesInfo> {
        let series = self.read();
        let of_check = series.of_check.get(check).into_iter().flatten();
        let info = |(key, id): (&SeriesKey, &u32)| SeriesInfo {
            key: key.clone(),
            unit: series.units.get(id).cloned().unwrap_or_default(),
        };
        of_check.map(info).collect()
    }

    /// Numbers the series that are new. In a transaction of its own: what a later one rolls back must not take along
    /// numbers that memory already knows.
    pub(super) fn ensure(&self, db: &Db, samples: &[NewSample]) -> Result<(), StoreError> {
        let missing: BTreeMap<&SeriesKey, &str> = {
            let series = self.read();
            let room = SERIES_MAX.saturating_sub(series.ids.len());
            let missing: BTreeMap<_, _> = samples
                .iter()
                .filter(|sample| !series.ids.contains_key(&sample.key))
                .map(|sample| (&sample.key, sample.unit.as_str()))
                .collect();
            missing.into_iter().take(room).collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        let new = db.write("keep a series", |tx| {
            missing.iter().map(|(key, unit)| insert(tx, key, unit)).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let mut series = self.write();
        for (id, (key, unit)) in new.into_iter().zip(missing) {
            series.remember(id, key.clone(), unit.to_owned());
        }
        Ok(())
    }

    /// The samples whose series has a number.
    pub(super) fn points(&self, samples: &[NewSample]) -> Vec<Point> {
        let series = self.read();
        samples
            .iter()
            .filter_map(|new| series.ids.get(&new.key).map(|id| Point { series: *id, sample: new.sample }))
            .collect()
    }

    pub(super) fn note(&self, points: &[Point]) {
        let mut series = self.write();
        for point in points {
            let latest = series.latest.entry(point.series).or_insert(point.sample);
            if latest.at <= point.sample.at {
                *latest = point.sample;
            }
        }
    }

    /// While this is held, no number loses its meaning.
    pub(super) fn keep_all(&self) -> RwLockReadGuard<'_, ()> {
        self.in_use.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes up to `limit` series that have no sample since then, so that labels which changed make room for others.
    pub(crate) fn delete_silent(&self, db: &Db, since: Timestamp, limit: usize) -> Result<u64, StoreError> {
        let _nobody_appends = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
        let mut gone = Vec::new();
        for id in self.suspects(since, limit) {
            // Not seen since the start: the disk knows.
            let latest = self
                .latest(id)
                .map_or_else(|| db.read("read a series' latest sample", |db| block::latest(db, id)), |s| Ok(Some(s)))?;
            match latest {
                Some(sample) if sample.at >= since => self.note(&[Point { series: id, sample }]),
                _ => gone.push(id),
            }
        }
        if gone.is_empty() {
            return Ok(0);
        }
        db.write("forget silent series", |tx| {
            let mut delete = tx.prepare_cached("DELETE FROM series WHERE id = ?1")?;
            gone.iter().try_for_each(|id| delete.execute([id]).map(drop))
        })?;
        self.write().forget(&gone.iter().copied().collect());
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }

    fn suspects(&self, since: Timestamp, limit: usize) -> Vec<u32> {
        let series = self.read();
        let is_silent = |id: &&u32| series.latest.get(id).is_none_or(|latest| latest.at < since);
        series.ids.values().filter(is_silent).take(limit).copied().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Series> {
        self.series.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Series> {
        self.series.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Series {
    fn remember(&mut self, id: u32, key: SeriesKey, unit: String) {
        self.of_check.entry(key.check.clone()).or_default().insert(key.clone(), id);
        self.units.insert(id, unit);
        self.ids.insert(key, id);
    }

    fn forget(&mut self, gone: &HashSet<u32>) {
        self.ids.retain(|_, id| !gone.contains(id));
        self.units.retain(|id, _| !gone.contains(id));
        self.latest.retain(|id, _| !gone.contains(id));
        self.of_check.retain(|_, of_check| {
            of_check.retain(|_, id| !gone.contains(id));
            !of_check.is_empty()
        });
    }
}

fn insert(tx: &Connection, key: &SeriesKey, unit: &str) -> rusqlite::Result<u32> {
    let (check, metric, labels) = (key.check.as_str(), key.metric.as_str(), json::to_text(&key.labels)?);
    // Another thread may have been first.
    tx.prepare_cached(
        "INSERT INTO series (check_name, metric, labels, unit) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute((check, metric, &labels, unit))?;
    tx.prepare_cached("SELECT id FROM series WHERE check_name = ?1 AND metric = ?2 AND labels = ?3")?
        .query_row((check, metric, &labels), |row| row.get(0))
}
