//! How a verb's failure is worded: a sentence, and whether anything was changed. Knows nothing of any one verb.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use tocsin_core::verb::{Changed, VerbFailure};

pub(crate) type Outcome<T> = Result<T, VerbFailure>;

/// Nothing was changed.
pub(crate) fn refused(reason: impl Into<String>) -> VerbFailure {
    VerbFailure { reason: reason.into(), changed: Changed::No, output: String::new() }
}

/// It ran, and is known to have failed.
pub(crate) fn failed(reason: impl Into<String>) -> VerbFailure {
    VerbFailure { reason: reason.into(), changed: Changed::Yes, output: String::new() }
}

/// Nobody can tell.
pub(crate) fn unclear(reason: impl Into<String>) -> VerbFailure {
    VerbFailure { reason: reason.into(), changed: Changed::Perhaps, output: String::new() }
}

/// An error with what caused it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        // Writing to a string does not fail.
        let _written = write!(text, ": {source}");
        cause = source.source();
    }
    text
}

/// For people: `1.5 s`, `90 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// For people: `999 bytes`, `1.5 MB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.into_iter().find(|(size, _)| count >= *size) {
        Some((size, unit)) => {
            let tenths = count.saturating_mul(10) / size;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{count} bytes"),
    }
}
