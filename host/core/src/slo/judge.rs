//! Whether an objective's alert rules hold, how long they have, and which alerts are posted of that. Costs what there are
//! windows; words are made only of what holds. Knows nothing of who is told.

use super::text::Subject;
use super::{LooksAt, Measure, RuleShape, RuleState, Series, breaches, burns};
use crate::alert::{Alert, Origin};
use crate::observation::Label;
use crate::rule::{Course, REFRESH};
use crate::time::Timestamp;

/// Whose node it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home<'c> {
    pub(crate) node: &'c str,
    pub(crate) labels: &'c [Label],
}

/// A rule that is different from now on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judged {
    pub(crate) rule: String,
    pub(crate) state: Option<RuleState>,
    /// One that fires or resolves, or both where its labels changed.
    pub(crate) alerts: Vec<Alert>,
}

/// What follows from what the windows say.
pub(crate) fn judge(series: &Series, home: Home<'_>, now: Timestamp) -> Vec<Judged> {
    let mut judged = Vec::new();
    for shape in &series.shape().rules {
        let before = series.rules().get(&shape.rule.name);
        let holds = holds(series, shape, now);
        if before.is_none() && holds != Some(true) {
            continue;
        }
        let timing = series.shape().timing(&shape.rule.name);
        let course = Course::next(before.map(|before| before.course), holds, timing, now);
        let subject = Subject { series, rule: shape, home, now };
        let after = course.map(|course| renew(before, course, &subject));
        if after.as_ref() != before {
            let alerts = posted(series, &shape.rule.name, before, after.as_ref(), now);
            judged.push(Judged { rule: shape.rule.name.clone(), state: after, alerts });
        }
    }
    let is_known = |name: &str| series.shape().rules.iter().any(|shape| shape.rule.name == name);
    let gone = series.rules().iter().filter(|(name, _)| !is_known(name));
    judged.extend(gone.map(|(name, before)| end(series, name, before, now)));
    judged
}

/// The objective is no more, or counts by another definition: whoever was told that it fires is told that it does not.
pub(crate) fn end_all(series: &Series, now: Timestamp) -> Vec<Judged> {
    series.rules().iter().map(|(name, before)| end(series, name, before, now)).collect()
}

fn end(series: &Series, name: &str, before: &RuleState, now: Timestamp) -> Judged {
    Judged { rule: name.to_owned(), state: None, alerts: posted(series, name, Some(before), None, now) }
}

/// `None` where too little is known.
fn holds(series: &Series, shape: &RuleShape, now: Timestamp) -> Option<bool> {
    let (target, method) = (series.shape().target, series.shape().method);
    match shape.looks_at {
        LooksAt::Burn { long, short, factor, guard } => {
            // The short window first: nearly always it says no.
            let short = series.reading(short).counts()?;
            let long = series.reading(long).counts()?;
            burns(long, short, target, method, factor, guard)
        }
        LooksAt::Breach { window, guard } => breaches(series.reading(window).counts()?, target, method, guard),
        LooksAt::Absent { after } => {
            let last = series.heard_in().max(series.watched_from().minus(1));
            Some(series.shape().width.slot(now).since(last) > after)
        }
    }
}

impl Series {
    /// Whether each alert rule holds at this moment, by its name; `None` where too little is known.
    pub fn holding(&self, now: Timestamp) -> impl Iterator<Item = (&str, Option<bool>)> {
        self.shape().rules.iter().map(move |shape| (shape.rule.name.as_str(), holds(self, shape, now)))
    }

    /// The last slot in which there was anything to count, or something was left out on purpose.
    pub(super) fn heard_in(&self) -> super::Slot {
        let width = self.shape().width;
        let counted = match self.shape().measure {
            // Their slots are counted by the clock.
            Measure::Age | Measure::Rate => self.meter().newest.map(|at| width.slot(at)),
            _ => self.counted_in(),
        };
        let heard = counted.max(self.tally().excluded_in);
        heard.unwrap_or_else(|| self.beginning().since.minus(1))
    }
}

/// Words are made when it fires, and now and then while it holds: not every slot is a write.
fn renew(before: Option<&RuleState>, course: Course, subject: &Subject<'_>) -> RuleState {
    let now = subject.now;
    let Some(before) = before else {
        let (labels, annotations) = (subject.labels(), subject.annotations());
        return RuleState { course, labels, annotations, updated_at: now };
    };
    let fires = course.fired_at().is_some() && before.course.fired_at().is_none();
    let is_time = fires || now < before.updated_at || now.since(before.updated_at) >= REFRESH;
    if is_time && course.holds() {
        RuleState { course, labels: subject.labels(), annotations: subject.annotations(), updated_at: now }
    } else {
        RuleState { course, ..before.clone() }
    }
}

/// Nothing that fired is left without an end.
fn posted(
    series: &Series,
    rule: &str,
    before: Option<&RuleState>,
    after: Option<&RuleState>,
    now: Timestamp,
) -> Vec<Alert> {
    let alert = |state: &RuleState, fired_at: Timestamp, ends_at: Option<Timestamp>| {
        let (slo, objective) = (series.shape().key.slo.clone(), series.shape().key.objective.clone());
        Alert {
            labels: state.labels.clone(),
            annotations: state.annotations.clone(),
            // A clock that was set back must not make it end before it began.
            starts_at: ends_at.map_or(fired_at, |end| fired_at.min(end)),
            ends_at,
            timeout: false,
            updated_at: now,
            generator_url: String::new(),
            origin: Origin::Slo { slo, objective, rule: rule.to_owned() },
        }
    };
    let fired = |state: Option<&'_ RuleState>| Some((state?.clone(), state?.course.fired_at()?));
    let (before, after) = (fired(before), fired(after));
    let mut alerts = Vec::new();
    if let Some((state, fired_at)) = &before
        && after.as_ref().is_none_or(|(after, _)| after.labels != state.labels)
    {
        alerts.push(alert(state, *fired_at, Some(now)));
    }
    if let Some((state, fired_at)) = &after
        && before
            .as_ref()
            .is_none_or(|(before, _)| before.labels != state.labels || before.annotations != state.annotations)
    {
        alerts.push(alert(state, *fired_at, None));
    }
    alerts
}
