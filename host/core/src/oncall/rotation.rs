//! Turns: how often the next one takes over. Turns of whole days change at a time on the wall clock, whatever the clocks
//! do in between; others after so much time that has passed.

use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::DateTime;

use crate::time::Timestamp;
use crate::zone::Zone;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Never anyone's turn but the first one's.
    Never,
    /// Every so many days (at least one) at the time of day of the first hand-off.
    Days { first: DateTime, every: u32 },
    /// Every so much time from the first hand-off on; at least an hour.
    Elapsed { first: Timestamp, every: Duration },
}

impl Rotation {
    /// The number of the turn at an instant; 0 starts at the first hand-off, those before it are negative.
    pub(super) fn turn(&self, zone: &Zone, at: Timestamp) -> i64 {
        match self {
            Self::Never => 0,
            Self::Elapsed { first, every } => {
                at.as_millis().saturating_sub(first.as_millis()).div_euclid(millis(*every))
            }
            Self::Days { first, every } => {
                let days = zone.civil(at).date().since(first.date()).map_or(0, |span| i64::from(span.get_days()));
                let mut turn = days.div_euclid(i64::from(*every).max(1));
                // The day's hand-off may still be to come; or the day was one that never was.
                while self.start(zone, turn) > at {
                    turn -= 1;
                }
                while self.start(zone, turn + 1) <= at {
                    turn += 1;
                }
                turn
            }
        }
    }

    /// When a turn starts: the end of time if that is beyond the calendar.
    fn start(&self, zone: &Zone, turn: i64) -> Timestamp {
        let end = Timestamp::from_millis(if turn < 0 { i64::MIN } else { i64::MAX });
        match self {
            Self::Never => end,
            Self::Elapsed { first, every } => {
                Timestamp::from_millis(first.as_millis().saturating_add(millis(*every).saturating_mul(turn)))
            }
            Self::Days { first, every } => {
                let days = turn.saturating_mul(i64::from(*every).max(1));
                let days = i32::try_from(days).ok().and_then(|days| 0.days().try_days(days).ok());
                days.and_then(|days| first.checked_add(days).ok()).map_or(end, |civil| zone.instant(civil))
            }
        }
    }

    /// Every hand-off later than `from` and before `until`.
    pub(super) fn handoffs(&self, zone: &Zone, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        let next = self.turn(zone, from).saturating_add(1);
        let has_turns = *self != Self::Never;
        let starts = (next..).take_while(move |_| has_turns).map(|turn| self.start(zone, turn));
        starts.take_while(move |start| *start < until)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).max(1)
}
