//! How a run ended, from the types of its errors alone; their texts are only passed on.

use tocsin_core::limits::Limits;
use tocsin_core::run::{DeadlineLayer, RunOutcome};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::input::Output;
use crate::limits::Stop;
use crate::replay::Divergence;
use crate::world::Answer;
use crate::world::v0_1::tocsin::plugin::types::Denial;

pub(super) struct Ending {
    pub(super) outcome: RunOutcome,
    pub(super) divergence: Option<Divergence>,
}

/// The outcome, the value if there is one, and the raw bytes it was read from.
pub(super) fn of(
    ended: wasmtime::Result<Answer>,
    limits: &Limits,
    last_error: Option<&str>,
    refused: Option<Denial>,
) -> (Ending, Option<Output>, Option<Vec<u8>>) {
    let (mut ending, value, returned) = match ended {
        Ok(Answer { returned, value: Ok(output) }) => (RunOutcome::Completed.into(), Some(output), Some(returned)),
        Ok(Answer { returned, value: Err(message) }) => {
            (RunOutcome::GuestError { message }.into(), None, Some(returned))
        }
        Err(error) => (of_error(&error, limits, last_error), None, None),
    };
    if let Some(denial) = refused.filter(|_| is_below_a_denial(&ending.outcome)) {
        let Denial { capability, target, reason } = denial;
        ending.outcome = RunOutcome::Denied { capability, target, reason };
    }
    (ending, value, returned)
}

/// The outcome of making an instance and dropping it.
pub(super) fn of_start(started: wasmtime::Result<()>, limits: &Limits, last_error: Option<&str>) -> RunOutcome {
    started.map_or_else(|error| of_error(&error, limits, last_error).outcome, |()| RunOutcome::Completed)
}

impl From<RunOutcome> for Ending {
    fn from(outcome: RunOutcome) -> Self {
        Self { outcome, divergence: None }
    }
}

/// A refusal explains what the guest then said, and that it gave up; it does not explain a limit or the host's own fault.
const fn is_below_a_denial(outcome: &RunOutcome) -> bool {
    matches!(outcome, RunOutcome::Completed | RunOutcome::GuestError { .. } | RunOutcome::Trap { .. })
}

fn of_error(error: &wasmtime::Error, limits: &Limits, last_error: Option<&str>) -> Ending {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return of_stop(stop, limits);
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return RunOutcome::Saturated.into();
    }
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return RunOutcome::GuestError {
            message: format!("it ended itself with exit code {code} instead of returning"),
        }
        .into();
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        let message = last_error.map_or_else(|| trap.to_string(), str::to_owned);
        return RunOutcome::Trap { message, frames: frames(error) }.into();
    }
    // Errors of the host are all `Stop`s: what is left is data that the guest passed or returned and that is not what
    // its type says, or more of it than it may.
    let message = format!("it passed or returned what cannot be read: {}", error.root_cause());
    RunOutcome::GuestError { message }.into()
}

fn of_stop(stop: &Stop, limits: &Limits) -> Ending {
    let deadline = |layer, limit: std::time::Duration| RunOutcome::Deadline {
        layer,
        limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
    };
    match stop {
        Stop::Memory { limit_bytes } => RunOutcome::Memory { limit_bytes: *limit_bytes },
        // Not a denial: no grant would help. The manifest's limits, or the guest, are wrong.
        Stop::HostCalls { .. } | Stop::HostBytes { .. } => RunOutcome::GuestError { message: stop.to_string() },
        Stop::Wall => deadline(DeadlineLayer::Wall, limits.deadline),
        Stop::Cpu => deadline(DeadlineLayer::Cpu, limits.cpu),
        Stop::Cancelled => RunOutcome::Cancelled,
        Stop::Host { message } => RunOutcome::HostError { message: message.clone() },
        Stop::Diverged(divergence) => {
            let outcome = RunOutcome::HostError { message: stop.to_string() };
            return Ending { outcome, divergence: Some(divergence.clone()) };
        }
    }
    .into()
}

/// Innermost first.
fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let name = |frame: &wasmtime::FrameInfo| {
        frame.func_name().map_or_else(|| format!("function {}", frame.func_index()), str::to_owned)
    };
    backtrace.frames().iter().map(name).collect()
}
