//! What a bucket gives, whatever the clock does.

use proptest::prelude::*;

use super::*;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn rate(count: u32, seconds: u64) -> Rate {
    Rate { count, per: Duration::from_secs(seconds) }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn so_many_at_once_and_then_one_as_each_is_refilled() {
    let rate = rate(3, 3_600);
    let mut bucket = Bucket::default();
    for left in ["3", "2", "1"] {
        assert_eq!(bucket.room(rate, NOON), Ok(format!("{left} of 3 per 1h are left")));
        bucket = bucket.take(rate, NOON);
    }
    let next = NOON.after(seconds(1_200));
    let wait =
        Wait { until: Some(next), reason: "all of 3 per 1h are spent; the next is there at 22:33:20 UTC".to_owned() };
    assert_eq!(bucket.room(rate, NOON), Err(wait));
    assert_eq!(bucket.room(rate, next.before(Duration::from_millis(1))).map_err(|wait| wait.until), Err(Some(next)));
    assert_eq!(bucket.room(rate, next), Ok("1 of 3 per 1h are left".to_owned()));
}

#[test]
fn a_rate_of_none_never_has_room() {
    let wait = Bucket::default().room(rate(0, 60), NOON).expect_err("there is none");
    assert_eq!(wait, Wait { until: None, reason: "the rate is 0 per 1m, which allows none".to_owned() });
}

#[test]
fn a_clock_set_forward_by_years_refills_no_more_than_the_bucket_holds() {
    let rate = rate(2, 60);
    let mut bucket = Bucket::default().take(rate, NOON).take(rate, NOON);
    let later = NOON.after(seconds(10 * 365 * 86_400));
    for _ in 0..2 {
        assert!(bucket.room(rate, later).is_ok());
        bucket = bucket.take(rate, later);
    }
    assert!(bucket.room(rate, later).is_err());
}

#[test]
fn a_clock_set_back_makes_nothing_wait_longer_and_gives_nothing_sooner() {
    let rate = rate(1, 600);
    let hour = seconds(3_600);
    let bucket = Bucket::default().take(rate, NOON).set_back(hour);
    let back = NOON.before(hour);
    assert_eq!(bucket.room(rate, back).map_err(|wait| wait.until), Err(Some(back.after(seconds(600)))));
}

#[test]
fn what_is_kept_is_one_moment() {
    let bucket = Bucket::default().take(rate(1, 10), NOON);
    assert_eq!(serde_json::to_string(&bucket).expect("serializes"), "1700000010000");
    assert_eq!(serde_json::from_str::<Bucket>("1700000010000").expect("reads"), bucket);
}

proptest! {
    /// Over any window, no more is given than what it holds and what flows in meanwhile.
    #[test]
    fn it_never_gives_more_than_its_rate(
        count in 1_u32..6,
        per_ms in 1_u64..5_000,
        waits in prop::collection::vec(0_u64..1_500, 1..120),
    ) {
        let rate = Rate { count, per: Duration::from_millis(per_ms) };
        let (mut bucket, mut now, mut given) = (Bucket::default(), NOON, Vec::new());
        for wait in waits {
            now = now.after(Duration::from_millis(wait));
            if bucket.room(rate, now).is_ok() {
                bucket = bucket.take(rate, now);
                given.push(now);
            }
        }
        for (first, from) in given.iter().enumerate() {
            for (last, to) in given.iter().enumerate().skip(first) {
                let window = u64::try_from(to.since(*from).as_millis()).expect("short");
                let allowed = u64::from(count) + window * u64::from(count) / per_ms;
                let taken = u64::try_from(last - first + 1).expect("few");
                prop_assert!(taken <= allowed, "{taken} within {window} ms at {count} per {per_ms} ms");
            }
        }
    }

    /// What it says when there will be a token is when there is one, and not a millisecond sooner.
    #[test]
    fn it_keeps_its_word(count in 1_u32..6, per_ms in 1_u64..5_000, taken in 0_u32..10) {
        let rate = Rate { count, per: Duration::from_millis(per_ms) };
        let bucket = (0..taken).fold(Bucket::default(), |bucket, _| bucket.take(rate, NOON));
        if let Err(Wait { until: Some(until), .. }) = bucket.room(rate, NOON) {
            prop_assert!(bucket.room(rate, until).is_ok());
            prop_assert!(bucket.room(rate, until.before(Duration::from_millis(1))).is_err());
        }
    }
}
