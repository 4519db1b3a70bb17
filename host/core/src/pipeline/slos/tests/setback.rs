//! Clocks that are set back, more than once and while the node is down: what was counted stays counted.

use std::time::Duration;

use super::node::{MINUTE, Node, slo};
use crate::slo::{Counts, Method, Reading};

const SECOND: Duration = Duration::from_secs(1);

fn node() -> Node {
    Node::new([slo("shop", Method::Occurrences, SECOND, 60 * MINUTE, Vec::new())])
}

fn back(node: &mut Node, by: Duration) {
    node.now = node.now.before(by);
    node.tick();
}

/// What each window holds; nothing where that is not known.
fn known(node: &Node) -> Vec<Counts> {
    node.series().readings().map(|reading| reading.counts().unwrap_or_default()).collect()
}

#[test]
fn what_was_counted_is_where_the_clock_is_however_often_it_is_set_back() {
    // How long it was counted before; the clock goes to before it began, or not.
    for before in [Duration::ZERO, 2 * MINUTE] {
        let mut node = node();
        node.pass(before);
        let width = node.series().shape().width;
        node.count(0, 1);
        let one = vec![Counts { good: 0, total: 1 }; node.series().readings().count()];
        for by in [30 * SECOND, SECOND, 2 * SECOND, 10 * SECOND] {
            back(&mut node, by);
            node.answer();
            let slot = width.slot(node.now);
            assert_eq!((node.series().newest(), known(&node)), (slot, one.clone()), "{before:?} {by:?}");
            node.restart();
            node.answer();
            assert_eq!((node.series().newest(), known(&node)), (slot, one.clone()), "{before:?} {by:?}, restarted");
        }
        node.count(1, 1);
        let two = vec![Counts { good: 1, total: 2 }; one.len()];
        assert_eq!(known(&node), two, "{before:?}: and it counts on there");
    }
}

#[test]
fn a_clock_that_was_set_back_while_the_node_was_down_is_noticed_at_once() {
    let mut node = node();
    node.pass(2 * MINUTE);
    node.count(0, 1);
    let width = node.series().shape().width;
    node.now = node.now.before(MINUTE);
    node.restart();
    assert!(node.state.next_wake().is_some_and(|wake| wake <= node.now), "not only a minute later");
    node.pass(Duration::ZERO);
    assert_eq!(node.series().newest(), width.slot(node.now));
    node.pass(2 * SECOND);
    assert_eq!(node.series().newest(), width.slot(node.now), "and it counts on by that clock");
    let counts = Counts { good: 0, total: 1 };
    assert!(
        node.series()
            .readings()
            .all(|reading| matches!(reading, Reading::Known { counts: held, .. } if held == counts))
    );
}
