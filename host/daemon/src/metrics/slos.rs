//! What a scrape shows of SLOs: where each objective stands, and the two counters that rules of Prometheus can be made
//! from.

use prometheus::{GaugeVec, IntCounterVec, Opts, Registry};
use tocsin_core::quantity::show_duration;
use tocsin_core::slo::export::{GOOD_TOTAL, TOTAL};
use tocsin_core::slo::{Counts, Standing};

use super::kept;
use crate::alerts::Alerts;

const LABELS: [&str; 3] = ["service", "slo", "objective"];

/// One objective, taken out of the state so that nobody waits while it is written down.
struct Seen {
    labels: [String; 3],
    target: f64,
    sum: Counts,
    standing: Standing,
}

pub(super) fn scrape(now: &Registry, alerts: &Alerts) -> prometheus::Result<()> {
    let seen = alerts.look(|state, at| {
        let Some(config) = state.config() else { return Vec::new() };
        state
            .slos()
            .iter()
            .filter_map(|(key, series)| {
                let standing = series.standing(at);
                let target = series.shape().target.as_f64();
                let sum = series.sum();
                let labels =
                    [config.slos.get(&key.slo)?.service.to_string(), key.slo.to_string(), key.objective.to_string()];
                Some(Seen { labels, target, sum, standing })
            })
            .collect()
    });
    let objective = gauges(now, "slo_objective_ratio", "The share that is to be good.", &LABELS)?;
    let compliance = gauges(now, "slo_compliance_ratio", "The share that was good over the period.", &LABELS)?;
    let consumed = gauges(now, "error_budget_consumed_percent", "Of the period's error budget, spent.", &LABELS)?;
    let remaining = gauges(
        now,
        "error_budget_remaining_ratio",
        "Of the period's error budget, left; below zero where more was spent than there was.",
        &LABELS,
    )?;
    let burn = gauges(
        now,
        "error_budget_burn_rate",
        "How many times faster than evenly over the period the budget burns; the window `period` is the period itself.",
        &["service", "slo", "objective", "window"],
    )?;
    let good = counters(now, GOOD_TOTAL, "Good events, or slices by their method, that were counted.")?;
    let total = counters(now, TOTAL, "Events, or slices by their method, that were counted.")?;
    for Seen { labels, target, sum, standing } in &seen {
        let labels: [&str; 3] = [&labels[0], &labels[1], &labels[2]];
        objective.with_label_values(&labels).set(*target);
        good.with_label_values(&labels).inc_by(sum.good);
        total.with_label_values(&labels).inc_by(sum.total);
        if let Some(budget) = &standing.budget {
            compliance.with_label_values(&labels).set(budget.achieved);
            consumed.with_label_values(&labels).set((1.0 - budget.remaining_share) * 100.0);
            remaining.with_label_values(&labels).set(budget.remaining_share);
        }
        for window in &standing.windows {
            let name = window.length.map_or_else(|| "period".to_owned(), show_duration);
            if let Some(rate) = window.burn {
                let [service, slo, objective] = labels;
                burn.with_label_values(&[service, slo, objective, &name]).set(rate);
            }
        }
    }
    Ok(())
}

fn gauges(now: &Registry, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<GaugeVec> {
    kept(now, GaugeVec::new(Opts::new(name, help), labels)?)
}

fn counters(now: &Registry, name: &str, help: &str) -> prometheus::Result<IntCounterVec> {
    kept(now, IntCounterVec::new(Opts::new(name, help), &LABELS)?)
}
