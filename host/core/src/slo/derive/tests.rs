use super::*;
use crate::slo::Period;

fn basis(days: u32, target: &str) -> Basis {
    let period = days * DAY;
    let slot = slot(period, &[]);
    let target = Ratio::percent(target).expect("a target");
    Basis { period, slot, target, guard: Guard::default(), absent_after: absent_after(period, slot, None) }
}

fn pairs(days: u32, target: &str) -> Vec<String> {
    let pair = |rule: AlertRule| match rule.when {
        When::Burn { long, short, factor, .. } => {
            Some(format!("{} {}/{} {factor}", rule.name, show_duration(long), show_duration(short)))
        }
        _ => None,
    };
    rules(&basis(days, target)).rules.into_iter().filter_map(pair).collect()
}

#[test]
fn the_classic_pairs_are_scaled_with_the_period_and_their_factors_are_exact() {
    let table: [(u32, [&str; 4]); 5] = [
        (30, ["fast 1h/5m 14.4", "moderate 6h/30m 6", "slow 1d/2h 3", "trickle 3d/6h 1"]),
        (28, ["fast 1h/5m 13.44", "moderate 6h/30m 5.6", "slow 1d/2h 2.8", "trickle 3d/6h 14/15"]),
        (7, ["fast 15m/1m 13.44", "moderate 1h30m/5m 5.6", "slow 6h/30m 2.8", "trickle 18h/1h30m 14/15"]),
        (90, ["fast 3h/15m 14.4", "moderate 18h/1h30m 6", "slow 3d/6h 3", "trickle 9d/18h 1"]),
        (365, ["fast 12h/1h 14.6", "moderate 3d/6h 73/12", "slow 12d/1d 73/24", "trickle 36d/3d 73/72"]),
    ];
    for (days, expected) in table {
        assert_eq!(pairs(days, "99.9"), expected, "{days} days");
    }
    // 0.1 * 28 / 3 is no decimal: it is kept as the fraction that it is.
    assert_eq!(factor(28 * 10, 3 * 100), Some(Factor { numerator: 14, denominator: 15 }));
}

#[test]
fn a_pair_spends_its_share_of_the_budget() {
    for (days, percent) in [(30, [2, 5, 10, 10]), (90, [2, 5, 10, 10]), (28, [2, 5, 10, 10])] {
        let burns = rules(&basis(days, "99.9")).rules.into_iter().filter_map(|rule| match rule.when {
            When::Burn { long, factor, .. } => Some((long, factor)),
            _ => None,
        });
        for ((long, factor), percent) in burns.zip(percent) {
            let spent = u128::from(factor.numerator) * u128::from(long.as_secs()) * 100;
            let budget = u128::from(factor.denominator) * u128::from((days * DAY).as_secs());
            assert_eq!(spent, budget * percent, "{days} days, {}", show_duration(long));
        }
    }
}

#[test]
fn what_can_never_fire_is_capped_or_left_out_and_a_note_says_so() {
    let derived = rules(&basis(30, "90"));
    assert_eq!(pairs(30, "90"), ["fast 1h/5m 9", "moderate 6h/30m 6", "slow 1d/2h 3", "trickle 3d/6h 1"]);
    assert_eq!(derived.notes.len(), 1, "{:?}", derived.notes);
    let derived = rules(&basis(30, "50"));
    assert_eq!(pairs(30, "50"), ["fast 1h/5m 1.8", "slow 1d/2h 1.8", "trickle 3d/6h 1"]);
    assert_eq!(derived.notes.len(), 3, "{:?}", derived.notes);
    for target in ["0.0000001", "1", "50", "99", "99.9999999"] {
        let basis = basis(30, target);
        for rule in rules(&basis).rules {
            let When::Burn { factor, .. } = rule.when else { continue };
            assert!(can_fire(factor, basis.target), "{} of {target}", rule.name);
        }
    }
}

#[test]
fn a_short_period_is_watched_for_a_breach() {
    for (period, slot_s, hold_s) in [(DAY, 60, 180), (HOUR, 60, 180), (5 * MINUTE, 5, 15), (MINUTE, 1, 3)] {
        let slot = slot(period, &[]);
        let basis = Basis { period, slot, ..basis(1, "95") };
        let rule = rules(&basis).rules.remove(0);
        assert_eq!((slot.as_secs(), rule.hold.as_secs()), (slot_s, hold_s), "{}", show_duration(period));
        assert!(matches!(rule.when, When::Breach { window, .. } if window == period));
    }
    // Five slices: to wait for three of them would be to wait for most of the period.
    let basis = Basis { period: 5 * MINUTE, slot: MINUTE, ..basis(1, "95") };
    assert_eq!(rules(&basis).rules.remove(0).hold, Duration::ZERO);
}

#[test]
fn slots_are_as_wide_as_the_windows_allow() {
    let seconds = Duration::from_secs;
    let table = [
        (30 * DAY, vec![], 60),
        (365 * DAY, vec![], 60),
        (7 * DAY, vec![], 10),
        (2 * DAY, vec![], 10),
        (30 * DAY, vec![seconds(300)], 60),
        (30 * DAY, vec![seconds(300), seconds(60)], 10),
        // One second would be more slots than a period may have.
        (30 * DAY, vec![seconds(10)], 5),
        (HOUR, vec![seconds(10)], 1),
    ];
    for (period, shorts, expected) in table {
        assert_eq!(slot(period, &shorts).as_secs(), expected, "{} {shorts:?}", show_duration(period));
        assert!(slots(period, slot(period, &shorts)) <= SLOTS_MAX);
    }
}

#[test]
fn late_and_silence_are_whole_slots() {
    let late_s = |slot_s: u64| late(Duration::from_secs(slot_s)).as_secs();
    assert_eq!([1, 5, 60, 600].map(late_s), [60, 300, 300, 600]);
    let absent = |period: Duration, slot_s: u64, gap: Option<u64>| {
        absent_after(period, Duration::from_secs(slot_s), gap.map(Duration::from_secs)).as_secs()
    };
    assert_eq!(absent(30 * DAY, 60, None), 600);
    assert_eq!(absent(30 * DAY, 60, Some(86_400)), 3 * 86_400);
    assert_eq!(absent(5 * MINUTE, 5, None), 60);
    assert_eq!(absent(DAY, 300, Some(300)), 1_500);
}

#[test]
fn a_calendars_period_has_its_usual_length() {
    let period = Period::Calendar { unit: CalendarUnit::Quarter, zone: crate::zone::Zone::utc() };
    assert_eq!(length(&period), 90 * DAY);
}
