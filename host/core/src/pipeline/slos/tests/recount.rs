//! The law of counting: whatever comes in whatever order, every window holds what a recount of the events holds, or says
//! that it is catching up.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::node::{Node, event, methods, slo};
use crate::slo::{Counts, Method, PostedEvents, Reading, Shape, Slot, Span};

/// Events themselves, and nothing clever.
#[derive(Debug)]
struct Ledger {
    raw: BTreeMap<Slot, Counts>,
    /// Worth that a clock that was set back left in a slot.
    moved: BTreeMap<Slot, Counts>,
    since: Slot,
    /// Nothing is taken any more up to here.
    closed: Slot,
    newest: Slot,
}

impl Ledger {
    fn pass(&mut self, shape: &Shape, slot: Slot) {
        if slot < self.newest.minus(shape.late.max(1)) {
            let moved = self.worth(shape, slot, self.newest);
            self.raw.retain(|at, _| *at < slot);
            self.moved.retain(|at, _| *at < slot);
            self.moved.insert(slot, moved);
            (self.since, self.newest, self.closed) = (self.since.min(slot), slot, slot.minus(1));
        }
        self.newest = self.newest.max(slot);
    }

    /// Of the slots from `first` to `last`.
    fn worth(&self, shape: &Shape, first: Slot, last: Slot) -> Counts {
        let first = first.max(self.since);
        if last < first {
            return Counts::ZERO;
        }
        let happened: Vec<Counts> = self.raw.range(first..=last).map(|(_, raw)| shape.value(*raw)).collect();
        let quiet = last.since(first) + 1 - i64::try_from(happened.len()).expect("few");
        let moved = self.moved.range(first..=last).map(|(_, worth)| *worth);
        happened.into_iter().chain(moved).fold(shape.empty().times(quiet), Counts::plus)
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Pass(u32),
    Leap(u32),
    Back(u32),
    /// Slots ago, good, bad.
    Post(Vec<(i64, u16, u8)>),
    Answer,
    Restart,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let line = (-1_i64..8, 0_u16..50, 0_u8..5);
    let deed = prop_oneof![
        6 => (1_u32..3_000).prop_map(Deed::Pass),
        1 => (0_u32..1_500).prop_map(Deed::Leap),
        1 => (0_u32..3_000).prop_map(Deed::Back),
        8 => prop::collection::vec(line, 1..6).prop_map(Deed::Post),
        3 => Just(Deed::Answer),
        1 => Just(Deed::Restart),
    ];
    prop::collection::vec(deed, 1..60)
}

/// Slot and period: windows from a minute to 90 days.
const SIZES: [(u64, u64); 4] = [(1, 60), (1, 3_600), (60, 30 * 86_400), (3_600, 90 * 86_400)];

struct Trial {
    node: Node,
    ledger: Ledger,
}

impl Trial {
    fn new(method: Method, slot: u64, period: u64) -> Self {
        let (slot, period) = (Duration::from_secs(slot), Duration::from_secs(period));
        let node = Node::new([slo("shop", method, slot, period, Vec::new())]);
        let since = node.series().beginning().since;
        let ledger =
            Ledger { raw: BTreeMap::new(), moved: BTreeMap::new(), since, closed: since.minus(1), newest: since };
        Self { node, ledger }
    }

    fn shape(&self) -> std::sync::Arc<Shape> {
        std::sync::Arc::clone(self.node.series().shape())
    }

    fn act(&mut self, deed: &Deed) {
        let shape = self.shape();
        let millis = shape.width.as_millis().unsigned_abs();
        let now = self.node.now;
        match deed {
            Deed::Pass(hundredths) => {
                self.node.now = now.after(Duration::from_millis(millis * u64::from(*hundredths) / 100))
            }
            Deed::Leap(thousandths) => {
                let slots = shape.longest().unsigned_abs() * u64::from(*thousandths) / 1_000;
                self.node.now = now.after(Duration::from_millis(millis * slots));
            }
            Deed::Back(hundredths) => {
                // Not to before the beginning of what is kept: that is another law.
                let least = shape.width.start(self.ledger.since);
                self.node.now = now.before(Duration::from_millis(millis * u64::from(*hundredths) / 100)).max(least);
            }
            Deed::Answer => return self.node.answer(),
            Deed::Restart => {
                self.node.restart();
                self.ledger.newest = self.node.series().newest();
                return;
            }
            Deed::Post(lines) => return self.post(lines),
        }
        self.ledger.pass(&shape, shape.width.slot(self.node.now));
        self.node.tick();
    }

    fn post(&mut self, lines: &[(i64, u16, u8)]) {
        let shape = self.shape();
        let current = shape.width.slot(self.node.now);
        self.ledger.pass(&shape, current);
        let mut events = Vec::new();
        for (ago, good, bad) in lines {
            let (good, total) = (u64::from(*good), u64::from(*good) + u64::from(*bad));
            // A line from the future counts now.
            let at = shape.width.start(current.minus(*ago)).min(self.node.now.after(shape.width.as_duration()));
            events.push(event(at, good, total));
            let slot = shape.width.slot(at).min(current);
            if *ago <= shape.late && slot > self.ledger.closed && total > 0 {
                let sum = self.ledger.raw.entry(slot).or_default();
                *sum = sum.plus(Counts { good, total });
            }
        }
        self.node.post(&PostedEvents { events, ..PostedEvents::default() });
    }

    /// How many windows were known.
    fn compare(&mut self) -> Result<usize, TestCaseError> {
        let (series, shape) = (self.node.series(), self.shape());
        prop_assert_eq!(series.newest(), self.ledger.newest);
        let since = series.beginning().since;
        if since > self.ledger.since {
            let needed = series.head().minus(shape.longest());
            prop_assert!(since <= needed, "history was let go of that a window needs");
            self.ledger.raw.retain(|slot, _| *slot >= since);
            self.ledger.moved.retain(|slot, _| *slot >= since);
            self.ledger.since = since;
        }
        let (head, mut known) = (series.head(), 0);
        for (index, window) in shape.windows.iter().enumerate() {
            let Span::Rolling(slots) = window.span else { continue };
            let expected = self.ledger.worth(&shape, head.minus(slots - 1), head);
            match series.reading(index) {
                Reading::Known { counts, stretch } => {
                    prop_assert_eq!(counts, expected, "{:?}", window);
                    prop_assert_eq!(stretch.provisional, head.minus(slots - 1) < self.ledger.since);
                    known += 1;
                }
                Reading::Insufficient => {
                    prop_assert!(expected.is_zero(), "{:?} {:?}", window, expected);
                    known += 1;
                }
                Reading::CatchingUp => {}
            }
        }
        Ok(known)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_window_holds_what_a_recount_holds(
        deeds in deeds(),
        method in prop::sample::select(methods()),
        size in prop::sample::select(SIZES.to_vec()),
    ) {
        let mut trial = Trial::new(method, size.0, size.1);
        for deed in &deeds {
            trial.act(deed);
            trial.compare()?;
        }
        // Given its answers and the next slot, it knows all.
        trial.act(&Deed::Pass(150));
        for _ in 0..3 {
            trial.node.answer();
            trial.node.now = trial.node.now.after(Duration::from_secs(31));
            let shape = trial.shape();
            trial.ledger.pass(&shape, shape.width.slot(trial.node.now));
            trial.node.tick();
        }
        trial.node.answer();
        let windows = trial.shape().windows.len();
        prop_assert_eq!(trial.compare()?, windows, "a window is still catching up");
    }
}
