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
        if slot < self.newest.minus(shape.late.max(1)) || slot <= self.closed {
            let moved = self.worth(shape, slot, self.newest);
            self.raw.retain(|at, _| *at < slot);
            self.moved.retain(|at, _| *at < slot);
            self.moved.insert(slot, moved);
            (self.since, self.newest, self.closed) = (self.since.min(slot), slot, slot.minus(1));
        }
        self.newest = self.newest.max(slot);
    }

    /// By a clock that shows `slot`: whatever happened or is closed lies before.
    fn restart(&mut self, slot: Slot, closed_to: Slot) {
        let counted = self.raw.last_key_value().map_or(self.since, |(at, _)| *at);
        let newest = slot.max(counted).max(closed_to.plus(1));
        assert!(newest <= slot.max(self.newest), "closed before its time");
        (self.newest, self.closed) = (newest, self.closed.max(closed_to));
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
    /// It restarts by a clock that went on, or back.
    Away(i32),
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
        1 => (-3_000_i32..3_000).prop_map(Deed::Away),
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
                self.node.now = now.before(Duration::from_millis(millis * u64::from(*hundredths) / 100));
            }
            Deed::Answer => return self.node.answer(),
            Deed::Restart => return self.restart(),
            Deed::Away(hundredths) => {
                let time = Duration::from_millis(millis * u64::from(hundredths.unsigned_abs()) / 100);
                self.node.now = if *hundredths < 0 { now.before(time) } else { now.after(time) };
                self.restart();
            }
            Deed::Post(lines) => return self.post(lines),
        }
        self.ledger.pass(&shape, shape.width.slot(self.node.now));
        self.node.tick();
    }

    fn restart(&mut self) {
        let closed_to = self.node.series().closed_to();
        self.ledger.restart(self.shape().width.slot(self.node.now), closed_to);
        self.node.restart();
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
        for (slot, sum) in series.marks().filter(|(slot, _)| (*slot).max(self.ledger.closed) < head) {
            prop_assert_eq!(series.sum().minus(sum), self.ledger.worth(&shape, slot.plus(1), head), "since {:?}", slot);
        }
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

/// A bad event, now.
fn one() -> Deed {
    Deed::Post(vec![(0, 0, 1)])
}

/// Through a life of these deeds, and at its end.
fn hold(deeds: &[Deed], method: Method, (slot, period): (u64, u64)) -> Result<(), TestCaseError> {
    let mut trial = Trial::new(method, slot, period);
    for deed in deeds {
        trial.act(deed);
        trial.compare()?;
    }
    // Given its answers and the slot after the newest, which the clock may be behind, it knows all.
    trial.node.now = trial.node.now.max(trial.shape().width.start(trial.node.series().newest()));
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
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_window_holds_what_a_recount_holds(
        deeds in deeds(),
        method in prop::sample::select(methods()),
        size in prop::sample::select(SIZES.to_vec()),
    ) {
        hold(&deeds, method, size)?;
    }
}

#[test]
fn what_a_clock_moved_is_counted_also_where_a_restart_finds_it_a_little_further_back() {
    use Deed::{Away, Back, Pass, Restart};
    for method in methods() {
        for deeds in [
            vec![Pass(12_150), one(), Back(2_915), Back(83), Restart, Back(543)],
            vec![Pass(12_150), one(), Back(2_915), Away(-83), Back(543)],
            // To before it began.
            vec![one(), Back(2_915), Back(83), Restart, Back(543)],
            vec![one(), Away(-2_915), Back(83), Restart, Away(-543)],
        ] {
            hold(&deeds, method, (1, 3_600)).unwrap_or_else(|fault| panic!("{method:?} {deeds:?}: {fault}"));
        }
    }
}

#[test]
fn what_a_clock_was_set_back_into_the_middle_of_is_read_up_to_there() {
    use Deed::{Answer, Away, Back, Pass};
    // Closed with the block that begins with the series; the clock goes to before it, and its block is read when the
    // shorter windows have come there.
    for back in [Back(11_000), Away(-11_000)] {
        let mut deeds = vec![Pass(2_000), one(), Pass(10_000), back, Pass(5_000), one(), Pass(23_900)];
        (0..6).for_each(|_| deeds.extend([Answer, Pass(400)]));
        for method in methods() {
            hold(&deeds, method, (1, 3_600)).unwrap_or_else(|fault| panic!("{method:?} {deeds:?}: {fault}"));
        }
    }
}
