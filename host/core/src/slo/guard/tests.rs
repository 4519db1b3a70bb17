use super::*;

fn ratio(share: &str) -> Ratio {
    Ratio::share(share).expect("a share")
}

const fn counts(bad: u64, total: u64) -> Counts {
    Counts { good: total - bad, total }
}

fn is_near(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= b.abs() * relative
}

#[test]
fn tails_are_those_of_published_tables() {
    // Cumulative binomial tables, four decimals: P(X >= k) = 1 - P(X <= k - 1).
    for (n, p, at_most, table) in [
        (10, 0.1, 0, 0.3487),
        (10, 0.1, 1, 0.7361),
        (10, 0.1, 2, 0.9298),
        (10, 0.5, 5, 0.6230),
        (20, 0.05, 0, 0.3585),
        (20, 0.05, 3, 0.9841),
        (20, 0.3, 6, 0.6080),
        (20, 0.5, 9, 0.4119),
        (25, 0.2, 5, 0.6167),
        (25, 0.01, 1, 0.9742),
    ] {
        let upper = tail(n, at_most + 1, p);
        assert!((1.0 - upper - table).abs() <= 0.000_05, "{n} {p} {at_most}: {}", 1.0 - upper);
    }
}

/// `P(Bin(n, 1/d) >= k)` in whole numbers: the sum of `C(n, i) (d - 1)^(n - i)`, of `d^n`.
fn exact(n: u32, k: u32, d: u128) -> f64 {
    let mut choose = 1_u128;
    let mut sum = 0_u128;
    for i in 0..=n {
        if i >= k {
            sum += choose * (d - 1).pow(n - i);
        }
        choose = choose * u128::from(n - i) / u128::from(i + 1);
    }
    #[expect(clippy::cast_precision_loss, reason = "a quotient is all that is wanted")]
    let share = sum as f64 / d.pow(n) as f64;
    share
}

#[test]
fn tails_are_those_of_whole_numbers() {
    let sizes = [(2_u128, 60_u32), (3, 60), (10, 30), (20, 24), (100, 15), (1_000, 10)];
    for (d, most) in sizes {
        for n in 1..=most {
            for k in 0..=n {
                #[expect(clippy::cast_precision_loss, reason = "a small whole number")]
                let p = 1.0 / d as f64;
                let (found, expected) = (tail(u64::from(n), u64::from(k), p), exact(n, k, d));
                assert!(is_near(found, expected, 2e-13), "{n} {k} 1/{d}: {found:e} {expected:e}");
            }
        }
    }
}

#[test]
fn far_tails_keep_their_digits_and_impossible_ones_are_nothing() {
    // Summed in sixty decimals.
    assert!(is_near(tail(2_000_000, 60, 1e-5), 4.231_614_325_151_483e-13, 1e-13));
    assert!(is_near(tail(1_000, 1_000, 0.5), 0.5_f64.powi(1_000), 1e-12));
    assert_eq!((tail(5, 6, 0.5), tail(5, 0, 0.5), tail(0, 0, 0.5), tail(0, 1, 0.5)), (0.0, 1.0, 1.0, 0.0));
    assert_eq!((tail(5, 1, 0.0), tail(5, 5, 1.0)), (0.0, 1.0));
    assert!(is_near(tail(1_000_000, 1, 0.01), 1.0, 1e-15));
}

#[test]
fn the_bound_is_never_below_the_tail() {
    for n in [1, 3, 10, 100, 5_000] {
        for p in [1e-5, 0.001, 0.05, 0.5] {
            for k in (0..=n).step_by(usize::try_from(n / 50 + 1).expect("small")) {
                let (bound, tail) = (chernoff(n, k, p), tail(n, k, p));
                assert!(bound >= tail * (1.0 - 1e-12), "{n} {k} {p}: {bound:e} {tail:e}");
            }
        }
    }
}

#[test]
fn a_few_bad_events_are_chance_and_more_are_not() {
    let page = Factor { numerator: 72, denominator: 5 };
    for (bad, total, target, admits) in [
        // Chance: 3 * 0.001 and 10 * 0.001.
        (1, 3, "0.999", false),
        (1, 10, "0.999", false),
        // 0.1%: one alone is just too likely, being bad with a probability of 0.001 itself.
        (1, 1, "0.999", false),
        (1, 1, "0.9995", true),
        // 1,000 events: P(X >= 4) is 1.9%, P(X >= 6) 0.06%.
        (4, 1_000, "0.999", false),
        (6, 1_000, "0.999", true),
        // The threshold takes 30 bad events or more: nothing to guard against.
        (30, 2_014, "0.999", true),
        (30, 2_084, "0.999", true),
        (0, 0, "0.999", false),
    ] {
        assert_eq!(Guard::default().admits(counts(bad, total), ratio(target), page), admits, "{bad}/{total} {target}");
    }
}

#[test]
fn with_enough_bad_events_at_the_threshold_it_asks_nothing_more() {
    // 14.4 * 0.1% * 2,014 = 29.0016: 30 bad events cross it. Of 2,013, 29 do.
    let (page, target) = (Factor { numerator: 72, denominator: 5 }, ratio("0.999"));
    let never = Guard { false_alarm: 0.0, enough_bad: 30 };
    assert!(never.admits(counts(30, 2_014), target, page));
    assert!(!never.admits(counts(30, 2_013), target, page));
    // None at all.
    assert!(Guard { false_alarm: 0.0, enough_bad: 0 }.admits(counts(1, 1), target, page));
}
