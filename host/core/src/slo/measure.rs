//! How a run of a check, and the end of a slot, become good and total. Knows nothing of series but what they remember of
//! the last datum.

use super::{CounterPair, CounterPart, Counts, Measure, Meter, Refusal, Shape, Slot};
use crate::id::MetricName;
use crate::observation::Observation;
use crate::run::RunRecord;
use crate::time::Timestamp;

/// What one datum says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) counts: Result<Counts, Refusal>,
    /// Where it is another than before.
    pub(crate) meter: Option<Meter>,
}

/// What a run says; nothing, where it did not complete or has nothing to say of this.
pub(crate) fn measure(shape: &Shape, meter: &Meter, run: &RunRecord, now: Timestamp) -> Option<Measured> {
    let observation = run.observation.as_ref().filter(|_| run.outcome.is_completed())?;
    let measured = |counts| Measured { counts: Ok(counts), meter: None };
    match &shape.measure {
        Measure::Status { good } => {
            let good = u64::from(good.contains(&observation.status));
            Some(measured(Counts { good, total: 1 }))
        }
        Measure::Value { metric } => {
            let (metric, limit) = (metric.as_ref()?, shape.limit?);
            let of_name = observation.metrics.iter().filter(|known| known.name == metric.as_str());
            let counts = of_name.fold(Counts::ZERO, |sum, metric| {
                sum.plus(Counts { good: u64::from(limit.holds(metric.value)), total: 1 })
            });
            (!counts.is_zero()).then(|| measured(counts))
        }
        Measure::Counters { part, total } => counters(meter, observation, part, total),
        Measure::Age | Measure::Rate => {
            let at = run.finished_at().min(now);
            Some(Measured { counts: Ok(Counts::ZERO), meter: Some(heard(shape, meter, at, 1, now)) })
        }
        Measure::Counted => None,
    }
}

/// The meter after so many data, the newest of them at `at`.
pub(crate) fn heard(shape: &Shape, meter: &Meter, at: Timestamp, count: u64, now: Timestamp) -> Meter {
    let slot = shape.width.slot(now);
    let before = meter.rate.filter(|(of, _)| *of == slot).map_or(0, |(_, count)| count);
    let rate = matches!(shape.measure, Measure::Rate).then(|| (slot, before.saturating_add(count)));
    Meter { newest: meter.newest.max(Some(at)), rate, counters: meter.counters }
}

/// What the end of a slot says, where the clock is what is counted by; nothing before the first datum.
pub(crate) fn at_end(shape: &Shape, meter: &Meter, slot: Slot) -> Option<Counts> {
    let (limit, newest) = (shape.limit?, meter.newest?);
    let is_good = match shape.measure {
        Measure::Age => limit.holds(shape.width.end(slot).since(newest).as_secs_f64()),
        Measure::Rate => {
            let count = meter.rate.filter(|(of, _)| *of == slot).map_or(0, |(_, count)| count);
            #[expect(clippy::cast_precision_loss, reason = "a rate is held against a limit that is a float itself")]
            let rate = count as f64 / shape.width.as_duration().as_secs_f64();
            limit.holds(rate)
        }
        _ => return None,
    };
    Some(Counts { good: u64::from(is_good), total: 1 })
}

/// By how much both counters grew. Where one fell, both began anew and are read from zero, as by Prometheus's `increase`.
fn counters(meter: &Meter, observation: &Observation, part: &CounterPart, total: &MetricName) -> Option<Measured> {
    let (CounterPart::Good(name) | CounterPart::Bad(name)) = part;
    let now = CounterPair { part: sum(observation, name)?, total: sum(observation, total)? };
    let counts = meter.counters.map_or(Ok(Counts::ZERO), |before| {
        let is_reset = now.part < before.part || now.total < before.total;
        let before = if is_reset { CounterPair { part: 0.0, total: 0.0 } } else { before };
        let total = whole(now.total - before.total).ok_or(Refusal::TooLarge)?;
        // Two counters are never read at the same instant.
        let grown = whole(now.part - before.part).ok_or(Refusal::TooLarge)?.min(total);
        let good = if matches!(part, CounterPart::Good(_)) { grown } else { total - grown };
        Ok(Counts { good, total })
    });
    Some(Measured { counts, meter: Some(Meter { counters: Some(now), ..meter.clone() }) })
}

/// Of all series of a metric.
fn sum(observation: &Observation, name: &MetricName) -> Option<f64> {
    let of_name = observation.metrics.iter().filter(|metric| metric.name == name.as_str());
    of_name.map(|metric| metric.value).reduce(|sum, value| sum + value).filter(|sum| *sum >= 0.0)
}

/// Nothing where it is more than can have happened.
fn whole(grown: f64) -> Option<u64> {
    const MOST: f64 = 1e12;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from zero to 10^12")]
    (0.0..=MOST).contains(&grown).then(|| grown.round() as u64)
}
