//! What people say: how far the playbook may go, whether it is stopped, what is asked of its plan, and who approved it.
//! Knows nothing of who may say so.

use crate::playbook::{GateLimits, Mode};
use crate::quantity::show_duration;
use crate::remediation::gate::{Facts, Phase, Say};
use crate::remediation::moment::moment;
use crate::time::Timestamp;

pub(super) fn mode(facts: &Facts, _: &GateLimits, _: Timestamp) -> Say {
    match (facts.mode, facts.phase) {
        (Mode::Observe, _) => Say::refuse("mode observe says what it would have answered, and asks for no plan"),
        (Mode::DryRun, Phase::Proposed | Phase::Planned) => Say::allow("mode dry-run looks at each step"),
        (Mode::DryRun, _) => Say::refuse("mode dry-run looks at each step, and carries out none"),
        (Mode::Approve, _) => Say::allow("mode approve carries out what a person approved"),
        (Mode::Auto, _) => Say::allow("mode auto carries out what the gates allow"),
    }
}

pub(super) fn kill_switch(facts: &Facts, _: &GateLimits, now: Timestamp) -> Say {
    let mut thrown = facts.switches.iter().filter(|(_, switch)| switch.is_in_force(now));
    let Some((scope, switch)) = thrown.find(|(scope, _)| scope.reaches(&facts.playbook, &facts.target)) else {
        return Say::allow("no kill switch is thrown");
    };
    let end = match switch.until {
        Some(until) => format!("until {}", moment(until, now)),
        None => "until it is taken back".to_owned(),
    };
    let thrown_at = moment(switch.at, now);
    Say::refuse(format!("{} stopped repairs for {scope} at {thrown_at}, {end}: {}", switch.by, switch.reason))
}

pub(super) fn plan(facts: &Facts, _: &GateLimits, _: Timestamp) -> Say {
    if facts.phase == Phase::Proposed {
        return Say::allow("asked once there is a plan");
    }
    let Some(plan) = &facts.plan else { return Say::refuse("there is no plan") };
    if let Some(fault) = plan.faults.first() {
        let more = match plan.faults.len() {
            1 => String::new(),
            n => format!(" ({n} faults in all)"),
        };
        return Say::refuse(format!("the plan is not carried out: {fault}{more}"));
    }
    match plan.unmet.first() {
        Some(unmet) if facts.phase == Phase::First => Say::refuse(format!("a precondition does not hold: {unmet}")),
        _ => Say::allow("the plan is valid and within the grant"),
    }
}

pub(super) fn approval(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    if facts.mode != Mode::Approve {
        return Say::allow("its mode asks nobody");
    }
    if facts.phase == Phase::Proposed {
        return Say::allow("asked once there is a plan");
    }
    let within = show_duration(limits.approval_within);
    let Some(approval) = &facts.approval else {
        let until = facts.approval_asked_at.unwrap_or(now).after(limits.approval_within);
        let shown = moment(until, now);
        return match facts.phase {
            _ if now >= until => Say::refuse(format!("nobody approved it within {within}, until {shown}")),
            Phase::Planned => Say::hold(until, format!("it waits for a person's approval until {shown}")),
            _ => Say::refuse("nobody has approved it"),
        };
    };
    match &facts.plan {
        Some(plan) if plan.hash == approval.hash => {}
        _ => return Say::refuse(format!("{} approved another plan than this one", approval.by)),
    }
    // Once the first verb is carried out, the rest of what was approved belongs to it.
    if facts.phase != Phase::Next && now >= approval.until {
        let (given, over) = (moment(approval.at, now), moment(approval.until, now));
        return Say::refuse(format!("{} approved it at {given}, which held for {within}, until {over}", approval.by));
    }
    Say::allow(format!("{} approved it at {}", approval.by, moment(approval.at, now)))
}
