//! The gates a repair passes, in their order: each allows, holds or refuses, and says why. Facts in, verdicts out; all
//! gates are always asked, so that a person sees everything that stands in the way. Knows nothing of the state the facts
//! were gathered from, and nothing of what is done with the verdicts.

use std::time::Duration;

use crate::playbook::GateLimits;
use crate::quantity::show_duration;
use crate::remediation::{Gate, Ruling, Verdict};
use crate::time::Timestamp;

mod blast;
mod consent;
mod counted;
mod facts;
mod shared;
mod trigger;

pub use facts::{Facts, Lease, Peer, Phase, PlanFacts, Probe, Standing, Trigger};

/// Asks every gate, in order.
///
/// What a gate holds or refuses is not asked of a step that is taken back: only a kill switch stops that, and a mode in
/// which nothing was done that could be.
#[must_use]
pub fn judge(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Vec<Verdict> {
    type Judge = fn(&Facts, &GateLimits, Timestamp) -> Say;
    let gates: [(Gate, Judge); 13] = [
        (Gate::Mode, consent::mode),
        (Gate::KillSwitch, consent::kill_switch),
        (Gate::Trigger, trigger::trigger),
        (Gate::Fresh, trigger::fresh),
        (Gate::Cooldown, counted::cooldown),
        (Gate::Attempts, counted::attempts),
        (Gate::Rate, counted::rate),
        (Gate::BlastRadius, blast::blast_radius),
        (Gate::Lease, shared::lease),
        (Gate::Storm, shared::storm),
        (Gate::Breaker, counted::breaker),
        (Gate::Plan, consent::plan),
        (Gate::Approval, consent::approval),
    ];
    let ask = |(gate, judge): (Gate, Judge)| {
        let is_asked = facts.phase != Phase::Undo || matches!(gate, Gate::Mode | Gate::KillSwitch);
        let Say { ruling, reason, until } =
            if is_asked { judge(facts, limits, now) } else { Say::allow("not asked of a step that is taken back") };
        Verdict { gate, ruling, reason, until }
    };
    gates.map(ask).into()
}

/// What the gates say together: the worst of them, and nothing is allowed that no gate was asked about.
#[must_use]
pub fn ruling(verdicts: &[Verdict]) -> Ruling {
    verdicts.iter().map(|verdict| verdict.ruling).max().unwrap_or(Ruling::Refuse)
}

/// When to ask again what is held, if nothing is heard before: once none of the gates that hold has to any more.
#[must_use]
pub fn hold_until(verdicts: &[Verdict]) -> Option<Timestamp> {
    verdicts.iter().filter(|verdict| verdict.ruling == Ruling::Hold).filter_map(|verdict| verdict.until).max()
}

/// The verdict that decides: the first of the worst.
#[must_use]
pub fn decisive(verdicts: &[Verdict]) -> Option<&Verdict> {
    let worst = ruling(verdicts);
    verdicts.iter().find(|verdict| verdict.ruling == worst)
}

impl Gate {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::KillSwitch => "kill-switch",
            Self::Trigger => "trigger",
            Self::Fresh => "fresh",
            Self::Cooldown => "cooldown",
            Self::Attempts => "attempts",
            Self::Rate => "rate",
            Self::BlastRadius => "blast-radius",
            Self::Lease => "lease",
            Self::Storm => "storm",
            Self::Breaker => "breaker",
            Self::Plan => "plan",
            Self::Approval => "approval",
        }
    }
}

/// After so long a gate is asked again whose end nobody can foretell.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What one gate says.
#[derive(Debug)]
struct Say {
    ruling: Ruling,
    reason: String,
    until: Option<Timestamp>,
}

impl Say {
    fn allow(reason: impl Into<String>) -> Self {
        Self { ruling: Ruling::Allow, reason: reason.into(), until: None }
    }

    fn hold(until: Timestamp, reason: impl Into<String>) -> Self {
        Self { ruling: Ruling::Hold, reason: reason.into(), until: Some(until) }
    }

    fn refuse(reason: impl Into<String>) -> Self {
        Self { ruling: Ruling::Refuse, reason: reason.into(), until: None }
    }

    fn drop(reason: impl Into<String>) -> Self {
        Self { ruling: Ruling::Drop, reason: reason.into(), until: None }
    }
}

/// So long ago, in whole seconds from one second on.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let passed = now.since(at);
    show_duration(if passed.as_secs() > 0 { Duration::from_secs(passed.as_secs()) } else { passed })
}

/// Names as a sentence has them, the first few of many.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN_MAX: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    let shown = names.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
pub(super) mod tests;
