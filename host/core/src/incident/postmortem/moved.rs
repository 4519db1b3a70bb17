//! Which metrics moved around the onset of an incident: by how far the median moved, in units of the spread before. A hint
//! where to look, not a cause. Knows nothing of where samples lie.

use super::Moved;
use crate::id::{CheckName, MetricName};

/// Of one series: what was measured in a while before the onset, and in a while after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    pub check: CheckName,
    pub metric: MetricName,
    pub before: Vec<f64>,
    pub after: Vec<f64>,
}

/// That are worth a look.
const MOVED_MAX: usize = 20;
/// Fewer say nothing of a spread.
const BEFORE_MIN: usize = 5;
const AFTER_MIN: usize = 2;
/// What moves less than it moves always has not moved.
const SPREADS_MIN: f64 = 3.0;
/// A series that stood still moves infinitely far: this share of its median, or this much, is its spread at least.
const SPREAD_SHARE: f64 = 0.001;
const SPREAD_MIN: f64 = 1e-9;
const SPREADS_MAX: f64 = 1e9;

/// The furthest first.
#[must_use]
pub fn moved(excerpts: &[Excerpt]) -> Vec<Moved> {
    let mut all: Vec<Moved> = excerpts.iter().filter_map(one).collect();
    let name = |it: &Moved| (it.check.clone(), it.metric.clone());
    all.sort_by(|a, b| b.spreads.total_cmp(&a.spreads).then_with(|| name(a).cmp(&name(b))));
    all.truncate(MOVED_MAX);
    all
}

fn one(excerpt: &Excerpt) -> Option<Moved> {
    let known = |values: &[f64]| values.iter().copied().filter(|value| value.is_finite()).collect::<Vec<f64>>();
    let (values_before, values_after) = (known(&excerpt.before), known(&excerpt.after));
    if values_before.len() < BEFORE_MIN || values_after.len() < AFTER_MIN {
        return None;
    }
    let (before, after) = (median(values_before.clone())?, median(values_after)?);
    // Half of what was measured lies within this of the median: outliers do not widen it.
    let deviation = median(values_before.iter().map(|value| (value - before).abs()).collect())?;
    let spread = deviation.max(before.abs() * SPREAD_SHARE).max(SPREAD_MIN);
    let spreads = ((after - before).abs() / spread).min(SPREADS_MAX);
    let (check, metric) = (excerpt.check.clone(), excerpt.metric.clone());
    (spreads >= SPREADS_MIN).then_some(Moved { check, metric, before, after, spreads })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get((values.len().checked_sub(1)?) / 2)?, values.get(values.len() / 2)?);
    // Each halved first: the sum of two large ones is none.
    Some(low / 2.0 + high / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_furthest_by_its_own_measure_comes_first() {
        let excerpt = |metric: &str, before: &[f64], after: &[f64]| Excerpt {
            check: "api".into(),
            metric: metric.into(),
            before: before.to_vec(),
            after: after.to_vec(),
        };
        let noisy = [10.0, 90.0, 30.0, 70.0, 50.0, 20.0, 80.0];
        let steady = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0];
        let found = moved(&[
            excerpt("noise", &noisy, &[85.0, 15.0, 95.0]),
            excerpt("latency", &steady, &[9.0, 11.0, 10.0]),
            excerpt("errors", &[0.0; 7], &[0.0, 3.0, 4.0]),
            excerpt("size", &steady, &[1.4, 1.5, 1.4]),
            excerpt("still", &[5.0; 7], &[5.0, 5.0]),
            excerpt("new", &[1.0], &[9.0, 9.0, 9.0]),
            excerpt("gone", &steady, &[]),
            excerpt("odd", &[f64::NAN; 7], &[f64::INFINITY, 1.0, 1.0]),
            excerpt("huge", &[f64::MAX, -f64::MAX, f64::MAX, 0.0, f64::MAX], &[-f64::MAX, -f64::MAX]),
        ]);
        let names: Vec<&str> = found.iter().map(|it| it.metric.as_str()).collect();
        assert_eq!(names, ["errors", "huge", "latency", "size"], "{found:?}");
        assert_eq!((found[2].before, found[2].after), (1.0, 10.0));
        assert!((found[2].spreads - 180.0).abs() < 0.01, "{found:?}");
        assert!(found.iter().all(|it| it.spreads.is_finite()));
    }
}
