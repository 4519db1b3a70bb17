//! Simulations for a terminal. Decides nothing.

use std::fmt::Write as _;

use super::{Answer, Simulated};
use crate::playbook::Mode;
use crate::remediation::{Gate, Ruling};
use crate::zone::Zone;

/// What each incident would have been answered, and why.
#[must_use]
pub fn text(simulated: &Simulated, zone: &Zone) -> String {
    let mut out = String::new();
    let Simulated { playbook, incidents, proposed, allowed, refused, dropped, held, .. } = simulated;
    line(
        &mut out,
        format_args!(
            "{playbook}: {} incidents on record; repairs it would have proposed: {proposed} ({allowed} allowed, {refused} \
             refused, {held} held, {dropped} dropped)",
            incidents.len()
        ),
    );
    for replayed in incidents {
        let end =
            replayed.resolved_at.map_or_else(|| "not resolved".to_owned(), |at| format!("resolved {}", zone.show(at)));
        let opened = zone.show(replayed.opened_at);
        line(&mut out, format_args!("\n{} {}: opened {opened}, {end}", replayed.incident, replayed.title));
        if replayed.answers.is_empty() {
            line(&mut out, "  not answered: nothing of it matches the playbook's trigger");
        }
        for answer in &replayed.answers {
            line(&mut out, said(answer, simulated.mode, zone));
        }
    }
    if !simulated.presumed.is_empty() {
        line(&mut out, "\nNot on record:");
        simulated.presumed.iter().for_each(|presumed| line(&mut out, format_args!("  {presumed}")));
    }
    out
}

fn said(answer: &Answer, mode: Mode, zone: &Zone) -> String {
    let gate = answer.verdicts.iter().find(|verdict| verdict.ruling == answer.ruling && verdict.gate != Gate::Mode);
    let gate = gate.map_or("", |verdict| verdict.gate.as_str());
    let what = match (answer.ruling, mode) {
        (Ruling::Allow, Mode::Observe) => "every gate but the mode (observe) allows it".to_owned(),
        (Ruling::Allow, _) => "allowed: the action is asked for a plan".to_owned(),
        (Ruling::Hold, _) => format!("held to the end by {gate}: {}", answer.reason),
        (Ruling::Refuse, _) => format!("refused by {gate}: {}", answer.reason),
        (Ruling::Drop, _) => format!("dropped: {}", answer.reason),
    };
    let waited = if answer.judged_at > answer.proposed_at {
        format!(", judged last {} after being held", zone.show(answer.judged_at))
    } else {
        String::new()
    };
    let checks: Vec<&str> = answer.checks.iter().map(crate::id::CheckName::as_str).collect();
    format!("  {} `{}` ({}){waited}: {what}", zone.show(answer.proposed_at), answer.target, checks.join(", "))
}

#[expect(clippy::let_underscore_must_use, reason = "writing into a text does not fail")]
fn line(out: &mut String, text: impl std::fmt::Display) {
    let _ = writeln!(out, "{text}");
}
