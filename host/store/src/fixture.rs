//! What the tests of this crate share: a store in a folder of its own, and runs.

use tempfile::TempDir;
use tocsin_core::observation::{Observation, Status};
use tocsin_core::run::{RunCause, RunCost, RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;

use crate::{Options, Store};

pub(crate) fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &Options::default()).unwrap();
    (folder, store)
}

/// A run that found `fine` at this time; its id is new.
pub(crate) fn run_of(check: &str, at_ms: i64, status: Status) -> RunRecord {
    let (seconds, millis) = (at_ms.unsigned_abs() / 1_000, u32::try_from(at_ms.unsigned_abs() % 1_000).unwrap());
    let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, millis * 1_000_000);
    let at = Timestamp::from_millis(at_ms);
    RunRecord {
        id: uuid::Uuid::new_v7(time).to_string().as_str().into(),
        check: check.into(),
        plugin: "probe-http".into(),
        digest: "d1".into(),
        cause: RunCause::Schedule,
        due_at: at,
        started_at: at,
        outcome: RunOutcome::Completed,
        cost: RunCost::default(),
        observation: Some(Observation::new(status, "fine")),
        problems: vec![],
        transcript: false,
    }
}
