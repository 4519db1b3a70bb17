//! Series, samples and what a detector says about them. An anomaly is evidence, not a page, unless a rule says so.
//! Knows nothing of how a detector judges.

use serde::{Deserialize, Serialize};

use crate::id::{CheckName, DetectorName, MetricName};
use crate::observation::Label;
use crate::time::Timestamp;

/// One point of a series; no value where a run found none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Timestamp,
    pub value: Option<f64>,
}

/// What identifies a series: a check's metric with its labels, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    pub check: CheckName,
    pub metric: MetricName,
    pub labels: Vec<Label>,
}

/// A series and what is new in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub key: SeriesKey,
    pub unit: String,
    /// The check's interval; zero where it has none (cron).
    pub interval_ms: u64,
    pub samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnomalyKind {
    Spike,
    Dip,
    LevelShift,
    Trend,
    Seasonal,
    Missing,
    Constant,
    Drift,
    Other,
}

/// A detector's verdict on one point of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    pub detector: DetectorName,
    pub series: SeriesKey,
    pub at: Timestamp,
    pub kind: AnomalyKind,
    /// In the detector's own measure; larger is stranger.
    pub score: f64,
    pub value: Option<f64>,
    pub expected_low: Option<f64>,
    pub expected_high: Option<f64>,
    pub explanation: String,
}

/// What one run of a detector returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    pub anomalies: Vec<Anomaly>,
    /// Handed to the next run; opaque to the host.
    pub snapshot: Vec<u8>,
    /// False while the detector has too little history to judge.
    pub warm: bool,
}

/// Missing samples inserted between two that are kept, at most: a long silence is one gap, not a million points.
const GAP_SAMPLES_MAX: i64 = 1_000;

/// Makes missing samples explicit: where the grid of `interval_ms` has points between two samples, each becomes a
/// sample without a value. `after` is the last sample seen before, if there was one.
#[must_use]
pub fn with_gaps(after: Option<Timestamp>, samples: Vec<Sample>, interval_ms: u64) -> Vec<Sample> {
    let Some(interval) = i64::try_from(interval_ms).ok().filter(|interval| *interval > 0) else { return samples };
    let mut explicit = Vec::with_capacity(samples.len());
    let mut last = after.map(Timestamp::as_millis);
    for sample in samples {
        let at = sample.at.as_millis();
        if let Some(last) = last {
            let missing = (at.saturating_sub(last) - 1).max(0) / interval;
            let first = (missing - GAP_SAMPLES_MAX).max(0) + 1;
            explicit.extend(
                (first..=missing).map(|n| Sample { at: Timestamp::from_millis(last + n * interval), value: None }),
            );
        }
        last = Some(at);
        explicit.push(sample);
    }
    explicit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Sample {
        Sample { at: Timestamp::from_millis(seconds * 1_000), value: Some(1.0) }
    }

    fn seconds(samples: &[Sample]) -> Vec<(i64, bool)> {
        samples.iter().map(|sample| (sample.at.as_millis() / 1_000, sample.value.is_some())).collect()
    }

    #[test]
    fn a_point_of_the_grid_without_a_sample_becomes_one_without_a_value() {
        let table = [
            ("no gap", None, vec![10, 20], vec![(10, true), (20, true)]),
            ("one missed", None, vec![10, 30], vec![(10, true), (20, false), (30, true)]),
            ("missed since the last call", Some(0), vec![20], vec![(10, false), (20, true)]),
            ("off the grid by hand", None, vec![10, 13, 20], vec![(10, true), (13, true), (20, true)]),
            ("a clock set back", None, vec![30, 10], vec![(30, true), (10, true)]),
        ];
        for (name, after, points, expected) in table {
            let after = after.map(|seconds| Timestamp::from_millis(seconds * 1_000));
            let samples = points.into_iter().map(at).collect();
            assert_eq!(seconds(&with_gaps(after, samples, 10_000)), expected, "{name}");
        }
    }

    #[test]
    fn a_check_without_an_interval_has_no_gaps() {
        assert_eq!(with_gaps(None, vec![at(1), at(100)], 0).len(), 2);
    }

    #[test]
    fn a_silence_of_a_year_is_bounded() {
        let samples = with_gaps(None, vec![at(0), at(31_536_000)], 100);
        assert_eq!(samples.len(), usize::try_from(GAP_SAMPLES_MAX).expect("fits") + 2);
        assert!(samples.is_sorted_by_key(|sample| sample.at));
    }
}
