//! The key `error_budget_policies`: what one entry says, and the SLOs it is about. A policy that can never ask for
//! anything is an error: whoever wrote it believes to be held to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::error::{ConfigError, ConfigErrors};
use super::names::Named;
use super::read::{self, At, Fields, some};
use crate::id::{BudgetPolicyName, ResponseName, SloName};
use crate::label::Labels;
use crate::slo::policy::{
    BudgetPolicies, BudgetPolicy, GIVEN_LABELS, OnNoData, PolicyRule, RAISE_CHECK_FREQUENCY, is_pattern,
};
use crate::slo::{CalendarUnit, Period, Slo, Source};

mod threshold;

const POLICIES_MAX: usize = 1_000;
const RULES_MAX: usize = 100;
const NAMES_MAX: usize = 1_000;
const RESPONSES_MAX: usize = 20;
const DAY: Duration = Duration::from_secs(86_400);
/// Of `for`, and of windows.
const DURATION_MAX: Duration = Duration::from_secs(366 * 86_400);
/// The shortest that a check can have.
const INTERVAL_MIN: Duration = Duration::from_millis(100);
const ON_NO_DATA: [(&str, OnNoData); 2] = [("open", OnNoData::Open), ("closed", OnNoData::Closed)];

/// The entries of all files.
#[derive(Debug, Default)]
pub(super) struct Entries {
    named: Named<Entry>,
}

#[derive(Debug)]
struct Entry {
    policy: BudgetPolicy,
    /// For each of `slos`, what it is if it names nothing.
    otherwise: Vec<ConfigError>,
    /// For each rule, what it is if it can never hold.
    never: Vec<ConfigError>,
}

impl Entries {
    /// Reads an entry and defines it under its name.
    pub(super) fn read(&mut self, at: &At<'_>, errors: &mut ConfigErrors) {
        if self.named.count() >= POLICIES_MAX {
            if self.named.count() == POLICIES_MAX {
                let message = format!("this is one error budget policy more than the {POLICIES_MAX} a node has");
                errors.push(at.error("too-many", message));
            }
            return;
        }
        let Some(mut fields) = Fields::of(at, errors) else { return };
        let name = fields.required("name", errors, |at, errors| {
            let name = read::name(at, errors)?;
            self.named.claim("budget policy", name, at, errors);
            Some(name)
        });
        let slos = fields.required("slos", errors, |at, errors| some(at, NAMES_MAX, errors, slo));
        let rules = fields.required("rules", errors, |at, errors| some(at, RULES_MAX, errors, rule));
        let on_no_data = fields.optional("on_no_data", errors, |at, errors| read::word(at, &ON_NO_DATA, errors));
        fields.finish(errors);
        let (Some(name), Some(slos), Some(rules)) = (name, slos, rules) else { return };
        twice(&rules, errors);
        let (slos, otherwise) = slos.into_iter().unzip();
        let (rules, never) = rules.into_iter().unzip();
        let policy = BudgetPolicy {
            name: BudgetPolicyName::new(name),
            slos,
            rules,
            on_no_data: on_no_data.unwrap_or_default(),
            place: at.place(),
        };
        self.named.define(name, Entry { policy, otherwise, never });
    }

    /// Binds every policy to its SLOs. Where not all SLOs could be read, nothing is said of those that are not there.
    pub(super) fn bind(
        self,
        slos: &BTreeMap<SloName, Slo>,
        is_whole: bool,
        errors: &mut ConfigErrors,
    ) -> BudgetPolicies {
        let entries: Vec<Entry> = self.named.into_things().map(|(_, entry)| entry).collect();
        if is_whole {
            for entry in &entries {
                entry.hold_against(slos, errors);
            }
        }
        BudgetPolicies::new(entries.into_iter().map(|entry| entry.policy).collect(), slos.keys())
    }
}

impl Entry {
    fn hold_against(&self, slos: &BTreeMap<SloName, Slo>, errors: &mut ConfigErrors) {
        for (name, otherwise) in self.policy.slos.iter().zip(&self.otherwise) {
            let only = BudgetPolicy { slos: vec![name.clone()], ..self.policy.clone() };
            if !slos.keys().any(|slo| only.is_about(slo)) {
                let known = slos.keys().map(SloName::as_str);
                errors.push(otherwise.clone().did_you_mean(name, known));
            }
        }
        let about: Vec<&Slo> = slos.values().filter(|slo| self.policy.is_about(&slo.name)).collect();
        if about.is_empty() {
            return;
        }
        for (rule, never) in self.policy.rules.iter().zip(&self.never) {
            if let Some(window) = [Some(rule.when), rule.until].into_iter().flatten().find_map(|it| it.window())
                && let Some(why) = about.iter().find_map(|slo| bad_window(window, slo))
            {
                errors.push(ConfigError { code: "window", message: why, ..never.clone() });
            }
            if about.iter().all(|slo| slo.objectives.iter().all(|it| threshold::is_never(rule.when, it.target))) {
                let message = format!("`{}` can never hold: it is more than if all were bad", rule.when);
                errors.push(ConfigError { message, ..never.clone() }.help("lower `burn_above`"));
            }
            let is_of_check = |slo: &&Slo| matches!(slo.indicator.source, Source::Check(_));
            if rule.every.is_some() && !about.iter().any(is_of_check) {
                let message = format!("`{RAISE_CHECK_FREQUENCY}` raises nothing: no check feeds these SLOs");
                errors.push(ConfigError { code: "no-check", message, ..never.clone() });
            }
        }
    }
}

/// Why a window cannot be one of an SLO's.
fn bad_window(window: Duration, slo: &Slo) -> Option<String> {
    let shown = crate::quantity::show_duration;
    let (name, slot) = (&slo.name, slo.slot);
    let period = match &slo.period {
        Period::Rolling(period) => *period,
        // The shortest there is.
        Period::Calendar { unit, .. } => match unit {
            CalendarUnit::Day => DAY,
            CalendarUnit::Week => DAY * 7,
            CalendarUnit::Month => DAY * 28,
            CalendarUnit::Quarter => DAY * 90,
            CalendarUnit::Year => DAY * 365,
        },
    };
    if window > period {
        return Some(format!("a window of {} is longer than the period of the SLO `{name}`", shown(window)));
    }
    let is_whole = !slot.is_zero() && window.as_millis().is_multiple_of(slot.as_millis());
    (!is_whole).then(|| {
        let (window, slot) = (shown(window), shown(slot));
        format!("a window of {window} is not a multiple of {slot}, the least that the SLO `{name}` tells apart")
    })
}

fn slo(at: &At<'_>, errors: &mut ConfigErrors) -> Option<(String, ConfigError)> {
    let name = read::text(at, errors)?;
    let unknown = if is_pattern(name) {
        at.error("unknown-slo", format!("no SLO is called `{name}`"))
    } else {
        at.error("unknown-slo", format!("there is no SLO `{name}`"))
    };
    Some((name.to_owned(), unknown))
}

fn rule(at: &At<'_>, errors: &mut ConfigErrors) -> Option<(PolicyRule, ConfigError)> {
    let mut fields = Fields::of(at, errors)?;
    let when = fields.required("when", errors, threshold::when);
    let until = fields.optional("until", errors, threshold::until);
    if let (Some(when), Some((until, at))) = (&when, &until) {
        threshold::agree(*when, *until, at, errors);
    }
    let hold = fields.optional("for", errors, |at, errors| read::duration(at, Duration::ZERO, DURATION_MAX, errors));
    let every = fields.get("every");
    let respond = fields.required("respond", errors, responses);
    let labels = fields.optional("labels", errors, labels).unwrap_or_default();
    fields.finish(errors);
    let respond = respond?;
    let every = match (respond.contains(RAISE_CHECK_FREQUENCY), every) {
        (true, Some(at)) => Some(read::duration(&at, INTERVAL_MIN, DAY, errors)?),
        (true, None) => {
            let message = format!("`{RAISE_CHECK_FREQUENCY}` needs `every`: how often the check is to run");
            errors.push(at.error("missing-key", message).help("add `every: 5s`, for example"));
            return None;
        }
        (false, Some(at)) => {
            let error = at.error("every", format!("`every` belongs to `{RAISE_CHECK_FREQUENCY}`"));
            errors.push(error.help(format!("add `{RAISE_CHECK_FREQUENCY}` to `respond`, or leave `every` out")));
            return None;
        }
        (false, None) => None,
    };
    let until = until.map(|(until, _)| until);
    let rule = PolicyRule { when: when?, until, hold: hold.unwrap_or_default(), respond, every, labels };
    Some((rule, at.error("never-fires", "")))
}

fn responses(at: &At<'_>, errors: &mut ConfigErrors) -> Option<BTreeSet<ResponseName>> {
    let mut responses = BTreeSet::new();
    for (name, error) in some(at, RESPONSES_MAX, errors, |at, errors| {
        let name = read::name(at, errors)?;
        Some((name.to_owned(), at.error("duplicate-name", format!("`{name}` is there already"))))
    })? {
        if !responses.insert(ResponseName::new(name)) {
            errors.push(error);
        }
    }
    Some(responses)
}

fn labels(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Labels> {
    for name in GIVEN_LABELS {
        if let Some(at) = at.child(name) {
            let error = at.error("label", format!("the label `{name}` is given by the node"));
            errors.push(error.help("give the label another name"));
        }
    }
    let pairs = read::labels(at, errors)?;
    Some(Labels::overlay(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

/// States are kept by what rules ask, so no two of a policy ask the same.
fn twice(rules: &[(PolicyRule, ConfigError)], errors: &mut ConfigErrors) {
    let mut seen = BTreeSet::new();
    for (rule, error) in rules {
        if !seen.insert(rule.when.to_string()) {
            let message = format!("another rule of this policy has `{}` as well", rule.when);
            let error = ConfigError { code: "duplicate-rule", message, ..error.clone() };
            errors.push(error.help("let one rule respond with both"));
        }
    }
}

#[cfg(test)]
mod tests;
