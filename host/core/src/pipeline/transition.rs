//! What a step asks for: changes, which become durable and then true, and effects, which follow from what is true.

use std::sync::Arc;

use crate::anomaly::Anomaly;
use crate::config::Config;
use crate::id::{CheckName, DetectorName, RemediationId};
use crate::notify::Notice;
use crate::pipeline::Event;
use crate::pipeline::book::BookChange;
use crate::pipeline::budgets::BudgetChange;
use crate::pipeline::incidents::IncidentChange;
use crate::pipeline::remediations::RemediationChange;
use crate::pipeline::slos::SloChange;
use crate::pipeline::state::{CheckState, DetectorState, Watch};
use crate::rule::{Instance, InstanceKey};
use crate::slo::{SeriesKey, Slot};
use crate::time::Timestamp;
use crate::verb::OrderKey;

/// Everything that follows from one event.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a transition does nothing until committed"]
pub struct Transition {
    pub changes: Vec<Change>,
    pub effects: Vec<Effect>,
    /// What earlier rooms of the hallway are to be told, once the changes are applied.
    pub follows: Vec<Event>,
}

impl Transition {
    pub(super) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(super) fn book(&mut self, change: BookChange) {
        self.changes.push(Change::Book(change));
    }

    pub(super) fn slo(&mut self, change: SloChange) {
        self.changes.push(Change::Slo(change));
    }

    pub(super) fn budget(&mut self, change: Option<BudgetChange>) {
        self.changes.extend(change.map(Change::Budget));
    }

    pub(super) fn incident(&mut self, change: IncidentChange) {
        self.changes.push(Change::Incident(change));
    }

    pub(super) fn remediation(&mut self, change: RemediationChange) {
        self.changes.push(Change::Remediation(change));
    }

    pub(super) fn follow(&mut self, event: Event) {
        self.follows.push(event);
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

/// One thing that is different from now on; `None` removes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Check(CheckName, Option<CheckState>),
    Detector(DetectorName, Option<DetectorState>),
    Anomaly(Anomaly),
    Rule(InstanceKey, Option<Instance>),
    Book(BookChange),
    Slo(SloChange),
    Budget(BudgetChange),
    Incident(IncidentChange),
    Remediation(RemediationChange),
    /// Kept in memory only: a restart starts to listen anew.
    Watch(CheckName, Option<Watch>),
    /// Kept in memory only: a restart reads the files again.
    Config(Arc<Config>),
}

impl Change {
    /// Whether it must be on disk before anything acts on it.
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        match self {
            Self::Check(..)
            | Self::Detector(..)
            | Self::Anomaly(_)
            | Self::Rule(..)
            | Self::Budget(_)
            | Self::Remediation(_) => true,
            Self::Book(change) => change.is_durable(),
            Self::Slo(change) => change.is_durable(),
            Self::Incident(change) => change.is_durable(),
            Self::Watch(..) | Self::Config(_) => false,
        }
    }
}

/// What the shell does next. Each can be lost and is given again: what leaves the node lies in the outbox until it was
/// taken, and whoever acts on a wake-up looks at the present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Samples came that this detector has not judged.
    Detect(DetectorName),
    /// The check's plugin is in quarantine: no scheduled runs before `until`.
    Pause { check: CheckName, until: Timestamp },
    /// What the check's last run found waits to be confirmed: run it again at `at`, where its schedule is no sooner.
    Retry { check: CheckName, at: Timestamp },
    /// This notice is to be carried out; it lies in the outbox until its delivery is reported.
    Deliver(Arc<Notice>),
    /// Blocks of a series are to be read and come back as [`Event::SlotsRead`], with the same era and bounds. Asked
    /// again where nothing comes.
    ReadSlots { series: SeriesKey, era: u64, first: Slot, last: Slot },
    /// The check is to be run now, whatever its schedule says. Asked again where nothing comes.
    Probe(CheckName),
    /// The action of a remediation is to be asked for a plan, which comes back as [`Event::Planned`]. Asked again where
    /// nothing comes: an action touches nothing.
    Plan(RemediationId),
    /// A step is to be looked at, which comes back as [`Event::Prepared`]. Asked again where nothing comes: nothing is
    /// changed.
    Prepare(OrderKey),
    /// A step is to be carried out, or taken back, once [`approve`](crate::pipeline::approve) has allowed it on the state
    /// that is committed; it comes back as [`Event::Carried`]. Given once: where nothing comes, nobody can tell what
    /// happened, and a person is asked.
    Carry(OrderKey),
}
