//! From signals to alerts: which instances change, and what is posted of them. Pure, and costs what the event touches:
//! the rules about one check, and of those the instances there are. Knows nothing of how either is kept.

use std::collections::BTreeMap;

use super::builtin::OVERFLOW;
use super::text::Subject;
use super::{
    Condition, Course, Instance, InstanceKey, Instances, REFRESH, Reading, Rule, SERIES_MAX, Signal, signals_of,
};
use crate::alert::{Alert, Origin};
use crate::config::{Check, Config};
use crate::health::HealthStatus;
use crate::id::{CheckName, RuleName};
use crate::label::Labels;
use crate::matcher::all_match;
use crate::pipeline::CheckState;
use crate::time::Timestamp;

/// An instance that is different from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    pub key: InstanceKey,
    /// `None`: inactive, and forgotten.
    pub instance: Option<Instance>,
    /// To be posted in the same transaction: one that fires or resolves, or both where its labels changed.
    pub alerts: Vec<Alert>,
}

/// What follows from what was heard of a check.
#[must_use]
pub fn heard(
    config: &Config,
    check: &CheckName,
    signals: &[Signal<'_>],
    instances: &Instances,
    now: Timestamp,
) -> Vec<Evaluated> {
    let Some(check) = config.checks.get(check) else { return Vec::new() };
    let mut desk = Desk { config, check, instances, now, evaluated: Vec::new() };
    for rule in config.rules.of(&check.name) {
        for signal in signals {
            desk.hear(rule, signal);
        }
    }
    desk.evaluated
}

/// What follows from the passing of time for an instance whose time to look has come: its last state is taken to have
/// lasted, unless nothing is known.
#[must_use]
pub fn due(config: &Config, key: &InstanceKey, instances: &Instances, now: Timestamp) -> Option<Evaluated> {
    let before = instances.get(key)?;
    let known = config.checks.get(&key.check).zip(config.rules.about(&key.check, &key.rule));
    let Some((check, rule)) = known else { return Some(gone(key, before, now)) };
    let mut desk = Desk { config, check, instances, now, evaluated: Vec::new() };
    let reading = if before.unknown { Reading::Missing } else { last(before) };
    desk.judge(rule, key.series.as_ref(), reading, None, Texts::Kept);
    desk.evaluated.pop()
}

/// What follows from a new configuration: instances whose check or rule is gone resolve, others are held against what
/// the rule says now, and rules that are new see the state that stands.
#[must_use]
pub fn configured<'s>(
    config: &Config,
    state_of: impl Fn(&CheckName) -> Option<&'s CheckState>,
    instances: &Instances,
    now: Timestamp,
) -> Vec<Evaluated> {
    let mut evaluated = Vec::new();
    for (key, before) in instances.iter() {
        let known = config.checks.get(&key.check).zip(config.rules.about(&key.check, &key.rule));
        let Some((check, rule)) = known.filter(|(_, rule)| is_still_about(config, rule, key)) else {
            evaluated.push(gone(key, before, now));
            continue;
        };
        let mut desk = Desk { config, check, instances, now, evaluated: Vec::new() };
        let reading = again(rule, before, state_of(&key.check).map(|state| state.health.status));
        desk.judge(rule, key.series.as_ref(), reading, None, Texts::Renewed);
        evaluated.append(&mut desk.evaluated);
    }
    for check in config.checks.values() {
        let Some(state) = state_of(&check.name) else { continue };
        let mut signals = signals_of(state, None);
        // Unknown is what every check is before its first run, which will tell.
        signals.retain(|signal| !matches!(signal, Signal::Status { status: HealthStatus::Unknown, .. }));
        let mut desk = Desk { config, check, instances, now, evaluated: Vec::new() };
        for rule in config.rules.of(&check.name).filter(|rule| !rule.condition.has_series()) {
            let key = InstanceKey { check: check.name.clone(), rule: rule.name.clone(), series: None };
            if instances.get(&key).is_none() {
                signals.iter().for_each(|signal| desk.hear(rule, signal));
            }
        }
        evaluated.append(&mut desk.evaluated);
    }
    // What ends comes first: its labels may be those that another instance has from now on.
    evaluated.sort_by_key(|evaluated| evaluated.instance.is_some());
    evaluated
}

/// Whether an instance can still be one of its rule, which may ask something else by now.
fn is_still_about(config: &Config, rule: &Rule, key: &InstanceKey) -> bool {
    match (&rule.condition, &key.series) {
        (Condition::Status(_) | Condition::PluginFailing | Condition::Flapping, series) => series.is_none(),
        (Condition::Metric { labels, .. }, Some(series)) => all_match(labels, series),
        (Condition::Anomaly { .. }, Some(_)) => true,
        (Condition::Overflow, Some(series)) => config
            .rules
            .about(&key.check, &RuleName::new(series.get("rule")))
            .is_some_and(|rule| rule.condition.has_series()),
        (Condition::Metric { .. } | Condition::Anomaly { .. } | Condition::Overflow, None) => false,
    }
}

/// What was last known, read as the rule now asks.
fn again(rule: &Rule, before: &Instance, status: Option<HealthStatus>) -> Reading {
    match (&rule.condition, status, before.value) {
        _ if before.unknown => Reading::Missing,
        (Condition::Status(wanted), Some(status), _) => Reading::of_status(*wanted, status),
        (Condition::Metric { threshold, .. } | Condition::Anomaly { threshold, .. }, _, Some(value)) => {
            let holds = before.course.holds() && threshold.holds(value, before.course.is_latched());
            Reading::Known { holds, value: Some(value) }
        }
        _ => last(before),
    }
}

/// What was last known, once more.
fn last(instance: &Instance) -> Reading {
    Reading::Known { holds: instance.course.holds(), value: instance.value }
}

/// Its check or its rule is no more: whoever was told that it fires is told that it does not.
fn gone(key: &InstanceKey, before: &Instance, now: Timestamp) -> Evaluated {
    let alerts = before.course.fired_at().map(|fired_at| alert(key, before, fired_at, Some(now), now));
    Evaluated { key: key.clone(), instance: None, alerts: alerts.into_iter().collect() }
}

fn alert(
    key: &InstanceKey,
    instance: &Instance,
    fired_at: Timestamp,
    ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Alert {
    Alert {
        labels: instance.labels.clone(),
        annotations: instance.annotations.clone(),
        // A clock that was set back must not make it end before it began.
        starts_at: ends_at.map_or(fired_at, |end| fired_at.min(end)),
        ends_at,
        timeout: false,
        updated_at: now,
        generator_url: String::new(),
        origin: Origin::Check { rule: key.rule.to_string(), check: key.check.clone() },
    }
}

/// How far labels and annotations are to be made anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Texts {
    /// Nothing new is at hand to say.
    Kept,
    /// Annotations, if it is time.
    Refreshed,
    /// The labels too: the configuration is another.
    Renewed,
}

/// One check's rules at work.
struct Desk<'c> {
    config: &'c Config,
    check: &'c Check,
    instances: &'c Instances,
    now: Timestamp,
    evaluated: Vec<Evaluated>,
}

impl Desk<'_> {
    fn hear(&mut self, rule: &Rule, signal: &Signal<'_>) {
        match (&rule.condition, signal) {
            (Condition::Status(wanted), Signal::Status { status, summary }) => {
                let texts = if summary.is_some() { Texts::Refreshed } else { Texts::Kept };
                self.judge(rule, None, Reading::of_status(*wanted, *status), *summary, texts);
            }
            (Condition::PluginFailing, Signal::Plugin { failure }) => {
                self.judge(rule, None, Reading::truth(failure.is_some()), *failure, Texts::Refreshed);
            }
            (Condition::Flapping, Signal::Flapping(is_flapping)) => {
                self.judge(rule, None, Reading::truth(*is_flapping), None, Texts::Refreshed);
            }
            (Condition::Metric { name, labels, threshold }, Signal::Measured(metrics)) => {
                let mut of_name = metrics.iter().filter(|metric| metric.name == name.as_str()).peekable();
                if of_name.peek().is_none() {
                    // Not measured this time, as when the target is down: not the same as good.
                    return self.miss(rule);
                }
                let is_idle = self.is_idle(rule);
                let mut found = BTreeMap::new();
                for metric in of_name.filter(|metric| !is_idle || threshold.holds(metric.value, false)) {
                    let series = series(&metric.labels);
                    if all_match(labels, &series) {
                        let worst = found.entry(series).or_insert(metric.value);
                        *worst = threshold.worse(*worst, metric.value);
                    }
                }
                self.judge_series(rule, found, |value, is_latched| threshold.holds(value, is_latched));
            }
            (Condition::Anomaly { detector, threshold }, Signal::Judged { detector: judge, anomalies })
                if detector == *judge =>
            {
                let Some(anomalies) = anomalies else { return self.miss(rule) };
                let mut found = BTreeMap::new();
                for anomaly in *anomalies {
                    let worst = found.entry(series(&anomaly.series.labels)).or_insert(anomaly.score);
                    *worst = threshold.worse(*worst, anomaly.score);
                }
                self.judge_series(rule, found, |value, is_latched| threshold.holds(value, is_latched));
            }
            (Condition::Metric { .. } | Condition::Anomaly { .. }, Signal::NothingMeasured) => self.miss(rule),
            _ => {}
        }
    }

    fn is_idle(&self, rule: &Rule) -> bool {
        self.instances.of_rule(&self.check.name, &rule.name).next().is_none()
    }

    /// All instances of a rule with series: nothing is known of any.
    fn miss(&mut self, rule: &Rule) {
        for (key, _) in self.instances.of_rule(&self.check.name, &rule.name) {
            self.judge(rule, key.series.as_ref(), Reading::Missing, None, Texts::Kept);
        }
    }

    /// The series that were found, and those that were there before: a series that is gone while others of its metric
    /// are there is no longer bad.
    fn judge_series(&mut self, rule: &Rule, found: BTreeMap<Labels, f64>, holds: impl Fn(f64, bool) -> bool) {
        let mut followed = 0_usize;
        for (key, before) in self.instances.of_rule(&self.check.name, &rule.name) {
            followed += 1;
            let value = key.series.as_ref().and_then(|series| found.get(series)).copied();
            let is_bad = value.is_some_and(|value| holds(value, before.course.is_latched()));
            let reading = Reading::Known { holds: is_bad, value };
            self.judge(rule, key.series.as_ref(), reading, None, Texts::Refreshed);
        }
        let mut overflow = 0_u32;
        for (series, value) in found {
            let key = InstanceKey { check: self.check.name.clone(), rule: rule.name.clone(), series: Some(series) };
            if self.instances.get(&key).is_some() || !holds(value, false) {
                continue;
            }
            if followed >= SERIES_MAX {
                overflow += 1;
                continue;
            }
            followed += 1;
            let reading = Reading::Known { holds: true, value: Some(value) };
            self.judge(rule, key.series.as_ref(), reading, None, Texts::Refreshed);
        }
        self.judge_overflow(rule, overflow);
    }

    fn judge_overflow(&mut self, rule: &Rule, overflow: u32) {
        let Some(about) = self.config.rules.about(&self.check.name, &RuleName::new(OVERFLOW)) else { return };
        let series = Labels::overlay([("rule", rule.name.as_str())]);
        let reading = Reading::Known { holds: overflow > 0, value: Some(f64::from(overflow)) };
        self.judge(about, Some(&series), reading, None, Texts::Refreshed);
    }

    /// One instance, held against what is known of its condition.
    fn judge(&mut self, rule: &Rule, series: Option<&Labels>, reading: Reading, detail: Option<&str>, texts: Texts) {
        // The usual case, and the cheap one: nothing is wrong, and nothing was.
        let is_quiet = reading.holds() != Some(true);
        if is_quiet && self.instances.is_empty() {
            return;
        }
        let key = InstanceKey { check: self.check.name.clone(), rule: rule.name.clone(), series: series.cloned() };
        let before = self.instances.get(&key);
        if is_quiet && before.is_none() {
            return;
        }
        let course = Course::next(before.map(|before| before.course), reading.holds(), rule.timing, self.now);
        let value = match reading {
            Reading::Known { value, .. } => value.or_else(|| before.and_then(|before| before.value)),
            Reading::Missing => before.and_then(|before| before.value),
        };
        let subject = Subject { config: self.config, check: self.check, rule, series, value, detail, now: self.now };
        let unknown = reading == Reading::Missing;
        let after = course.map(|course| renew(before, course, unknown, &subject, texts));
        if after.as_ref() != before {
            let alerts = posted(&key, before, after.as_ref(), self.now);
            self.evaluated.push(Evaluated { key, instance: after, alerts });
        }
    }
}

/// The instance as it is now: what only varies (a value, a text) is brought up to date now and then, so that an alert
/// that fires does not cost a write a run.
fn renew(before: Option<&Instance>, course: Course, unknown: bool, subject: &Subject<'_>, texts: Texts) -> Instance {
    let now = subject.now;
    let look_at = if unknown { None } else { course.look_at(subject.rule.timing) };
    let Some(before) = before else {
        return Instance {
            course,
            unknown,
            value: subject.value,
            labels: subject.labels(),
            annotations: subject.annotations(),
            updated_at: now,
            look_at,
        };
    };
    let fires = course.fired_at().is_some() && before.course.fired_at().is_none();
    // Also where the clock was set back to before the last time.
    let is_time = fires || now < before.updated_at || now.since(before.updated_at) >= REFRESH;
    let mut after = Instance { course, unknown, look_at, ..before.clone() };
    if texts == Texts::Renewed {
        after.labels = subject.labels();
    }
    if is_time && texts == Texts::Refreshed && course.holds() {
        (after.value, after.annotations, after.updated_at) = (subject.value, subject.annotations(), now);
    }
    after
}

/// What to say of the change: nothing that fired is left without an end.
fn posted(key: &InstanceKey, before: Option<&Instance>, after: Option<&Instance>, now: Timestamp) -> Vec<Alert> {
    let firing = |instance: Option<&Instance>| Some((instance?.clone(), instance?.course.fired_at()?));
    let (before, after) = (firing(before), firing(after));
    let mut alerts = Vec::new();
    if let Some((instance, fired_at)) = &before
        && after.as_ref().is_none_or(|(after, _)| after.labels != instance.labels)
    {
        alerts.push(alert(key, instance, *fired_at, Some(now), now));
    }
    if let Some((instance, fired_at)) = &after
        && before
            .as_ref()
            .is_none_or(|(before, _)| before.labels != instance.labels || before.annotations != instance.annotations)
    {
        alerts.push(alert(key, instance, *fired_at, None, now));
    }
    alerts
}

fn series(labels: &[crate::observation::Label]) -> Labels {
    Labels::overlay(labels.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
