//! What a scrape shows of incidents and repairs: those that are kept, by severity and by how they ended.

use prometheus::{GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry};
use tocsin_core::incident::figures::{Spread, by_severity};
use tocsin_core::incident::{IncidentState, Severity};
use tocsin_core::remediation::Stage;

use super::kept;
use crate::alerts::Alerts;

pub(super) fn scrape(now: &Registry, alerts: &Alerts) -> prometheus::Result<()> {
    let created = counters(now, "incidents_created_total", "Incidents that were opened, by severity.", "severity")?;
    let by_state = gauges(now, "incidents", "Incidents that are not resolved, by state.", "state")?;
    let repairs =
        counters(now, "tocsin_remediations_total", "Remediations that are remembered, by how they ended.", "end")?;
    let under_way = gauges(now, "remediations_under_way", "Remediations that have not ended, by stage.", "stage")?;
    let switches = kept(now, prometheus::IntGauge::new("tocsin_kill_switches", "Kill switches that are in force.")?)?;
    let took = minutes(now)?;
    for severity in Severity::ALL {
        created.with_label_values(&[severity.as_str()]).inc_by(0);
    }
    for state in [IncidentState::Open, IncidentState::Acknowledged, IncidentState::Mitigated] {
        by_state.with_label_values(&[state.as_str()]).set(0);
    }
    alerts.look(|state, at| {
        for (severity, count) in state.incidents().created() {
            created.with_label_values(&[severity.as_str()]).inc_by(*count);
        }
        for incident in state.incidents().iter() {
            if incident.is_open() {
                by_state.with_label_values(&[incident.state().as_str()]).inc();
            }
        }
        for (severity, durations) in by_severity(state.incidents().iter().map(|incident| &**incident)) {
            let times = [
                (&took.detect, durations.ttd),
                (&took.acknowledge, durations.tta),
                (&took.mitigate, durations.ttm),
                (&took.resolve, durations.ttr),
            ];
            for (family, spread) in times.into_iter().filter_map(|(family, spread)| Some((family, spread?))) {
                show(family, severity, spread);
            }
        }
        for remediation in state.remediations().iter() {
            match (&remediation.ended, &remediation.stage) {
                (Some(ended), _) => repairs.with_label_values(&[ended.how.as_str()]).inc(),
                (None, Stage::Ended) => {}
                (None, stage) => under_way.with_label_values(&[stage.as_str()]).inc(),
            }
        }
        let in_force = state.remediations().switches().filter(|(_, switch)| switch.is_in_force(at)).count();
        switches.set(i64::try_from(in_force).unwrap_or(i64::MAX));
    });
    Ok(())
}

struct Minutes {
    detect: GaugeVec,
    acknowledge: GaugeVec,
    mitigate: GaugeVec,
    resolve: GaugeVec,
}

/// Durations of incidents are heavy-tailed: n, median and 90th percentile, and no mean.
fn minutes(now: &Registry) -> prometheus::Result<Minutes> {
    let family = |name: &str, help: &str| kept(now, GaugeVec::new(Opts::new(name, help), &["severity", "quantile"])?);
    Ok(Minutes {
        detect: family("incident_mttd_minutes", "From the onset until it was opened; the quantile `n` is how many.")?,
        acknowledge: family("incident_mtta_minutes", "Until somebody answered; the quantile `n` is how many.")?,
        mitigate: family("incident_mttm_minutes", "Until its impact was over; the quantile `n` is how many.")?,
        resolve: family("incident_mttr_minutes", "Until it was resolved; the quantile `n` is how many.")?,
    })
}

fn show(family: &GaugeVec, severity: Severity, spread: Spread) {
    const MILLIS: f64 = 60_000.0;
    let values =
        [("0.5", spread.median_ms as f64 / MILLIS), ("0.9", spread.p90_ms as f64 / MILLIS), ("n", spread.n as f64)];
    for (quantile, value) in values {
        family.with_label_values(&[severity.as_str(), quantile]).set(value);
    }
}

fn gauges(now: &Registry, name: &str, help: &str, label: &str) -> prometheus::Result<IntGaugeVec> {
    kept(now, IntGaugeVec::new(Opts::new(format!("tocsin_{name}"), help), &[label])?)
}

fn counters(now: &Registry, name: &str, help: &str, label: &str) -> prometheus::Result<IntCounterVec> {
    // As the field calls them.
    kept(now, IntCounterVec::new(Opts::new(name, help), &[label])?)
}
