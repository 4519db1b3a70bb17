//! What one local call came to, as JSON and for people. Knows nothing of how it was made.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tocsin_core::observation::{Observation, Problem};
use tocsin_core::run::{RunCost, RunOutcome};
use tocsin_sandbox::{LogLine, Run};

use crate::output::Output;
use crate::{observation, words};

/// Host calls that are shown; a probe makes a few.
const CALLS_SHOWN_MAX: usize = 40;
/// Characters of a call's request that are shown.
const REQUEST_CHARS_MAX: usize = 160;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) outcome: RunOutcome,
    /// Of a probe, within the node's bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) observation: Option<Observation>,
    /// Of the other kinds, as it was returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) returned: Option<Value>,
    /// What was returned and could not be kept.
    problems: Vec<Problem>,
    cost: RunCost,
    calls: Vec<Value>,
    log: Vec<LogLine>,
}

impl Report {
    pub(super) fn of_probe(run: Run<Observation>) -> Self {
        let accepted = run.value.clone().map(Observation::accept);
        let (observation, problems) = accepted.map(|accepted| (accepted.observation, accepted.problems)).unzip();
        Self { observation, problems: problems.unwrap_or_default(), ..Self::of(run) }
    }

    pub(super) fn of<T: Serialize>(run: Run<T>) -> Self {
        let calls = run.transcript.to_json().get("calls").and_then(Value::as_array).cloned().unwrap_or_default();
        let returned = run.value.as_ref().and_then(|value| serde_json::to_value(value).ok());
        let Run { outcome, cost, log, .. } = run;
        Self { outcome, observation: None, returned, problems: Vec::new(), cost, calls, log }
    }

    pub(super) fn people(&self, output: Output) -> String {
        let mut parts = Vec::new();
        match (&self.outcome, &self.observation, &self.returned) {
            (RunOutcome::Completed, Some(found), _) => {
                parts.push(observation::people(&observation::shown(found), output))
            }
            (RunOutcome::Completed, None, Some(returned)) => parts.push(format!("{returned:#}")),
            (outcome, ..) => parts.push(format!("{}: {outcome}", output.status(outcome.as_str()))),
        }
        if let RunOutcome::Trap { frames, .. } = &self.outcome {
            parts.extend(frames.iter().map(|frame| format!("  at {frame}")));
        }
        parts.extend(self.problems.iter().map(|problem| format!("  left out: {}: {}", problem.path, problem.message)));
        if !self.calls.is_empty() {
            parts.push("\nhost calls".to_owned());
        }
        parts.extend(self.calls.iter().take(CALLS_SHOWN_MAX).map(call));
        parts.extend(self.log.iter().map(|line| format!("  log {}: {}", line.level, line.message)));
        parts.push(self.cost());
        parts.join("\n")
    }

    fn cost(&self) -> String {
        let RunCost { wall_us, cpu_us, memory_peak_bytes, host_calls, host_bytes } = self.cost;
        format!(
            "\n{} wall, {} CPU, {} memory at its peak, {host_calls} host calls with {}",
            words::duration(Duration::from_micros(wall_us)),
            words::duration(Duration::from_micros(cpu_us)),
            words::bytes(memory_peak_bytes),
            words::bytes(host_bytes),
        )
    }
}

/// `  http.send {"method":"GET",...}`
fn call(call: &Value) -> String {
    let Some((name, parts)) = call.as_object().and_then(|call| call.iter().next()) else { return String::new() };
    let request =
        parts.get("request").filter(|request| !request.is_null()).map(ToString::to_string).unwrap_or_default();
    let end = request.char_indices().nth(REQUEST_CHARS_MAX).map_or(request.len(), |(end, _)| end);
    let more = if end < request.len() { "..." } else { "" };
    format!("  {name} {}{more}", request.get(..end).unwrap_or_default())
}
