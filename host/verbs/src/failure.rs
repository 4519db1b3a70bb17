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

/// For people: `1.5 s`, `90 s`, `36 h`, `7 d`.
pub(crate) fn span(duration: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (1, "s")];
    let whole = duration.as_secs();
    if duration.subsec_millis() > 0 {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    match UNITS.into_iter().find(|(size, _)| whole >= *size && whole.is_multiple_of(*size)) {
        Some((size, unit)) => format!("{} {unit}", whole / size),
        None => format!("{whole} s"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_are_said_in_the_unit_that_fits() {
        for (millis, expected) in
            [(0, "0 s"), (1_500, "1.5 s"), (90_000, "90 s"), (129_600_000, "36 h"), (604_800_000, "7 d")]
        {
            assert_eq!(span(Duration::from_millis(millis)), expected);
        }
        for (count, expected) in
            [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (1_549_999, "1.5 MB"), (u64::MAX, "1844674.4 TB")]
        {
            assert_eq!(bytes(count), expected);
        }
    }
}
