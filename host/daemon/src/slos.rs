//! SLOs in wire types: where each objective stands, and what its policies ask for. Decides nothing itself.

use tocsin_api::slo as api;
use tocsin_core::config::Config;
use tocsin_core::pipeline::State;
use tocsin_core::quantity::show_duration;
use tocsin_core::rule::Course;
use tocsin_core::slo::policy::ActiveResponse;
use tocsin_core::slo::{
    AlertRule, Limit, Measure, Method, Objective, Op, Period, Reading, Refusal, Series, SeriesKey, Slo, Source,
    Standing, StandingState, When,
};
use tocsin_core::time::Timestamp;

use crate::http::wire::time;

/// Parts of the period that the sparkline has.
const HISTORY_PARTS: usize = 60;

#[must_use]
pub fn slo(state: &State, config: &Config, slo: &Slo, now: Timestamp) -> api::Slo {
    let objectives = slo.objectives.iter().map(|objective| self::objective(state, slo, objective, now)).collect();
    api::Slo {
        name: slo.name.to_string(),
        title: slo.title.clone(),
        service: slo.service.to_string(),
        description: slo.description.clone(),
        kind: slo.indicator.kind.as_str().to_owned(),
        source: source(slo),
        period: period(&slo.period),
        period_seconds: match &slo.period {
            Period::Rolling(length) => length.as_secs(),
            Period::Calendar { unit, zone } => {
                let span = unit.around(now, zone);
                span.end.since(span.start).as_secs()
            }
        },
        slot_seconds: slo.slot.as_secs_f64(),
        late_seconds: slo.late.as_secs_f64(),
        objectives,
        responses: responses(state, config, slo),
    }
}

/// What an SLO's policies ask for now.
#[must_use]
pub fn responses(state: &State, config: &Config, slo: &Slo) -> Vec<api::BudgetResponse> {
    let look = |objective: &Objective, over| state.budget_counts(slo, objective, over);
    let active = config.budget_policies.active(slo, state.budgets().policies(), look);
    active.into_iter().map(response).collect()
}

/// Whether deploys may go on.
#[must_use]
pub fn policy(state: &State, config: &Config, slo: &Slo) -> api::SloPolicy {
    let look = |objective: &Objective, over| state.budget_counts(slo, objective, over);
    let gate = config.budget_policies.gate(slo, state.budgets().policies(), look);
    api::SloPolicy {
        slo: slo.name.to_string(),
        frozen: !gate.open,
        because: gate.reason,
        responses: responses(state, config, slo),
    }
}

fn response(active: ActiveResponse) -> api::BudgetResponse {
    api::BudgetResponse {
        response: active.response.to_string(),
        policy: active.policy.to_string(),
        objective: active.objective.to_string(),
        since: time(active.since),
        because: format!("{}; it ends when {}", active.reason, active.until),
    }
}

fn source(slo: &Slo) -> String {
    let of = match &slo.indicator.source {
        Source::Check(check) => format!("the check {check}"),
        Source::Events(sli) => format!("events of {sli}"),
    };
    match &slo.indicator.measure {
        Measure::Value { metric: Some(metric) } => format!("{metric} of {of}"),
        Measure::Age => format!("the age of {of}"),
        Measure::Rate => format!("the rate of {of}"),
        Measure::Counters { total, .. } => format!("the counter {total} of {of}"),
        Measure::Value { metric: None } | Measure::Status { .. } | Measure::Counted => of,
    }
}

fn period(period: &Period) -> String {
    match period {
        Period::Rolling(length) => format!("rolling {}", show_duration(*length)),
        Period::Calendar { unit, zone } => format!("calendar {} in {}", unit.as_str(), zone.name()),
    }
}

fn limit(limit: Limit) -> String {
    let op = match limit.op {
        Op::Lt => "<",
        Op::Lte => "<=",
        Op::Gt => ">",
        Op::Gte => ">=",
    };
    format!("{op} {}", limit.value)
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Occurrences => "occurrences",
        Method::Timeslices { .. } => "timeslices",
        Method::RatioTimeslices { .. } => "ratio-timeslices",
    }
}

fn objective(state: &State, slo: &Slo, objective: &Objective, now: Timestamp) -> api::Objective {
    let key = SeriesKey { slo: slo.name.clone(), objective: objective.name.clone() };
    let series = state.slos().get(&key);
    let standing = series.map(|series| series.standing(now));
    let period = standing.as_ref().and_then(|standing| standing.windows.last()).map(|window| window.reading);
    let counts = period.and_then(|reading| reading.counts()).unwrap_or_default();
    let (shown, because) = self::state(standing.as_ref(), period);
    api::Objective {
        name: objective.name.to_string(),
        target: objective.target.to_string(),
        target_ratio: objective.target.as_f64(),
        method: method(objective.method).to_owned(),
        limit: objective.limit.map(limit),
        state: shown,
        because,
        good: counts.good,
        total: counts.total,
        compliance: standing.as_ref().and_then(|standing| standing.budget).map(|budget| budget.achieved),
        budget: standing.as_ref().map(|standing| budget(standing, now)).unwrap_or_default(),
        burn: standing.iter().flat_map(|standing| burns(standing, slo, now)).collect(),
        alerts: objective.alerts.iter().map(|rule| alert(rule, standing.as_ref())).collect(),
        history: series.map(history).unwrap_or_default(),
        since: time(standing.as_ref().map_or(now, |standing| standing.beginning.at)),
        renewed: standing.as_ref().is_some_and(|standing| standing.beginning.renewed),
        counters: standing.as_ref().map(counters).unwrap_or_default(),
    }
}

fn state(standing: Option<&Standing>, period: Option<Reading>) -> (api::SloState, String) {
    let Some(standing) = standing else {
        return (api::SloState::InsufficientData, "nothing was counted yet".to_owned());
    };
    let firing = |of: &str| {
        let fires = standing.rules.iter().filter(|(_, state)| state.course.fired_at().is_some());
        let names: Vec<&str> = fires.map(|(name, _)| name.as_str()).collect();
        if names.is_empty() { of.to_owned() } else { format!("firing: {}", names.join(", ")) }
    };
    match (standing.state, period) {
        (StandingState::Ok, _) => (api::SloState::Met, "the objective is met".to_owned()),
        (StandingState::Provisional, _) => {
            (api::SloState::Met, "the objective is met so far; less than its period was counted".to_owned())
        }
        (StandingState::Burning, _) => (api::SloState::Burning, firing("the budget burns too fast")),
        (StandingState::Exhausted, _) => {
            (api::SloState::Exhausted, format!("no budget is left; {}", firing("no alert fires")))
        }
        (StandingState::Insufficient, Some(Reading::CatchingUp)) => {
            (api::SloState::CatchingUp, "what was counted long ago is being read".to_owned())
        }
        (StandingState::Insufficient, _) => (api::SloState::InsufficientData, firing("too little was counted to say")),
    }
}

fn budget(standing: &Standing, now: Timestamp) -> api::Budget {
    let Some(budget) = standing.budget else { return api::Budget::default() };
    let exhausted = standing.exhaustion.map(|exhaustion| api::Exhausted {
        earliest_seconds: exhaustion.soonest.since(now).as_secs_f64(),
        latest_seconds: exhaustion.latest.map(|latest| latest.since(now).as_secs_f64()),
    });
    api::Budget {
        allowed: budget.allowed,
        consumed: budget.consumed,
        remaining_ratio: Some(budget.remaining_share),
        remaining_seconds: Some((budget.remaining_minutes * 60.0).max(0.0)),
        provisional: budget.provisional,
        exhausted,
    }
}

fn burns(standing: &Standing, slo: &Slo, now: Timestamp) -> Vec<api::Burn> {
    let burn = |window: &tocsin_core::slo::WindowStanding| {
        let counts = window.reading.counts().unwrap_or_default();
        let length = window.length.unwrap_or_else(|| match &slo.period {
            Period::Rolling(length) => *length,
            Period::Calendar { unit, zone } => now.since(unit.around(now, zone).start),
        });
        api::Burn {
            window: window.length.map_or_else(|| period(&slo.period), show_duration),
            window_seconds: length.as_secs_f64(),
            good: counts.good,
            total: counts.total,
            rate: window.burn,
        }
    };
    standing.windows.iter().map(burn).collect()
}

fn alert(rule: &AlertRule, standing: Option<&Standing>) -> api::SloAlert {
    let known = standing.and_then(|standing| standing.rules.iter().find(|(name, _)| *name == rule.name));
    let (state, since) = match known.map(|(_, state)| state.course) {
        None => ("inactive", None),
        Some(Course::Pending { active_at }) => ("pending", Some(active_at)),
        Some(Course::Firing { fired_at, .. }) => ("firing", Some(fired_at)),
    };
    let when = match rule.when {
        When::Burn { long, short, factor, .. } => {
            format!("burn above {factor} over {} and {}", show_duration(long), show_duration(short))
        }
        When::Breach { window, .. } => format!("missed over {}", show_duration(window)),
        When::Absent { after } => format!("nothing counted for {}", show_duration(after)),
    };
    let severity = rule.labels.get("severity").to_owned();
    api::SloAlert { name: rule.name.clone(), when, severity, state: state.to_owned(), since: since.map(time) }
}

/// Compliance between neighbouring marks: nothing where nothing was counted.
fn history(series: &Series) -> Vec<Option<f64>> {
    let sums: Vec<_> = series.marks().collect();
    let parts = sums.windows(2).map(|pair| {
        let [(_, before), (_, after)] = pair else { return None };
        let total = after.total.wrapping_sub(before.total);
        #[expect(clippy::cast_precision_loss, reason = "only shown")]
        let share = after.good.wrapping_sub(before.good) as f64 / total as f64;
        (total > 0).then_some(share)
    });
    let parts: Vec<_> = parts.collect();
    parts.get(parts.len().saturating_sub(HISTORY_PARTS)..).unwrap_or_default().to_vec()
}

fn counters(standing: &Standing) -> api::SloCounters {
    let refused = |reason: Refusal| standing.tally.refused.get(&reason).copied().unwrap_or_default();
    let excluded = standing.tally.excluded;
    api::SloCounters { late: refused(Refusal::Late), future: refused(Refusal::Future), excluded }
}
