//! What a slot is worth by the method: the one place that decides it, for the engine and for histories alike.

use super::{Counts, Empty, Method, Ratio};

const BILLION: u64 = Ratio::BILLION as u64;

impl Method {
    /// Events as they are; a slice as good or not; or its share, in billionths, where half of one is rounded up.
    #[must_use]
    pub fn value(self, raw: Counts) -> Counts {
        let (whole, empty) = match self {
            Self::Occurrences => return raw,
            Self::Timeslices { empty, .. } => (1, empty),
            Self::RatioTimeslices { empty } => (BILLION, empty),
        };
        if raw.is_zero() {
            return match empty {
                Empty::Good => Counts { good: whole, total: whole },
                Empty::Bad => Counts { good: 0, total: whole },
                Empty::Exclude => Counts::ZERO,
            };
        }
        let (good, total) = (u128::from(raw.good) * u128::from(BILLION), u128::from(raw.total));
        let good = match self {
            Self::Timeslices { target, .. } => u64::from(good >= u128::from(target.billionths()) * total),
            _ => u64::try_from((good + total / 2) / total).unwrap_or(BILLION).min(BILLION),
        };
        Counts { good, total: whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_what_the_method_says() {
        let (target, raw) = (Ratio::from_billionths(950_000_000), |good, total| Counts { good, total });
        let one = u64::from(Ratio::BILLION);
        for (empty, of_none) in [(Empty::Good, (1, 1)), (Empty::Bad, (0, 1)), (Empty::Exclude, (0, 0))] {
            let slices = Method::Timeslices { target, empty };
            for (given, (good, total)) in [(raw(95, 100), (1, 1)), (raw(94, 100), (0, 1)), (raw(0, 0), of_none)] {
                assert_eq!(slices.value(given), raw(good, total), "{given:?} {empty:?}");
            }
            let ratios = Method::RatioTimeslices { empty };
            assert_eq!(ratios.value(raw(2, 3)), raw(666_666_667, one));
            assert_eq!(ratios.value(raw(0, 0)), raw(of_none.0 * one, of_none.1 * one));
            assert_eq!(ratios.value(raw(u64::MAX, u64::MAX)), raw(one, one));
        }
        assert_eq!(Method::Occurrences.value(raw(2, 3)), raw(2, 3));
    }
}
