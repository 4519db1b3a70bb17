use proptest::prelude::*;

use super::*;
use crate::slo::Empty;

fn ratio(share: &str) -> Ratio {
    Ratio::share(share).expect("a share")
}

const fn counts(bad: u64, total: u64) -> Counts {
    Counts { good: total - bad, total }
}

const fn factor(numerator: u64, denominator: u64) -> Factor {
    Factor { numerator, denominator }
}

#[test]
fn it_burns_too_fast_only_strictly_above_the_factor() {
    // 14.4 * 0.1% of 10,000 are 144.
    let table = [
        (counts(144, 10_000), "0.999", factor(72, 5), false),
        (counts(145, 10_000), "0.999", factor(72, 5), true),
        (counts(0, 0), "0.999", Factor::ONE, false),
        (counts(0, 10), "0.999", Factor::ONE, false),
        (counts(1, 1_000), "0.999", Factor::ONE, false),
        (counts(1, 999), "0.999", Factor::ONE, true),
        // A budget that floats cannot tell from another: 100 - 99.9 is not 0.1 there.
        (counts(1_000_000_000, 1_000_000_000_000), "0.999", Factor::ONE, false),
        (counts(1_000_000_001, 1_000_000_000_000), "0.999", Factor::ONE, true),
        // Can never fire: 14.4 * 10% is more than all.
        (counts(10, 10), "0.9", factor(72, 5), false),
        (counts(u64::MAX, u64::MAX), "0.5", factor(2, 1), false),
        (counts(u64::MAX, u64::MAX), "0.500000001", factor(2, 1), true),
        (counts(u64::MAX, u64::MAX), "0.5", factor(u64::MAX, u64::MAX), true),
    ];
    for (counts, target, factor, expected) in table {
        assert_eq!(burn_exceeds(counts, ratio(target), factor), expected, "{counts:?} {target} {factor:?}");
    }
}

#[test]
fn factors_are_shown_as_people_write_them() {
    let table = [(factor(72, 5), "14.4"), (Factor::ONE, "1"), (factor(1, 1_000), "0.001"), (factor(14, 3), "14/3")];
    for (factor, shown) in table {
        assert_eq!(factor.to_string(), shown);
    }
}

#[test]
fn both_windows_must_burn_and_an_empty_one_says_nothing() {
    let target = ratio("0.99");
    let (fast, slow, nothing) = (counts(500, 1_000), counts(1, 1_000), counts(0, 0));
    for (long, short, expected) in [
        (fast, fast, Some(true)),
        (fast, slow, Some(false)),
        (slow, fast, Some(false)),
        (fast, nothing, None),
        (nothing, nothing, None),
    ] {
        let method = Method::Occurrences;
        assert_eq!(burns(long, short, target, method, factor(6, 1), Guard::default()), expected, "{long:?} {short:?}");
    }
    assert_eq!(breaches(fast, target, Method::Occurrences, Guard::default()), Some(true));
    assert_eq!(breaches(nothing, target, Method::Occurrences, Guard::default()), None);
}

#[test]
fn a_handful_of_events_does_not_burn() {
    // One of three is bad: 333 times too fast, and yet more likely than one in a thousand.
    let (one, target) = (counts(1, 3), ratio("0.999"));
    assert!(burn_exceeds(one, target, factor(72, 5)));
    assert_eq!(burns(one, one, target, Method::Occurrences, factor(72, 5), Guard::default()), Some(false));
    let two = counts(2, 3);
    assert_eq!(burns(two, two, target, Method::Occurrences, factor(72, 5), Guard::default()), Some(true));
}

#[test]
fn of_slices_with_shares_the_slices_are_the_evidence() {
    // One slice that was all bad, of three: billions of parts, but still one of three.
    let method = Method::RatioTimeslices { empty: Empty::Exclude };
    let one = counts(1_000_000_000, 3_000_000_000);
    assert_eq!(breaches(one, ratio("0.999"), method, Guard::default()), Some(false));
    let two = counts(2_000_000_000, 3_000_000_000);
    assert_eq!(breaches(two, ratio("0.999"), method, Guard::default()), Some(true));
}

/// The same question asked of whole numbers of any size: two little-endian lists of digits to the base 2^32.
fn exactly(bad: u64, total: u64, budget: u32, factor: Factor) -> bool {
    fn times(digits: &mut Vec<u64>, by: u64) {
        let (low, high) = (by & 0xffff_ffff, by >> 32);
        let mut sum = vec![0_u64; digits.len() + 3];
        for (index, digit) in digits.iter().enumerate() {
            for (shift, part) in [(0, digit * low), (1, digit * high)] {
                let mut carry = part;
                let mut at = index + shift;
                while carry > 0 {
                    carry += sum[at];
                    sum[at] = carry & 0xffff_ffff;
                    carry >>= 32;
                    at += 1;
                }
            }
        }
        *digits = sum;
    }
    let of = |numbers: [u64; 3]| {
        let mut digits = vec![1];
        numbers.into_iter().for_each(|number| times(&mut digits, number));
        digits.reverse();
        digits
    };
    of([bad, 1_000_000_000, factor.denominator]) > of([factor.numerator, u64::from(budget), total])
}

proptest! {
    #[test]
    fn is_what_whole_numbers_of_any_size_say(
        total in any::<u64>(),
        share in 0_u64..=1_000,
        budget in 1_u32..1_000_000_000,
        numerator in any::<u64>(),
        denominator in 1_u64..,
    ) {
        let bad = u64::try_from(u128::from(total) * u128::from(share) / 1_000).expect("not more than all");
        let (counts, target) = (counts(bad, total), Ratio::from_billionths(budget).rest());
        for factor in [factor(numerator, denominator), factor(numerator % 100, denominator % 7 + 1)] {
            prop_assert_eq!(burn_exceeds(counts, target, factor), exactly(bad, total, budget, factor));
        }
    }

    #[test]
    fn at_the_threshold_one_event_more_decides(n in 1_u64..1_000_000, budget in 1_u32..1_000_000, num in 1_u64..1_000) {
        let (target, factor) = (Ratio::from_billionths(budget).rest(), factor(num, 10));
        let most = u128::from(num) * u128::from(budget) * u128::from(n) / 10_000_000_000;
        let most = u64::try_from(most).expect("small");
        prop_assume!(most < n);
        prop_assert!(!burn_exceeds(counts(most, n), target, factor));
        prop_assert!(burn_exceeds(counts(most + 1, n), target, factor));
    }
}
