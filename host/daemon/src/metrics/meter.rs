//! How many runs a second, and how long they took, over the last minute: a ring of small histograms of fixed size.
//! Knows nothing of runs.

use std::time::Duration;

use tocsin_core::time::Timestamp;

const SLOT: Duration = Duration::from_secs(10);
const SLOTS: usize = 6;
/// Each doubling is cut into this many buckets: a quantile is off by at most 1 in 16.
const STEPS: u64 = 16;
const STEPS_LOG2: u32 = STEPS.ilog2();
/// Everything from 2^29 µs (nine minutes) up shares the last bucket; a run's deadline ends before.
const BUCKETS: usize = ((29 - STEPS_LOG2 as usize) + 1) * (1 << STEPS_LOG2);

/// Counts values in time. About 10 kB.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    total: u64,
    first: Option<Timestamp>,
    slots: Vec<Slot>,
}

/// What the last minute was like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LastMinute {
    pub per_second: f64,
    pub p50_us: u64,
    pub p99_us: u64,
}

#[derive(Debug)]
struct Slot {
    /// Which ten seconds since the epoch.
    number: i64,
    count: u64,
    buckets: Box<[u32]>,
}

impl Meter {
    pub(crate) fn record(&mut self, at: Timestamp, value_us: u64) {
        self.total = self.total.saturating_add(1);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        let slot = self.slot(number(at));
        slot.count = slot.count.saturating_add(1);
        if let Some(bucket) = slot.buckets.get_mut(bucket_of(value_us)) {
            *bucket = bucket.saturating_add(1);
        }
    }

    #[must_use]
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    #[must_use]
    pub(crate) fn last_minute(&self, now: Timestamp) -> LastMinute {
        let newest = number(now);
        let oldest = newest.saturating_sub(i64::try_from(SLOTS).unwrap_or(i64::MAX) - 1);
        let slots = || self.slots.iter().filter(move |slot| (oldest..=newest).contains(&slot.number));
        let count: u64 = slots().map(|slot| slot.count).sum();
        let Some(first) = self.first.filter(|_| count > 0) else { return LastMinute::default() };
        let start = start_of(oldest).max(first);
        // A rate over less than a second would be a guess.
        let seconds = now.since(start).as_secs_f64().max(1.0);
        #[expect(clippy::cast_precision_loss, reason = "a count of one minute is far below 2^52")]
        let per_second = count as f64 / seconds;
        let quantile = |percent: u64| {
            let rank = (count * percent).div_ceil(100).max(1);
            let mut seen = 0_u64;
            (0..BUCKETS).find(|bucket| {
                seen +=
                    slots().filter_map(|slot| slot.buckets.get(*bucket)).map(|count| u64::from(*count)).sum::<u64>();
                seen >= rank
            })
        };
        LastMinute { per_second, p50_us: quantile(50).map_or(0, middle_of), p99_us: quantile(99).map_or(0, middle_of) }
    }

    /// The slot of this number: one there is, or the oldest made anew.
    fn slot(&mut self, number: i64) -> &mut Slot {
        let index = match self.slots.iter().position(|slot| slot.number == number) {
            Some(index) => index,
            None if self.slots.len() < SLOTS => {
                self.slots.push(Slot { number, count: 0, buckets: vec![0; BUCKETS].into() });
                self.slots.len() - 1
            }
            None => {
                let oldest = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.number);
                let index = oldest.map_or(0, |(index, _)| index);
                if let Some(slot) = self.slots.get_mut(index) {
                    (slot.number, slot.count) = (number, 0);
                    slot.buckets.fill(0);
                }
                index
            }
        };
        #[expect(clippy::indexing_slicing, reason = "the match above answers with the place of a slot")]
        &mut self.slots[index]
    }
}

fn slot_millis() -> i64 {
    i64::try_from(SLOT.as_millis()).unwrap_or(i64::MAX)
}

fn number(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(slot_millis())
}

fn start_of(number: i64) -> Timestamp {
    Timestamp::from_millis(number.saturating_mul(slot_millis()))
}

fn bucket_of(value: u64) -> usize {
    let bucket = if value < STEPS {
        value
    } else {
        let doubling = u64::from(value.ilog2() - STEPS_LOG2);
        let step = (value >> doubling) - STEPS;
        (doubling + 1) * STEPS + step
    };
    usize::try_from(bucket).unwrap_or(usize::MAX).min(BUCKETS - 1)
}

fn middle_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < STEPS {
        return bucket;
    }
    let (doubling, step) = (bucket / STEPS - 1, bucket % STEPS);
    ((STEPS + step) << doubling) + (1_u64 << doubling) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
    }

    #[test]
    fn a_bucket_holds_its_own_middle_and_is_off_by_at_most_one_in_sixteen() {
        for value in [0, 1, 15, 16, 17, 31, 32, 100, 999, 10_000, 123_456, 5_000_000, 300_000_000] {
            let middle = middle_of(bucket_of(value));
            assert_eq!(bucket_of(middle), bucket_of(value), "{value}");
            assert!(middle.abs_diff(value) * 16 <= value.max(1), "{value} became {middle}");
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_and_rate_are_of_the_last_minute_only() {
        let mut meter = Meter::default();
        for second in 0..60 {
            meter.record(at(second), 1_000_000);
        }
        for second in 60..120 {
            for _ in 0..10 {
                meter.record(at(second), if second == 119 { 40_000 } else { 100 });
            }
        }
        let last = meter.last_minute(at(120));
        assert_eq!(meter.total(), 660);
        assert!((9.0..=11.0).contains(&last.per_second), "{last:?}");
        assert!(last.p50_us.abs_diff(100) <= 6, "{last:?}");
        assert!(last.p99_us.abs_diff(40_000) <= 2_500, "{last:?}");
    }

    #[test]
    fn a_young_meter_divides_by_its_own_age_and_a_silent_one_says_zero() {
        let mut meter = Meter::default();
        assert_eq!(meter.last_minute(at(0)), LastMinute::default());
        for tenth in 0..100 {
            meter.record(Timestamp::from_millis(at(0).as_millis() + tenth * 100), 50);
        }
        assert!((9.0..=11.0).contains(&meter.last_minute(at(10)).per_second));
        assert_eq!(meter.last_minute(at(300)), LastMinute::default());
    }

    #[test]
    fn a_clock_set_back_neither_panics_nor_counts_twice() {
        let mut meter = Meter::default();
        for second in [100, 50, 200, 0, 10, 300, 20] {
            meter.record(at(second), 5);
        }
        assert_eq!(meter.total(), 7);
        assert!(meter.last_minute(at(20)).per_second > 0.0);
    }
}
