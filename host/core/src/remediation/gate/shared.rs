//! What others are doing: who holds the target, and how much else is going on. Knows nothing of this repair's own past.

use crate::playbook::GateLimits;
use crate::quantity::show_duration;
use crate::remediation::gate::{Facts, LOOK_AGAIN, Phase, Say};
use crate::remediation::moment::moment;
use crate::time::Timestamp;

/// One repair at a time for a target. A lease that is over holds nothing: neither others back, nor its own holder on.
pub(super) fn lease(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    let target = &facts.target;
    let is_about_to_act = matches!(facts.phase, Phase::First | Phase::Next);
    let Some(lease) = &facts.lease else {
        return if is_about_to_act {
            Say::refuse(format!("it does not hold `{target}`, and nothing is done to a target that is not held"))
        } else {
            Say::allow(format!("nobody holds `{target}`"))
        };
    };
    let until = moment(lease.until, now);
    let is_over = now >= lease.until;
    if lease.holder == facts.id {
        return if is_over && is_about_to_act {
            let longest = show_duration(limits.lease);
            Say::refuse(format!("it held `{target}` until {until}; {longest} is the longest a repair may take"))
        } else {
            Say::allow(format!("it holds `{target}` until {until}"))
        };
    }
    let other = format!("remediation `{}` of the playbook `{}`", lease.holder, lease.playbook);
    match (is_over, is_about_to_act) {
        (false, _) => Say::hold(lease.until, format!("{other} holds `{target}` until {until}")),
        (true, false) => Say::allow(format!("{other} held `{target}`, until {until}")),
        (true, true) => Say::refuse(format!("{other} held `{target}` until {until}, and nobody has taken it since")),
    }
}

pub(super) fn storm(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    let (firing, max) = (facts.alerts_firing, limits.storm_alerts);
    let alerts = if firing == 1 { "1 alert fires".to_owned() } else { format!("{firing} alerts fire") };
    if firing > max {
        let reason = format!("{alerts} on this node, more than {max}: the cause is elsewhere");
        return Say::hold(now.after(LOOK_AGAIN), reason);
    }
    Say::allow(format!("{alerts} on this node; from more than {max} on, nothing is repaired"))
}
