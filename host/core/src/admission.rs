//! Whether a run that is due may start: the overrun policy of its check, and what a node short of room sheds first.
//! Knows nothing of when runs are due.

use crate::config::{Overrun, Priority};

/// How the node is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Runs under way.
    pub in_flight: u32,
    /// Runs that may be under way at once.
    pub capacity: u32,
    /// Pressure-stall information: the share of the last 10 s in which some task waited for a processor, in percent.
    pub cpu_stall_percent: Option<f64>,
}

/// The verdict on a run that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Start,
    /// The last run has not ended: this one does not take place.
    Skip,
    /// The last run has not ended: this one starts when it has.
    Queue,
    /// The last run is cancelled; this one starts when it has ended.
    Replace,
    /// The node is short of room: this run does not take place.
    Shed,
}

/// Above this share of waiting tasks a node sheds low priority. No more than that: a machine that computes all day has
/// tasks waiting all day, and its checks must go on.
const STALL_SHEDS_LOW_PERCENT: f64 = 80.0;

/// Judges a run that is due.
#[must_use]
pub fn admit(overrun: Overrun, priority: Priority, still_running: bool, load: Load) -> Admission {
    match (still_running, overrun) {
        (true, Overrun::Skip) => Admission::Skip,
        (true, Overrun::Queue) => Admission::Queue,
        (true, Overrun::Kill) => Admission::Replace,
        (false, _) if is_shed(priority, load) => Admission::Shed,
        (false, _) => Admission::Start,
    }
}

fn is_shed(priority: Priority, load: Load) -> bool {
    let stall = load.cpu_stall_percent.unwrap_or(0.0);
    // The last tenth of the room is kept for high priority, the last quarter for normal.
    let free_percent = 100 * u64::from(load.capacity.saturating_sub(load.in_flight)) / u64::from(load.capacity.max(1));
    match priority {
        Priority::Low => stall > STALL_SHEDS_LOW_PERCENT || free_percent < 25,
        Priority::Normal => free_percent < 10,
        Priority::High => free_percent == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Load = Load { in_flight: 0, capacity: 100, cpu_stall_percent: Some(1.0) };

    #[test]
    fn a_run_that_is_still_under_way_is_met_by_the_checks_policy() {
        let table =
            [(Overrun::Skip, Admission::Skip), (Overrun::Queue, Admission::Queue), (Overrun::Kill, Admission::Replace)];
        for (overrun, expected) in table {
            assert_eq!(admit(overrun, Priority::Normal, true, CALM), expected);
            assert_eq!(admit(overrun, Priority::Normal, false, CALM), Admission::Start);
        }
    }

    #[test]
    fn the_least_important_is_shed_first() {
        let [calm, half, busy, full] =
            [CALM, Load { in_flight: 80, ..CALM }, Load { in_flight: 95, ..CALM }, Load { in_flight: 100, ..CALM }];
        let [waiting, sick] =
            [Load { cpu_stall_percent: Some(70.0), ..CALM }, Load { cpu_stall_percent: Some(99.0), ..CALM }];
        let table = [
            ("calm", calm, [true, true, true]),
            ("no pressure known", Load { cpu_stall_percent: None, ..CALM }, [true, true, true]),
            ("80 of 100 places taken", half, [false, true, true]),
            ("95 of 100 places taken", busy, [false, false, true]),
            ("full", full, [false, false, false]),
            ("stalled 70 %", waiting, [true, true, true]),
            ("stalled 99 %", sick, [false, true, true]),
        ];
        for (name, load, expected) in table {
            let started = [Priority::Low, Priority::Normal, Priority::High]
                .map(|priority| admit(Overrun::Skip, priority, false, load) == Admission::Start);
            assert_eq!(started, expected, "{name}");
        }
    }
}
