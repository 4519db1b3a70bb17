use std::sync::Arc;

use tocsin_core::anomaly::{Sample, SeriesKey};
use tocsin_core::observation::Status;

use super::*;
use crate::fixture::{run_of, store};
use crate::{NewRun, NewSample, Options, SampleLog as _};

const DAY_MS: i64 = 86_400_000;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn retention(days: u64, bytes_max: u64) -> Retention {
    let age = Duration::from_secs(days * 86_400);
    Retention { runs: age, samples: age, transcript_sample: 1, bytes_max, reserve_bytes: 0 }
}

fn append_run(store: &Store, check: &str, at_ms: i64) {
    let run = NewRun { record: Arc::new(run_of(check, at_ms, Status::Critical)), transcript: Some(vec![7; 100]) };
    store.append_runs(&[run]).unwrap();
}

fn sample(n: i64, at_ms: i64) -> NewSample {
    let key = SeriesKey { check: "web".into(), metric: format!("m{n}").as_str().into(), labels: vec![] };
    NewSample { key, unit: String::new(), sample: Sample { at: Timestamp::from_millis(at_ms), value: Some(n as f64) } }
}

fn rows(store: &Store, table: &str) -> i64 {
    store.0.db.read("count", |db| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))).unwrap()
}

#[test]
fn what_is_too_old_goes_with_all_that_belongs_to_it() {
    let (_folder, store) = store();
    let now = NOW.as_millis();
    for (check, days) in [("gone", 9), ("web", 8), ("web", 6), ("web", 0)] {
        append_run(&store, check, now - days * DAY_MS);
        store.append(&[sample(days, now - days * DAY_MS)]).unwrap();
    }
    let swept = store.sweep(NOW, &retention(7, u64::MAX)).unwrap();
    assert_eq!((swept.runs, swept.blocks, swept.series, swept.more), (2, 2, 2, false));
    for table in ["run", "run_detail", "transcript"] {
        assert_eq!(rows(&store, table), 2, "{table}");
    }
    assert!(store.recent_runs(&"gone".into(), 9).unwrap().is_empty());
    assert_eq!(store.recent_runs(&"web".into(), 9).unwrap().len(), 2);
    assert_eq!(store.last_runs().unwrap().len(), 1);
    assert_eq!(store.series_of(&"web".into()).len(), 2);
}

#[test]
fn a_clock_set_back_to_the_beginning_of_time_removes_nothing() {
    let (_folder, store) = store();
    append_run(&store, "web", NOW.as_millis());
    store.append(&[sample(1, NOW.as_millis())]).unwrap();
    let swept = store.sweep(Timestamp::from_millis(0), &retention(7, u64::MAX)).unwrap();
    assert_eq!((swept.runs, swept.blocks), (0, 0));
}

#[test]
fn a_file_that_is_too_big_loses_its_oldest_history_and_shrinks() {
    let (_folder, store) = store();
    let filler = |n: i64| NewRun {
        record: Arc::new(run_of("web", NOW.as_millis() - 60_000_000 + n, Status::Critical)),
        transcript: Some((0..500_u64).flat_map(|i| (i * i * n.unsigned_abs()).to_le_bytes()).collect()),
    };
    for batch in 0..12_i64 {
        store.append_runs(&(0..1_000).map(|n| filler(batch * 1_000 + n)).collect::<Vec<_>>()).unwrap();
    }
    let before = store.usage().unwrap().file_bytes;
    let limit = before / 2;
    let (mut sweeps, mut bytes) = (0, 0);
    loop {
        let swept = store.sweep(NOW, &retention(365, limit)).unwrap();
        bytes += swept.bytes;
        sweeps += 1;
        if !swept.more && swept.bytes == 0 {
            break;
        }
        assert!(sweeps < 50, "it comes to an end");
    }
    let usage = store.usage().unwrap();
    assert!(usage.file_bytes <= limit, "{} of {limit}", usage.file_bytes);
    assert_eq!(before - usage.file_bytes, bytes);
    let newest = store.recent_runs(&"web".into(), 1).unwrap();
    assert_eq!(newest[0].record.started_at, filler(11_999).record.started_at);
    assert_eq!(rows(&store, "run"), rows(&store, "transcript"));
}

#[test]
fn when_room_is_short_what_is_dated_in_the_future_goes_first() {
    let (_folder, store) = store();
    append_run(&store, "web", NOW.as_millis() + 30 * DAY_MS);
    append_run(&store, "web", NOW.as_millis());
    store.0.db.write("remove", |tx| delete_oldest(tx, NOW)).unwrap();
    let left = store.recent_runs(&"web".into(), 9).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].record.started_at, NOW);
}

#[test]
fn a_full_database_sheds_history_keeps_committing_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { reserve_bytes: 1 << 20, quota_bytes: Some(4 << 20) };
    let store = Store::open(folder.path(), &options).unwrap();
    assert!(store.usage().unwrap().reserve_held);
    assert_eq!(std::fs::metadata(folder.path().join("reserve")).unwrap().len(), 1 << 20);

    // Fill it with samples and runs until both are shed.
    let noise =
        |n: u64| (0..4_000_u64).flat_map(|i| (i ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()).collect();
    let mut n = 0;
    while store.usage().unwrap().shed.runs == 0 {
        n += 1;
        let record = Arc::new(run_of("web", NOW.as_millis() - 1_000_000 + n, Status::Ok));
        store.append_runs(&[NewRun { record, transcript: Some(noise(n.unsigned_abs())) }]).unwrap();
        assert!(n < 1_000, "the quota holds");
    }
    let samples: Vec<_> = (0..40_000).map(|n| sample(n % 50, NOW.as_millis() + n * 7_919 % 100_003)).collect();
    while store.usage().unwrap().shed.samples == 0 {
        store.append(&samples).unwrap();
    }
    assert!(store.usage().unwrap().reserve_held, "history does not eat the reserve");

    // State still goes through, from the reserve.
    let mut states = 0;
    while store.usage().unwrap().reserve_held {
        states += 1;
        store.save_urgent_bytes(states).unwrap();
        assert!(states < 1_000, "the reserve is used");
    }
    assert!(!folder.path().join("reserve").exists());

    // Sweeps make room again, and the reserve is taken back.
    for sweep in 0.. {
        assert!(sweep < 100, "it recovers");
        store.sweep(NOW, &retention(365, u64::MAX)).unwrap();
        if store.usage().unwrap().reserve_held {
            break;
        }
    }
    let record = Arc::new(run_of("web", NOW.as_millis(), Status::Ok));
    assert_eq!(store.append_runs(&[NewRun { record, transcript: None }]).unwrap().kept, 1);
}

#[test]
fn a_reserve_that_cannot_be_made_costs_no_history() {
    let folder = tempfile::tempdir().unwrap();
    // A folder is in the way of the file: room is not what is missing.
    std::fs::create_dir(folder.path().join("reserve")).unwrap();
    let store = Store::open(folder.path(), &Options { reserve_bytes: 4_096, quota_bytes: None }).unwrap();
    assert!(!store.usage().unwrap().reserve_held);
    append_run(&store, "web", NOW.as_millis());
    let swept = store.sweep(NOW, &retention(7, u64::MAX)).unwrap();
    assert_eq!((swept.runs, swept.more), (0, false));
}

#[test]
fn the_log_never_outgrows_what_the_reserve_could_copy_home() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &Options { reserve_bytes: 1 << 20, quota_bytes: None }).unwrap();
    let noise =
        |n: i64| (0..2_000_i64).flat_map(|i| (i ^ n).wrapping_mul(0x5E37_79B9_7F4A_7C15).to_be_bytes()).collect();
    for n in 0..300 {
        let record = Arc::new(run_of("web", NOW.as_millis() + n, Status::Ok));
        store.append_runs(&[NewRun { record, transcript: Some(noise(n)) }]).unwrap();
        let log = std::fs::metadata(folder.path().join("tocsin.db-wal")).unwrap().len();
        assert!(log <= (1 << 20) / 2, "{log} bytes after {n} runs");
    }
}

impl Store {
    /// Stands for a state commit of 16 kB that brings something new.
    fn save_urgent_bytes(&self, n: i64) -> Result<(), StoreError> {
        self.write_urgent("commit the node's state", |tx| {
            tx.execute(
                "INSERT INTO state_detector (detector, body, snapshot) VALUES (?1, '{}', ?2)",
                (n.to_string(), vec![1_u8; 16_384]),
            )
            .map(drop)
        })
    }
}
