//! The history of samples behind one interface, and its form in SQLite. Knows nothing of who judges them.
//!
//! An append is one row, whatever series it brings: it is cheap and at once on the disk. Once there are enough of
//! them, they are folded into blocks: a stretch of time of a few neighbouring series, so that reading one series does
//! not read them all. Readers see both.

use rusqlite::Connection;
use tocsin_core::anomaly::{Sample, SeriesKey};
use tocsin_core::id::CheckName;
use tocsin_core::time::Timestamp;

use crate::Store;
use crate::error::StoreError;
use crate::run::Appended;

mod block;
mod codec;
mod series;

pub(crate) use series::SeriesTable;

/// One sample on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSample {
    pub key: SeriesKey,
    /// Kept when the series is first seen.
    pub unit: String,
    pub sample: Sample,
}

/// A series that has samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesInfo {
    pub key: SeriesKey,
    pub unit: String,
}

/// Where samples go and come from.
pub trait SampleLog {
    /// Keeps a batch, all or none; sheds it where the disk is full.
    ///
    /// # Errors
    /// What the log refused.
    fn append(&self, samples: &[NewSample]) -> Result<Appended, StoreError>;

    /// A series' samples from `from` to `to`, both inclusive, in order of time.
    ///
    /// # Errors
    /// What the log refused.
    fn range(&self, key: &SeriesKey, from: Timestamp, to: Timestamp) -> Result<Vec<Sample>, StoreError>;

    /// The sample of a series with the latest time.
    ///
    /// # Errors
    /// What the log refused.
    fn latest(&self, key: &SeriesKey) -> Result<Option<Sample>, StoreError>;

    /// The series of a check, in order of metric and labels.
    fn series_of(&self, check: &CheckName) -> Vec<SeriesInfo>;
}

/// A sample of the series with this number.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    series: u32,
    sample: Sample,
}

impl SampleLog for Store {
    fn append(&self, samples: &[NewSample]) -> Result<Appended, StoreError> {
        let attempt = if self.0.reserve.is_short() { Err(self.0.db.full()) } else { self.try_append_samples(samples) };
        match attempt {
            Err(error) if error.is_full() => {
                self.0.shed.add_samples(samples.len());
                Ok(Appended { kept: 0, shed: samples.len() })
            }
            Ok(appended) => {
                self.0.shed.add_samples(appended.shed);
                Ok(appended)
            }
            error => error,
        }
    }

    fn range(&self, key: &SeriesKey, from: Timestamp, to: Timestamp) -> Result<Vec<Sample>, StoreError> {
        let Some(series) = self.0.series.id(key) else { return Ok(Vec::new()) };
        let mut samples = self.0.db.read("read samples", |db| block::range(db, series, from, to))?;
        samples.sort_by_key(|sample| sample.at);
        Ok(samples)
    }

    fn latest(&self, key: &SeriesKey) -> Result<Option<Sample>, StoreError> {
        let Some(series) = self.0.series.id(key) else { return Ok(None) };
        if let Some(sample) = self.0.series.latest(series) {
            return Ok(Some(sample));
        }
        let sample = self.0.db.read("read a series' latest sample", |db| block::latest(db, series))?;
        if let Some(sample) = sample {
            self.0.series.note(&[Point { series, sample }]);
        }
        Ok(sample)
    }

    fn series_of(&self, check: &CheckName) -> Vec<SeriesInfo> {
        self.0.series.of(check)
    }
}

impl Store {
    fn try_append_samples(&self, samples: &[NewSample]) -> Result<Appended, StoreError> {
        let _in_use = self.0.series.keep_all();
        self.0.series.ensure(&self.0.db, samples)?;
        let mut points = self.0.series.points(samples);
        let appended = Appended { kept: points.len(), shed: samples.len().saturating_sub(points.len()) };
        if points.is_empty() {
            return Ok(appended);
        }
        self.0.series.note(&points);
        let is_due = self.0.db.write("keep samples", |tx| {
            block::insert_batch(tx, &mut points)?;
            block::is_fold_due(tx)
        })?;
        if is_due {
            self.fold_samples()?;
        }
        Ok(appended)
    }

    fn fold_samples(&self) -> Result<(), StoreError> {
        // Whoever folds already does it for all.
        let Ok(_folding) = self.0.folding.try_lock() else { return Ok(()) };
        let folded = self.0.db.read("read samples to fold", block::prepare_fold)?;
        self.0.db.write("fold samples into blocks", |tx| block::finish_fold(tx, &folded))
    }
}

/// How many samples are kept.
pub(crate) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row(
        "SELECT coalesce((SELECT sum(samples) FROM sample_batch), 0) + coalesce((SELECT sum(samples) FROM sample_block), 0)",
        [],
        |row| row.get::<_, i64>(0).map(i64::unsigned_abs),
    )
}

#[cfg(test)]
mod tests;
