//! A lane for each destination: what waits, and how many attempts are under way. Knows nothing of how anything is sent.

use std::collections::{HashMap, HashSet, VecDeque};

use tocsin_core::id::NoticeId;
use tocsin_core::notify::Destination;

use super::Order;

/// Attempts under way for one destination.
const CONCURRENCY: usize = 4;
/// Notices that wait for one destination; core hands out again what finds no room.
const WAITING_MAX: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Destination, Lane>,
    /// Of all that wait or are under way.
    known: HashSet<NoticeId>,
}

#[derive(Debug, Default)]
struct Lane {
    under_way: usize,
    waiting: VecDeque<Order>,
}

/// What becomes of an order.
#[derive(Debug)]
pub(super) enum Offer {
    Start(Order),
    Waits,
    /// It waits or is under way already.
    Known,
    Full(Order),
}

impl Lanes {
    pub(super) fn offer(&mut self, order: Order) -> Offer {
        if self.known.contains(&order.notice.id) {
            return Offer::Known;
        }
        let lane = self.lanes.entry(order.notice.to.clone()).or_default();
        if lane.waiting.len() >= WAITING_MAX {
            return Offer::Full(order);
        }
        self.known.insert(order.notice.id.clone());
        if lane.under_way < CONCURRENCY {
            lane.under_way += 1;
            return Offer::Start(order);
        }
        lane.waiting.push_back(order);
        Offer::Waits
    }

    /// An attempt ended: the next of its lane, if one waits.
    pub(super) fn ended(&mut self, destination: &Destination, id: &NoticeId) -> Option<Order> {
        self.known.remove(id);
        let lane = self.lanes.get_mut(destination)?;
        let next = lane.waiting.pop_front();
        if next.is_none() {
            lane.under_way = lane.under_way.saturating_sub(1);
            if lane.under_way == 0 {
                self.lanes.remove(destination);
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::notice;
    use super::*;

    fn order(receiver: &str, id: &str) -> Order {
        Order { notice: notice(receiver, id), report: true }
    }

    #[test]
    fn a_destination_that_hangs_fills_its_own_lane_only() {
        let mut lanes = Lanes::default();
        let mut counts = [0; 3];
        for id in 0..CONCURRENCY + WAITING_MAX + 2 {
            match lanes.offer(order("hangs", &id.to_string())) {
                Offer::Start(_) => counts[0] += 1,
                Offer::Waits => counts[1] += 1,
                Offer::Full(_) => counts[2] += 1,
                Offer::Known => panic!("all are new"),
            }
        }
        assert_eq!(counts, [CONCURRENCY, WAITING_MAX, 2]);
        assert!(matches!(lanes.offer(order("other", "x")), Offer::Start(_)));
    }

    #[test]
    fn a_notice_is_under_way_once_and_can_come_again_when_it_ended() {
        let mut lanes = Lanes::default();
        let one = order("ops", "one");
        assert!(matches!(lanes.offer(one.clone()), Offer::Start(_)));
        assert!(matches!(lanes.offer(one.clone()), Offer::Known));
        assert!(lanes.ended(&one.notice.to, &one.notice.id).is_none());
        assert!(lanes.lanes.is_empty() && lanes.known.is_empty());
        assert!(matches!(lanes.offer(one), Offer::Start(_)));
    }

    #[test]
    fn what_waits_is_next_in_order() {
        let mut lanes = Lanes::default();
        for id in 0..CONCURRENCY + 2 {
            lanes.offer(order("ops", &id.to_string()));
        }
        let first = order("ops", "0");
        let next =
            |lanes: &mut Lanes| lanes.ended(&first.notice.to, &first.notice.id).map(|it| it.notice.id.to_string());
        assert_eq!([next(&mut lanes), next(&mut lanes), next(&mut lanes)], [Some("4".into()), Some("5".into()), None]);
    }
}
