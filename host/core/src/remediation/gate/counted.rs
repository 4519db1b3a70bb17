//! What was repaired before: cooldown, attempts, rates and the breaker. A remediation that is counted already does not
//! stand in its own way. Knows nothing of the present.

use crate::playbook::GateLimits;
use crate::quantity::show_duration;
use crate::remediation::fleet::Word;
use crate::remediation::gate::{Facts, LOOK_AGAIN, Phase, Say, ago};
use crate::remediation::moment::moment;
use crate::time::Timestamp;

const COUNTED: &str = "counted when it began";

pub(super) fn cooldown(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    if facts.is_counted {
        return Say::allow(COUNTED);
    }
    let Some(ended_at) = facts.target_account.ended_at else {
        return Say::allow(format!("`{}` was not repaired before", facts.target));
    };
    // A clock that was set back unnoticed makes nothing wait for longer than the cooldown.
    let until = ended_at.min(now).after(limits.cooldown);
    let last = moment(ended_at, now);
    if now < until {
        let (cooldown, until_shown) = (show_duration(limits.cooldown), moment(until, now));
        let reason = format!(
            "the last repair of `{}` ended at {last}; the cooldown of {cooldown} is over at {until_shown}",
            facts.target
        );
        return Say::hold(until, reason);
    }
    Say::allow(format!("the last repair of `{}` ended {} ago, at {last}", facts.target, ago(ended_at, now)))
}

pub(super) fn attempts(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    if facts.is_counted {
        return Say::allow(COUNTED);
    }
    let (attempts, first_at) = facts.target_account.attempts(limits, now);
    let since = first_at.map_or_else(String::new, |at| format!(" since {}", moment(at, now)));
    let times = match attempts {
        0 => "not repaired yet".to_owned(),
        1 => format!("repaired once{since}"),
        n => format!("repaired {n} times{since}"),
    };
    let limit =
        format!("the limit is {} until it was healthy for {}", limits.attempts, show_duration(limits.healthy_for));
    if attempts >= limits.attempts {
        Say::refuse(format!("{times}; {limit}"))
    } else {
        Say::allow(format!("{times}; {limit}"))
    }
}

pub(super) fn rate(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    if facts.is_counted {
        return Say::allow(COUNTED);
    }
    let of_this_node = [
        ("the playbook", facts.playbook_account.bucket.room(limits.rate, now)),
        ("the node", facts.node_account.bucket.room(limits.node_rate, now)),
    ];
    let said = of_this_node.map(|(whose, room)| match room {
        Ok(left) => Say::allow(format!("{whose}: {left}")),
        Err(wait) => match wait.until {
            Some(until) => Say::hold(until, format!("{whose}: {}", wait.reason)),
            None => Say::refuse(format!("{whose}: {}", wait.reason)),
        },
    });
    let fleet = match &facts.fleet {
        Word::Allow(left) => Say::allow(left.clone()),
        Word::Hold { until, reason } => Say::hold(*until, format!("the fleet: {reason}")),
        Word::Refuse(reason) => Say::refuse(format!("the fleet: {reason}")),
        Word::Unreachable(reason) => Say::hold(
            now.after(LOOK_AGAIN),
            format!("the fleet could not be asked ({reason}), and what others have spent is not known"),
        ),
    };
    let said: Vec<Say> = said.into_iter().chain([fleet]).collect();
    let Some(ruling) = said.iter().map(|say| say.ruling).max() else { return Say::refuse("no rate is known") };
    let worst = said.iter().filter(|say| say.ruling == ruling);
    let reason = worst.clone().map(|say| say.reason.as_str()).collect::<Vec<_>>().join("; ");
    Say { ruling, reason, until: worst.filter_map(|say| say.until).max() }
}

pub(super) fn breaker(facts: &Facts, limits: &GateLimits, now: Timestamp) -> Say {
    let account = &facts.playbook_account;
    let failures = match account.failures {
        1 => "1 repair in a row".to_owned(),
        n => format!("{n} repairs in a row"),
    };
    if account.failures >= limits.breaker_failures {
        let last = account.ended_at.map_or_else(String::new, |at| format!(", the last at {}", moment(at, now)));
        let limit = limits.breaker_failures;
        let reason = format!(
            "{failures} of the playbook `{}` did not help{last}; the limit is {limit}, and it rests until a person resets it",
            facts.playbook
        );
        return Say::refuse(reason);
    }
    if let Some(reset) = &account.reset
        && !matches!(facts.phase, Phase::Next)
        && facts.proposed_at < reset.at
    {
        let (proposed, at) = (moment(facts.proposed_at, now), moment(reset.at, now));
        let reason = format!(
            "it was proposed at {proposed}, before {} reset the breaker at {at}: only what is broken now is repaired, anew",
            reset.by
        );
        return Say::drop(reason);
    }
    Say::allow(format!("{failures} did not help; the limit is {}", limits.breaker_failures))
}
