//! A run as a Nagios plugin says it: one line with performance data, and an exit code from 0 to 3.

use tocsin_core::observation::{Metric, MetricKind, Observation, Range, Status};

use super::report::Report;

/// The line, and the exit code. A run that did not complete says nothing about the target: UNKNOWN.
pub(super) fn line(report: &Report) -> (String, u8) {
    match (&report.observation, report.outcome.is_completed()) {
        (Some(observation), true) => (of(observation), code(observation.status)),
        _ => (format!("UNKNOWN: {}", text(&report.outcome.to_string())), 3),
    }
}

fn of(observation: &Observation) -> String {
    let head = format!("{}: {}", observation.status.as_str().to_uppercase(), text(&observation.summary));
    let perfdata: Vec<_> = observation.metrics.iter().map(metric).collect();
    if perfdata.is_empty() { head } else { format!("{head} | {}", perfdata.join(" ")) }
}

const fn code(status: Status) -> u8 {
    match status {
        Status::Ok => 0,
        Status::Warning => 1,
        Status::Critical => 2,
        Status::Unknown => 3,
    }
}

/// A bar starts the performance data, so the text has none.
fn text(text: &str) -> String {
    text.replace(['|', '\n'], " ")
}

/// `'name'=value[unit];warning;critical`
fn metric(metric: &Metric) -> String {
    let unit = match (metric.kind, metric.unit.as_str()) {
        (MetricKind::Counter, _) => "c",
        (_, "seconds") => "s",
        (_, "bytes") => "B",
        (_, "percent") => "%",
        // A plain number to Nagios; it knows no others.
        _ => "",
    };
    let values = metric.labels.iter().map(|(_, value)| value.as_str());
    let name: Vec<_> = std::iter::once(metric.name.as_str()).chain(values).collect();
    let name = name.join(" ").replace(['\'', '=', '|'], "_");
    let ranges = [&metric.warning, &metric.critical].map(|bounds| bounds.as_ref().map(range).unwrap_or_default());
    let line = format!("'{name}'={}{unit};{}", metric.value, ranges.join(";"));
    line.trim_end_matches(';').to_owned()
}

/// `high`, `low:`, `low:high`, `~:high`; a value inside is good, or bad after an `@`.
fn range(range: &Range) -> String {
    let inverted = if range.inverted { "@" } else { "" };
    match (range.low, range.high) {
        (Some(0.0), Some(high)) => format!("{inverted}{high}"),
        (Some(low), Some(high)) => format!("{inverted}{low}:{high}"),
        (Some(low), None) => format!("{inverted}{low}:"),
        (None, Some(high)) => format!("{inverted}~:{high}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_written_as_nagios_reads_it() {
        let of = |json: serde_json::Value| metric(&serde_json::from_value(json).unwrap());
        let time = serde_json::json!({
            "name": "time", "value": 0.25, "unit": "seconds", "kind": "gauge",
            "warning": {"high": 1.0}, "critical": {"low": 0.0, "high": 2.5},
        });
        assert_eq!(of(time), "'time'=0.25s;~:1;2.5");
        let used = serde_json::json!({
            "name": "used", "value": 12.0, "unit": "ratio", "kind": "gauge", "labels": [["mount", "/a b"]],
            "critical": {"low": 5.0, "inverted": true},
        });
        assert_eq!(of(used), "'used /a b'=12;;@5:");
        let sent = serde_json::json!({"name": "sent", "value": 7.0, "unit": "bytes", "kind": "counter"});
        assert_eq!(of(sent), "'sent'=7c");
    }

    #[test]
    fn a_bar_in_the_text_does_not_start_the_performance_data() {
        assert_eq!(of(&Observation::new(Status::Critical, "a | b")), "CRITICAL: a   b");
    }
}
