//! What an account remembers, and when it forgives.

use super::*;
use crate::playbook::Rate;
use crate::remediation::gate::tests::limits;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn later(minutes: u64) -> Timestamp {
    NOON.after(Duration::from_secs(minutes * 60))
}

fn target() -> LedgerKey {
    LedgerKey::Target("web".to_owned())
}

/// One repair that took two minutes.
fn repaired(account: &Account, how: End, at: Timestamp) -> Account {
    account.began(&target(), &limits(), at).ended(how, at.after(Duration::from_secs(120)))
}

#[test]
fn attempts_are_forgiven_only_after_it_was_healthy_for_long_enough() {
    let once = repaired(&Account::default(), End::Verified, NOON);
    assert_eq!(once.attempts(&limits(), later(10)), (1, Some(NOON)));
    // Healthy for 59 minutes, twice: neither stretch is an hour.
    let broke = once.healthy(later(3)).unhealthy(later(62)).healthy(later(63)).unhealthy(later(122));
    let twice = repaired(&broke, End::Verified, later(123));
    assert_eq!(twice.attempts(&limits(), later(126)), (2, Some(NOON)));
    // Healthy for an hour: forgiven at that minute, and still once it is broken again.
    let healthy = twice.healthy(later(130));
    assert_eq!(healthy.attempts(&limits(), later(189)), (2, Some(NOON)));
    assert_eq!(healthy.attempts(&limits(), later(190)), (0, None));
    let broke = healthy.unhealthy(later(191));
    assert_eq!(broke.attempts(&limits(), later(200)), (0, None));
    assert_eq!(repaired(&broke, End::Failed, later(200)).attempts(&limits(), later(203)), (1, Some(later(200))));
}

#[test]
fn healthy_is_said_often_and_counts_from_the_first_time() {
    let account = repaired(&Account::default(), End::Verified, NOON).healthy(later(5)).healthy(later(50));
    assert_eq!(account.healthy_since, Some(later(5)));
    assert_eq!(account.unhealthy(later(60)).unhealthy(later(600)).healthy_longest, Duration::from_secs(55 * 60));
}

#[test]
fn what_was_not_carried_out_costs_nothing() {
    let before = repaired(&Account::default(), End::Failed, NOON);
    for how in [End::Refused, End::Dropped, End::Unapproved, End::Observed] {
        assert_eq!(before.ended(how, later(30)), before, "{how:?}");
    }
}

#[test]
fn failures_in_a_row_are_counted_until_one_helps_or_a_person_resets_them() {
    let three = [End::Failed, End::Undone, End::Indeterminate]
        .into_iter()
        .fold(Account::default(), |account, how| repaired(&account, how, NOON));
    assert_eq!(three.failures, 3);
    assert_eq!(repaired(&three, End::Verified, later(5)).failures, 0);
    let reset = three.reset("ann", later(5));
    assert_eq!((reset.failures, reset.reset), (0, Some(Reset { by: "ann".to_owned(), at: later(5) })));
}

#[test]
fn each_account_spends_from_the_bucket_that_is_its_own() {
    let limits = GateLimits {
        rate: Rate { count: 1, per: Duration::from_secs(60) },
        node_rate: Rate { count: 1, per: Duration::from_secs(120) },
        fleet_rate: Rate { count: 1, per: Duration::from_secs(240) },
        ..limits()
    };
    let table = [
        (LedgerKey::Playbook("p".into()), limits.rate, 60),
        (LedgerKey::Node, limits.node_rate, 120),
        (LedgerKey::Fleet, limits.fleet_rate, 240),
    ];
    for (key, rate, seconds) in table {
        let spent = Account::default().began(&key, &limits, NOON);
        let until = spent.bucket.room(rate, NOON).map_err(|wait| wait.until);
        assert_eq!(until, Err(Some(NOON.after(Duration::from_secs(seconds)))), "{key:?}");
    }
    assert_eq!(Account::default().began(&target(), &limits, NOON).bucket, Bucket::default());
}

#[test]
fn repairs_that_each_worked_are_too_many_once_they_are_too_close() {
    let four = (0..4).fold(Account::default(), |account, nth| repaired(&account, End::Verified, later(nth * 60)));
    // The limit is 4 within a day.
    assert_eq!(four.repeats(&limits(), later(200)), Some(4));
    assert_eq!(four.repeats(&limits(), later(24 * 60 + 1)), Some(4));
    assert_eq!(four.repeats(&limits(), later(24 * 60 + 2)), None);
    let failed = (0..4).fold(Account::default(), |account, nth| repaired(&account, End::Failed, later(nth * 60)));
    assert_eq!(failed.repeats(&limits(), later(200)), None);
}

#[test]
fn what_worked_is_remembered_within_a_bound() {
    let many = (0..500).fold(Account::default(), |account, nth| repaired(&account, End::Verified, later(nth)));
    assert_eq!(many.worked.len(), WORKED_MAX);
    assert_eq!(many.worked.last(), many.ended_at.as_ref());
}

#[test]
fn a_clock_set_back_moves_every_moment_along() {
    let hour = Duration::from_secs(3_600);
    let account = repaired(&Account::default(), End::Verified, NOON).healthy(later(3)).reset("ann", later(4));
    let back = account.set_back(hour);
    assert_eq!(back.first_at, Some(NOON.before(hour)));
    assert_eq!(back.ended_at, Some(later(2).before(hour)));
    assert_eq!(back.healthy_since, Some(later(3).before(hour)));
    assert_eq!(back.reset.map(|reset| reset.at), Some(later(4).before(hour)));
    assert_eq!(back.worked, vec![later(2).before(hour)]);
}

#[test]
fn an_account_survives_being_written_and_an_old_one_is_read() {
    let account = repaired(&Account::default(), End::Failed, NOON).healthy(later(3)).reset("ann", later(4));
    let written = serde_json::to_string(&account).expect("serializes");
    assert_eq!(serde_json::from_str::<Account>(&written).expect("reads"), account);
    assert_eq!(serde_json::from_str::<Account>("{}").expect("reads"), Account::default());
}

#[test]
fn an_account_is_forgotten_once_nothing_follows_from_it() {
    let (day, used) = (Duration::from_secs(86_400), repaired(&Account::default(), End::Verified, NOON));
    assert!(!used.is_forgettable(day, later(60)));
    assert!(used.is_forgettable(day, later(25 * 60)));
    let failed = repaired(&Account::default(), End::Failed, NOON);
    assert!(!failed.is_forgettable(day, later(25 * 60)), "an open breaker is no matter of time");
}
