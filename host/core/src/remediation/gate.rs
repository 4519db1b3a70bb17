//! The gates a repair passes, in their order: each allows, holds or refuses, and says why. Facts in, verdicts out; all
//! gates are always asked, so that a person sees everything that stands in the way. Knows nothing of the state the facts
//! were gathered from, and nothing of what is done with the verdicts.

use crate::playbook::{GateLimits, Mode};
use crate::remediation::{Gate, KillSwitch, Ruling, Scope, Verdict};
use crate::time::Timestamp;

mod facts;

pub use facts::{Facts, Lease, Peer, Phase, PlanFacts, Probe, Standing, Trigger};

/// Asks every gate, in order.
#[must_use]
pub fn judge(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Vec<Verdict> {
    let _ = limits;
    vec![mode(facts), kill_switch(facts, now)]
}

/// What the gates say together: the worst of them, and nothing is allowed that no gate was asked about.
#[must_use]
pub fn ruling(verdicts: &[Verdict]) -> Ruling {
    verdicts.iter().map(|verdict| verdict.ruling).max().unwrap_or(Ruling::Refuse)
}

/// When to ask again what is held: once the last of the gates that hold might not any more.
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

fn mode(facts: &Facts) -> Verdict {
    let (ruling, reason) = match (facts.mode, facts.phase) {
        (Mode::Observe, _) => (Ruling::Refuse, "mode observe says what it would have answered, and asks for no plan"),
        (Mode::DryRun, Phase::Proposed | Phase::Planned) => (Ruling::Allow, "mode dry-run looks at each step"),
        (Mode::DryRun, _) => (Ruling::Refuse, "mode dry-run looks at each step, and carries out none"),
        (Mode::Approve, _) => (Ruling::Allow, "mode approve carries out what a person approved"),
        (Mode::Auto, _) => (Ruling::Allow, "mode auto carries out what the gates allow"),
    };
    Verdict { gate: Gate::Mode, ruling, reason: reason.to_owned(), until: None }
}

fn kill_switch(facts: &Facts, now: Timestamp) -> Verdict {
    let reaches = |scope: &Scope| match scope {
        Scope::All => true,
        Scope::Playbook(playbook) => *playbook == facts.playbook,
        Scope::Target(target) => *target == facts.target,
    };
    let in_force = |switch: &KillSwitch| switch.until.is_none_or(|until| now < until);
    let thrown = facts.switches.iter().find(|(scope, switch)| reaches(scope) && in_force(switch));
    let (ruling, reason) = match thrown {
        None => (Ruling::Allow, "no kill switch is thrown".to_owned()),
        Some((_, switch)) => (Ruling::Refuse, format!("{} stopped it: {}", switch.by, switch.reason)),
    };
    Verdict { gate: Gate::KillSwitch, ruling, reason, until: None }
}
