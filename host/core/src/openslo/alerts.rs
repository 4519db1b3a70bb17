//! What alerts about an SLO: the policies it names, or what is derived where it names none.

use std::time::Duration;

use super::indicator::Draft;
use super::objective::Aim;
use super::objects::{Kind, Objects};
use super::policy::{self, Policy, inline, only};
use super::read::{At, list, text};
use super::{DEFAULT_POLICY, Note, slo};
use crate::config::{ConfigErrors, Schedule};
use crate::label::Labels;
use crate::nearest::nearest;
use crate::quantity::show_duration;
use crate::schedule::Cron;
use crate::slo::derive::{self, Basis};
use crate::slo::{AlertRule, Guard, Method, Objective, Period, Source, When};
use crate::time::Timestamp;

/// So many gaps of a cron are looked at.
const GAPS: usize = 64;
/// More is more than people read.
const POLICIES_MAX: usize = 20;

/// An entry of `alertPolicies`.
#[derive(Clone, Debug)]
pub(super) enum Named {
    Default,
    Own(Box<Policy>),
}

impl Named {
    pub(super) fn short(&self) -> Option<Duration> {
        match self {
            Self::Own(policy) => policy.condition.short,
            Self::Default => None,
        }
    }

    pub(super) const fn is_default(&self) -> bool {
        matches!(self, Self::Default)
    }
}

/// What the rules of all objectives of an SLO have in common.
pub(super) struct Around<'a> {
    /// The objectives.
    pub(super) at: &'a At<'a>,
    pub(super) period: &'a Period,
    pub(super) slot: Duration,
    pub(super) guard: Guard,
    pub(super) policies: &'a [Named],
}

/// Reads `alertPolicies`: references and inline objects.
pub(super) fn policies(at: &At<'_>, objects: &mut Objects<'_>, errors: &mut ConfigErrors) -> Option<Vec<Named>> {
    let entries = list(at, errors)?;
    if entries.len() > POLICIES_MAX {
        errors.push(at.error("too-many", format!("{} policies; at most {POLICIES_MAX} are allowed", entries.len())));
        return None;
    }
    let mut named: Vec<Named> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for entry in &entries {
        let Some(one) = one(entry, objects, errors) else { continue };
        let name = match &one {
            Named::Default => DEFAULT_POLICY,
            Named::Own(policy) => policy.name.as_str(),
        };
        if names.iter().any(|known| known == name) {
            let error = entry.error("duplicate-name", format!("the policy `{name}` is already in this list"));
            errors.push(error.help("remove it here"));
            continue;
        }
        names.push(name.to_owned());
        named.push(one);
    }
    Some(named)
}

fn one(at: &At<'_>, objects: &mut Objects<'_>, errors: &mut ConfigErrors) -> Option<Named> {
    if let Some(at_reference) = at.child("alertPolicyRef") {
        only("alertPolicyRef", at, &at_reference, errors)?;
        let name = text(&at_reference, errors)?;
        if name == DEFAULT_POLICY {
            return Some(Named::Default);
        }
        if nearest(name, [DEFAULT_POLICY]).is_some() {
            let error = at_reference.error("unknown-reference", format!("there is no AlertPolicy `{name}`"));
            errors.push(error.help(format!("did you mean `{DEFAULT_POLICY}`?")));
            return None;
        }
        let policy = objects.policies.find(Kind::AlertPolicy.as_str(), name, &at_reference, errors).cloned();
        objects.used.insert(name.to_owned());
        return policy.map(Box::new).map(Named::Own);
    }
    let (metadata, spec) = inline(at, Kind::AlertPolicy, policy::PLAIN, errors)?;
    let Some(name) = metadata.as_ref().and_then(|it| it.name) else {
        let error =
            at.error("missing-key", "a policy that stands inline needs a name: its alerts are told apart by it");
        errors.push(error.help("add `metadata: {name: NAME}`"));
        return None;
    };
    policy::read(&spec, name, objects, errors).map(Box::new).map(Named::Own)
}

/// The objectives with their rules.
pub(super) fn of(
    aims: Vec<Aim>,
    method: &impl Fn(&Aim) -> Method,
    indicator: &Draft,
    around: &Around<'_>,
    objects: &mut Objects<'_>,
    errors: &mut ConfigErrors,
) -> Vec<Objective> {
    let period = derive::length(around.period);
    let absent_after = derive::absent_after(period, around.slot, gap(&indicator.source, objects));
    let mut objectives = Vec::new();
    for (index, aim) in aims.into_iter().enumerate() {
        let basis = Basis { period, slot: around.slot, target: aim.target, guard: around.guard, absent_after };
        let at = objective_at(around.at, index);
        let rules = match around.policies {
            [] => derived(&basis, &aim, &at, objects),
            policies => asked(policies, &basis, &aim, &at, objects, errors),
        };
        let method = method(&aim);
        objectives.push(slo::objective(aim, method, rules));
    }
    objectives
}

/// Where an objective stands.
pub(super) fn objective_at<'a>(at: &At<'a>, index: usize) -> At<'a> {
    match &at.node.value {
        crate::config::tree::Value::List(items) => items.get(index).map(|node| at.of_index(index, node)),
        _ => None,
    }
    .unwrap_or_else(|| at.clone())
}

fn derived(basis: &Basis, aim: &Aim, at: &At<'_>, objects: &mut Objects<'_>) -> Vec<AlertRule> {
    let derived = derive::rules(basis);
    let note = |said: String| Note::from(at.error("window-pairs", format!("objective `{}`: {said}", aim.name)));
    objects.notes.extend(derived.notes.into_iter().map(note));
    derived.rules
}

fn asked(
    policies: &[Named],
    basis: &Basis,
    aim: &Aim,
    at: &At<'_>,
    objects: &mut Objects<'_>,
    errors: &mut ConfigErrors,
) -> Vec<AlertRule> {
    let mut rules: Vec<AlertRule> = Vec::new();
    for named in policies {
        match named {
            Named::Default => rules.extend(derived(basis, aim, at, objects)),
            Named::Own(policy) => rules.extend(own(policy, basis, aim, at, objects, errors)),
        }
    }
    if !rules.iter().any(|rule| matches!(rule.when, When::Absent { .. })) {
        rules.push(derive::absent(basis, "absent", "ticket"));
    }
    for (index, rule) in rules.iter().enumerate() {
        if rules.iter().take(index).any(|earlier| earlier.name == rule.name) {
            let error = at.error("duplicate-name", format!("two of its alerts are named `{}`", rule.name));
            errors.push(error.help("give the AlertPolicy another name"));
        }
    }
    rules
}

/// The rules that a policy asks for.
fn own(
    policy: &Policy,
    basis: &Basis,
    aim: &Aim,
    at: &At<'_>,
    objects: &mut Objects<'_>,
    errors: &mut ConfigErrors,
) -> Vec<AlertRule> {
    let condition = &policy.condition;
    let long = derive::whole(condition.long, basis.slot);
    let short = derive::whole(condition.short.unwrap_or(condition.long), basis.slot);
    if long > basis.period {
        let (long, period) = (show_duration(long), show_duration(basis.period));
        let message = format!("the policy `{}` looks back {long}, longer than the period of {period}", policy.name);
        errors.push(at.error("too-long", message).help("shorten `lookbackWindow`"));
        return Vec::new();
    }
    if policy.when_breaching && !derive::can_fire(condition.factor, aim.target) {
        let (name, factor, target) = (&policy.name, condition.factor, aim.target);
        let message = format!(
            "the policy `{name}` can never fire for the objective `{}`: with a target of {target} nothing burns {factor} \
             times too fast",
            aim.name
        );
        objects.notes.push(Note::from(at.error("never-fires", message).help("lower its `threshold`")));
    }
    if policy.when_breaching && derive::slots(short, basis.slot) < derive::WINDOW_SLOTS_MIN {
        let (name, short, slot) = (&policy.name, show_duration(short), show_duration(basis.slot));
        let message = format!(
            "the policy `{name}` looks at only {} slots of {slot} in its short window of {short}, for the objective `{}`",
            derive::slots(condition.short.unwrap_or(condition.long), basis.slot),
            aim.name
        );
        let help = "annotate the condition with a longer `tocsin.dev/short-window`, or choose a shorter slot";
        objects.notes.push(Note::from(at.error("few-slots", message).help(help)));
    }
    let summary = if condition.description.is_empty() {
        let (long, short) = (show_duration(long), show_duration(short));
        format!("The error budget burns more than {} times too fast over {long} and {short}.", condition.factor)
    } else {
        condition.description.clone()
    };
    let burn = AlertRule {
        name: policy.name.clone(),
        when: When::Burn { long, short, factor: condition.factor, guard: basis.guard },
        hold: condition.hold,
        labels: Labels::overlay([("severity", condition.severity.as_str())]),
        annotations: Labels::overlay([("summary", summary.as_str())]),
        notify: policy.notify.clone(),
    };
    let absent = derive::absent(basis, &format!("{}-absent", policy.name), &condition.severity);
    let absent = AlertRule { notify: policy.notify.clone(), ..absent };
    policy.when_breaching.then_some(burn).into_iter().chain(policy.when_no_data.then_some(absent)).collect()
}

/// The longest that a source is silent while all is well.
fn gap(source: &Source, objects: &mut Objects<'_>) -> Option<Duration> {
    let Source::Check(check) = source else { return None };
    if let Some(gap) = objects.gaps.get(check) {
        return *gap;
    }
    let gap = objects.around.checks.get(check.as_str()).map(|schedule| match schedule {
        Schedule::Every(interval) => *interval,
        Schedule::Cron(cron) => longest_gap(cron),
    });
    objects.gaps.insert(check.clone(), gap);
    gap
}

/// From any moment on, and the same one each time: a cron's gaps repeat within the week or the month.
fn longest_gap(cron: &Cron) -> Duration {
    let mut last = None;
    let mut longest = Duration::ZERO;
    for _ in 0..GAPS {
        let Some(next) = cron.next_after(last.unwrap_or(Timestamp::from_millis(0))) else { break };
        let gap = last.map(|last: Timestamp| next.as_millis().saturating_sub(last.as_millis()));
        longest = longest.max(Duration::from_millis(gap.and_then(|gap| u64::try_from(gap).ok()).unwrap_or_default()));
        last = Some(next);
    }
    longest
}
