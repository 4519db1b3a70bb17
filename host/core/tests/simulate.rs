//! The simulator's 500 incidents: `TOCSIN_SIMULATE_SEED=17 cargo test -p tocsin-core --test simulate` replays one seed.

#[path = "simulator/simulator.rs"]
mod simulator;

const FIRST: u64 = 1;
const INCIDENTS: u64 = 500;

/// A seed to be replayed alone.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever replays a seed names it here, and core reads nothing else of it"
)]
fn asked_for() -> Option<u64> {
    std::env::var("TOCSIN_SIMULATE_SEED").ok()?.parse().ok()
}

#[test]
fn five_hundred_incidents_break_nothing_that_must_hold() {
    let (first, wanted) = asked_for().map_or((FIRST, INCIDENTS), |seed| (seed, 1));
    let total = simulator::incidents(first, wanted, |_, _| {});
    assert!(
        total.broken.is_empty(),
        "replay with TOCSIN_SIMULATE_SEED and the seed below\n{}",
        total.broken.join("\n")
    );
    assert_eq!((total.false_repairs, total.pages_late, total.others), (0, 0, 0));
    if wanted == INCIDENTS {
        assert!(total.incidents >= INCIDENTS, "{total:?}");
        // What never happens proves nothing.
        let seen = [
            total.verbs,
            total.verified,
            total.undone,
            total.indeterminate,
            total.dropped,
            total.refused,
            total.unapproved,
            total.observed,
            total.stopped,
            total.crashes,
            total.pages,
        ];
        assert!(seen.iter().all(|count| *count > 0), "{total:?}");
    }
}
