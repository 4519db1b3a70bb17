//! What a detector, an action or a notifier is called with by hand: a file of one's own, or an example that says what it
//! is. Knows nothing of probes: their config is all they need.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tocsin_core::anomaly::Series;
use tocsin_core::delivery::Notification;
use tocsin_core::manifest::Kind;
use tocsin_core::plan::{ActionInput, CheckEvidence, IncidentBrief};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::{Call, DetectorInput};

use super::report::Report;
use crate::clock;
use crate::local::Local;
use crate::output::Output;

/// Points of the example series; the last one is the odd one out.
const POINTS: i64 = 120;
const INTERVAL_MS: i64 = 10_000;

/// A detector's file: series as the node would hand them in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    series: Vec<Series>,
    #[serde(default)]
    snapshot: Option<Vec<u8>>,
}

/// An action's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Incident {
    incident: IncidentBrief,
    #[serde(default)]
    evidence: Vec<CheckEvidence>,
}

/// Calls the plugin with the file's input, or with an example.
pub(super) fn call(
    local: &Local,
    kind: Kind,
    call: Call,
    config: &Value,
    file: Option<&Path>,
    output: Output,
) -> Result<Report> {
    let name = local.plugin.manifest().name.as_str().to_owned();
    Ok(match kind {
        Kind::Probe => bail!("a probe takes its config alone"),
        Kind::Detector => {
            let Samples { series, snapshot } = read(file, series, "a series with a spike at its end", output)?;
            let config = Arc::from(config.to_string());
            let input = DetectorInput { detector: name.as_str().into(), config, series, snapshot };
            Report::of(local.block_on(local.plugin.detect(call, input)))
        }
        Kind::Action => {
            let Incident { incident, evidence } = read(file, incident, "an incident about the check `web`", output)?;
            let input = ActionInput { playbook: name, config: config.to_string(), incident, evidence };
            Report::of(local.block_on(local.plugin.plan(call, input)))
        }
        Kind::Notifier => {
            let notification: Notification = read(file, notification, "a notification that says it is a test", output)?;
            Report::of(local.block_on(local.plugin.notify(call, config.to_string(), notification)))
        }
    })
}

fn read<T: DeserializeOwned>(file: Option<&Path>, example: fn(i64) -> Value, said: &str, output: Output) -> Result<T> {
    let Some(file) = file else {
        output.say(&format!("input: {said}; --input FILE gives it another\n"))?;
        return Ok(serde_json::from_value(example(clock::now().as_millis()))?);
    };
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| {
        let example = example(Timestamp::default().as_millis()).to_string();
        let end = example.char_indices().nth(600).map_or(example.len(), |(end, _)| end);
        format!("{} is not such an input; one begins {}", file.display(), example.get(..end).unwrap_or_default())
    })
}

fn series(now: i64) -> Value {
    // A wave of 20 points around 0.2 s.
    let value = |point: i64| {
        0.2 + 0.02 * (f64::from(i32::try_from(point % 20).unwrap_or(0)) / 20.0 * std::f64::consts::TAU).sin()
    };
    let sample = |point: i64| {
        let value = if point == POINTS - 1 { 2.0 } else { value(point) };
        json!({ "at": now - (POINTS - 1 - point) * INTERVAL_MS, "value": value })
    };
    let key = json!({ "check": "web", "metric": "time", "labels": [] });
    let samples: Vec<_> = (0..POINTS).map(sample).collect();
    json!({ "series": [{ "key": key, "unit": "seconds", "interval_ms": INTERVAL_MS, "samples": samples }] })
}

fn incident(now: i64) -> Value {
    let observation = json!({ "status": "critical", "summary": "HTTP 500 from http://127.0.0.1:8080/" });
    json!({
        "incident": { "id": "example", "title": "web is down", "severity": 2, "labels": [["check", "web"]], "opened_at": now },
        "evidence": [{ "check": "web", "labels": [], "at": now, "observation": observation }],
    })
}

fn notification(now: i64) -> Value {
    json!({
        "id": "example", "receiver": "example", "group": "example", "status": "firing",
        "title": "This is a test", "body": "`pluginctl run` sent this; nothing is wrong.", "url": null,
        "alerts": [{
            "fingerprint": "example", "status": "firing", "labels": [["check", "web"]], "annotations": [],
            "starts_at": now, "ends_at": null, "url": null,
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_what_it_stands_for() {
        let samples: Samples = serde_json::from_value(series(0)).unwrap();
        assert_eq!(samples.series[0].samples.len(), 120);
        let incident: Incident = serde_json::from_value(incident(0)).unwrap();
        assert_eq!(incident.evidence.len(), 1);
        let notification: Notification = serde_json::from_value(notification(0)).unwrap();
        assert_eq!(notification.alerts.len(), 1);
    }
}
