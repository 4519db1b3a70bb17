//! Downtime events: when an objective was missed, for how long, what it cost, and why. Knows nothing of what people are
//! told, and invents no reason: planned is what maintenance says, the rest is what an operator wrote down.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::history::History;
use super::{Counts, Factor, Ratio, budget_share_ppm, burn_exceeds};
use crate::id::{ObjectiveName, SloName};
use crate::maintenance::Span;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    PlannedMaintenance,
    /// Nobody said anything else.
    UnplannedOutage,
    Network,
    Hardware,
    Software,
    Capacity,
    Security,
    ThirdParty,
}

/// What an operator says of a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowntimeNote {
    pub slo: SloName,
    /// `None`: all of its objectives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<ObjectiveName>,
    pub start: Timestamp,
    pub end: Timestamp,
    pub reason: Reason,
    #[serde(default)]
    pub comment: String,
    pub author: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Downtime {
    pub start: Timestamp,
    pub end: Timestamp,
    pub counts: Counts,
    /// Millionths of the budget of the time that was looked at.
    pub spent_ppm: Option<i64>,
    pub reason: Reason,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
}

/// What is looked for, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Look<'l> {
    pub target: Ratio,
    /// A slot is down where its budget burns faster than this: at one, where the slot misses the objective; at zero, with
    /// any bad event.
    pub down_from: Factor,
    /// Slots that are not down are part of an event where they are shorter than this.
    pub tolerance: Duration,
    pub maintenance: &'l [Span],
    /// Of this objective.
    pub notes: &'l [&'l DowntimeNote],
}

impl Reason {
    pub const ALL: [Self; 8] = [
        Self::PlannedMaintenance,
        Self::UnplannedOutage,
        Self::Network,
        Self::Hardware,
        Self::Software,
        Self::Capacity,
        Self::Security,
        Self::ThirdParty,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlannedMaintenance => "planned-maintenance",
            Self::UnplannedOutage => "unplanned-outage",
            Self::Network => "network",
            Self::Hardware => "hardware",
            Self::Software => "software",
            Self::Capacity => "capacity",
            Self::Security => "security",
            Self::ThirdParty => "third-party",
        }
    }
}

/// The events of a stretch of time, in its order. One that reaches into maintenance is two: what was planned is not what
/// was not.
#[must_use]
pub fn downtimes(history: &History, span: Span, look: &Look<'_>) -> Vec<Downtime> {
    let (first, end) = (history.index(span.start), history.index(span.end));
    let total = history.sum(first, end).total;
    let mut runs: Vec<Run> = Vec::new();
    for slot in first..end {
        if !burn_exceeds(history.sum(slot, slot + 1), look.target, look.down_from) {
            continue;
        }
        let planned = look.is_planned(history.start(slot), history.start(slot + 1));
        match runs.last_mut() {
            Some(run) if run.planned == planned && run.reaches(slot, history, look.tolerance) => run.end = slot + 1,
            _ => runs.push(Run { start: slot, end: slot + 1, planned }),
        }
    }
    runs.into_iter().map(|run| run.event(history, total, look)).collect()
}

/// From a slot on, before another.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    end: usize,
    planned: bool,
}

impl Run {
    fn reaches(self, slot: usize, history: &History, tolerance: Duration) -> bool {
        slot == self.end || history.start(slot).since(history.start(self.end)) < tolerance
    }

    fn event(self, history: &History, total: u64, look: &Look<'_>) -> Downtime {
        let (start, end) = (history.start(self.start), history.start(self.end));
        let counts = history.sum(self.start, self.end);
        let note = if self.planned { None } else { look.note(start, end) };
        let reason = if self.planned { Reason::PlannedMaintenance } else { Reason::UnplannedOutage };
        Downtime {
            start,
            end,
            counts,
            spent_ppm: budget_share_ppm(counts.bad(), total, look.target),
            reason: note.map_or(reason, |note| note.reason),
            comment: note.map(|note| note.comment.clone()).unwrap_or_default(),
            author: note.map(|note| note.author.clone()).unwrap_or_default(),
        }
    }
}

impl<'l> Look<'l> {
    fn is_planned(&self, start: Timestamp, end: Timestamp) -> bool {
        self.maintenance.iter().any(|span| span.start < end && start < span.end)
    }

    /// The one about most of it; of two about as much, the later.
    fn note(&self, start: Timestamp, end: Timestamp) -> Option<&'l DowntimeNote> {
        let shared = |note: &DowntimeNote| note.end.min(end).since(note.start.max(start));
        self.notes.iter().copied().filter(|note| !shared(note).is_zero()).max_by_key(|note| shared(note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::Method;
    use crate::slo::history::Recorded;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn span(start: i64, end: i64) -> Span {
        Span { start: at(start), end: at(end) }
    }

    fn note(start: i64, end: i64, reason: Reason) -> DowntimeNote {
        let (slo, objective) = ("api".into(), None);
        DowntimeNote {
            slo,
            objective,
            start: at(start),
            end: at(end),
            reason,
            comment: "seen".into(),
            author: "anna".into(),
        }
    }

    /// An hour of minutes with ten events each, so many of each bad.
    fn events(bad: &[(i64, u64)], tolerance: u32, maintenance: &[Span], notes: &[DowntimeNote]) -> Vec<String> {
        let of = |minute: i64| {
            let bad = bad.iter().find(|(at, _)| *at == minute).map_or(0, |(_, bad)| *bad);
            Recorded { start: at(minute), counts: Counts { good: 10 - bad, total: 10 } }
        };
        let slots: Vec<Recorded> = (0..60).map(of).collect();
        let history = History::new(&slots, span(0, 60), MINUTE, Method::Occurrences).expect("short");
        let notes: Vec<&DowntimeNote> = notes.iter().collect();
        let (target, tolerance) = (Ratio::from_billionths(900_000_000), MINUTE * tolerance);
        let look = Look { target, down_from: Factor::ONE, tolerance, maintenance, notes: &notes };
        let shown = |it: &Downtime| {
            let minute = |at: Timestamp| at.as_millis() / 60_000;
            let spent = it.spent_ppm.unwrap_or_default();
            format!(
                "{}-{} {} {spent} {} {}",
                minute(it.start),
                minute(it.end),
                it.counts.bad(),
                it.reason.as_str(),
                it.author
            )
        };
        downtimes(&history, span(0, 60), &look).iter().map(shown).collect()
    }

    #[test]
    fn events_are_runs_of_slots_that_miss_the_objective() {
        // Of 600 events 60 may be bad; a minute with one of ten just keeps the objective.
        let bad = [(5, 10), (6, 5), (7, 1), (20, 2)];
        assert_eq!(events(&bad, 0, &[], &[]), ["5-7 15 250000 unplanned-outage ", "20-21 2 33334 unplanned-outage "]);
    }

    #[test]
    fn gaps_below_the_tolerance_are_part_of_one() {
        let bad = [(5, 10), (7, 10), (10, 10)];
        assert_eq!(events(&bad, 1, &[], &[]).len(), 3);
        assert_eq!(events(&bad, 2, &[], &[]).len(), 2);
        assert_eq!(events(&bad, 3, &[], &[]), ["5-11 30 500000 unplanned-outage "]);
    }

    #[test]
    fn maintenance_is_planned_before_anything_else_and_splits() {
        let bad: Vec<(i64, u64)> = (5..15).map(|minute| (minute, 10)).collect();
        let notes = [note(0, 60, Reason::Network)];
        assert_eq!(
            events(&bad, 5, &[span(0, 10)], &notes),
            ["5-10 50 833334 planned-maintenance ", "10-15 50 833334 network anna"]
        );
    }

    #[test]
    fn the_note_about_most_of_it_says_why() {
        let bad: Vec<(i64, u64)> = (10..20).map(|minute| (minute, 10)).collect();
        let notes = [note(0, 13, Reason::Hardware), note(12, 30, Reason::ThirdParty), note(20, 60, Reason::Security)];
        assert_eq!(events(&bad, 0, &[], &notes), ["10-20 100 1666667 third-party anna"]);
    }

    #[test]
    fn reasons_are_written_as_they_are_read() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_string(&reason).expect("json"), format!("\"{}\"", reason.as_str()));
        }
    }
}
