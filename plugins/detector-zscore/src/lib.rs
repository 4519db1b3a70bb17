//! Finds values far from the recent mean of their series, in standard deviations.
//!
//! Each series has a rolling window of its last values. A value is compared with the window before it joins it. One that
//! is far out does not join as it is, or a spike would hide the next one: it joins clipped to the edge of what was
//! expected, until so many in a row are out that it must be a new level; from then on values join as they are.
//! A series that did not vary has no standard deviation to speak of: the least one is set by the config.

use tocsin_sdk::Error;
use tocsin_sdk::detectors::{Anomaly, AnomalyKind, Input, Output, Series};

mod snapshot;
#[cfg(test)]
mod tests;
mod window;

use snapshot::Snapshot;
use window::Window;

/// How far is far, and compared with what.
#[tocsin_sdk::config]
#[serde(default)]
struct Config {
    /// How many standard deviations from the mean are an anomaly.
    threshold: f64,
    /// How many values the mean and the deviation are taken of.
    #[schemars(range(min = 4, max = 1_000))]
    window: u16,
    /// How many values must be there before anything is judged.
    #[schemars(range(min = 2, max = 1_000))]
    warm_up: u16,
    /// The least standard deviation, as a share of the mean: what makes a change in a constant series an anomaly or not.
    deviation_min_ratio: f64,
    /// The least standard deviation, in the metric's own unit.
    deviation_min: f64,
    /// Which side is an anomaly.
    direction: Direction,
    /// After how many anomalies in a row the new values are taken for the new level.
    level_shift_after: u16,
    /// After how many runs without a value `missing` is reported; 0: never.
    missing_after: u16,
}

/// Which side of the mean is an anomaly.
#[tocsin_sdk::config]
#[derive(Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Both,
    Above,
    Below,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            threshold: 4.0,
            window: 60,
            warm_up: 20,
            deviation_min_ratio: 0.01,
            deviation_min: 1e-9,
            direction: Direction::Both,
            level_shift_after: 10,
            missing_after: 0,
        }
    }
}

#[tocsin_sdk::detector]
fn detect(config: Config, input: Input) -> Result<Output, Error> {
    if config.warm_up > config.window {
        return Err(Error::new("config: `warm_up` is above `window`: no series would ever be warm"));
    }
    let mut snapshot = Snapshot::decode(input.snapshot.as_deref());
    let mut anomalies = Vec::new();
    let mut warm = !input.series.is_empty();
    for (index, series) in (0..).zip(&input.series) {
        let mut window = snapshot.take(series);
        for sample in &series.samples {
            let found = match sample.value.filter(|value| value.is_finite()) {
                Some(value) => judge(&config, &mut window, value),
                None => missing(&config, &mut window, series),
            };
            anomalies.extend(found.map(|found| Anomaly { series: index, at: sample.at, ..found }));
        }
        warm &= window.len() >= usize::from(config.warm_up);
        snapshot.put(series, window);
    }
    Ok(Output { anomalies, snapshot: snapshot.encode(), warm })
}

/// Compares a value with its window, then lets it join.
fn judge(config: &Config, window: &mut Window, value: f64) -> Option<Anomaly> {
    window.missing = 0;
    if window.len() < usize::from(config.warm_up) {
        window.push(value, config.window);
        return None;
    }
    let (mean, deviation) = window.mean_and_deviation();
    let deviation = deviation.max(config.deviation_min).max(mean.abs() * config.deviation_min_ratio);
    let score = (value - mean) / deviation;
    let reach = config.threshold * deviation;
    let out = match config.direction {
        Direction::Both => score.abs() > config.threshold,
        Direction::Above => score > config.threshold,
        Direction::Below => score < -config.threshold,
    };
    if !out {
        window.out_in_a_row = 0;
        // On the side that is no anomaly a far value must not widen the window either.
        window.push(value.clamp(mean - reach, mean + reach), config.window);
        return None;
    }
    window.out_in_a_row = window.out_in_a_row.saturating_add(1);
    let new_level = config.level_shift_after > 0 && window.out_in_a_row >= config.level_shift_after;
    if new_level {
        // Starting from the new level alone: the old one would make a deviation so wide that nothing is far for long.
        *window = Window::default();
        window.push(value, config.window);
    } else {
        window.push(value.clamp(mean - reach, mean + reach), config.window);
    }
    let (kind, side) = match score > 0.0 {
        _ if new_level => (AnomalyKind::LevelShift, "a new level"),
        true => (AnomalyKind::Spike, "above"),
        false => (AnomalyKind::Dip, "below"),
    };
    let (far, shown, around) = (number(score.abs()), number(value), number(mean));
    let explanation = match kind {
        AnomalyKind::LevelShift => format!("{shown} is the new level; it was around {around} before"),
        _ => format!("{shown} is {far} standard deviations {side} the recent mean of {around}"),
    };
    let value = Some(value);
    let (expected_low, expected_high) = (Some(mean - reach), Some(mean + reach));
    Some(Anomaly { series: 0, at: 0, kind, score: score.abs(), value, expected_low, expected_high, explanation })
}

/// Counts a run without a value. Reports once, when the count is reached.
fn missing(config: &Config, window: &mut Window, series: &Series) -> Option<Anomaly> {
    window.missing = window.missing.saturating_add(1);
    let reached = config.missing_after > 0 && window.missing == config.missing_after && window.len() > 0;
    reached.then(|| Anomaly {
        series: 0,
        at: 0,
        kind: AnomalyKind::Missing,
        score: f64::from(window.missing),
        value: None,
        expected_low: None,
        expected_high: None,
        explanation: format!("{} of {} had no value {} times in a row", series.metric, series.check, window.missing),
    })
}

/// A number as people read it: small ones keep three digits.
fn number(value: f64) -> String {
    match value.abs() {
        small if small > 0.0 && small < 0.01 => format!("{value:.2e}"),
        _ => tocsin_sdk::text::value(value, ""),
    }
}
