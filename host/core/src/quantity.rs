//! Durations and byte sizes as people write them, in `tocsin.yaml` and in `plugin.toml`: whole numbers, each with its
//! unit. And back, for messages.

use std::time::Duration;

use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuantityError {
    #[error("`{number}` has no unit; write `{number}{example}`, for example")]
    NoUnit { number: String, example: &'static str },
    #[error("`{unit}` is not one of the units {known}")]
    UnknownUnit { unit: String, known: &'static str },
    #[error("a whole number with a unit is expected, such as `{example}`")]
    NoNumber { example: &'static str },
    #[error("the units must go from large to small, each once, as in `1h30m`")]
    Order,
    #[error("it is too large")]
    TooLarge,
}

const MICROS: [(&str, u64); 7] = [
    ("w", 604_800_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

const BYTES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// `30s`, `1m30s`, `100ms`, `7d`.
///
/// # Errors
/// What is wrong with it.
pub fn duration(written: &str) -> Result<Duration, QuantityError> {
    let mut rest = written;
    let mut total_us = 0_u64;
    let mut smallest = u64::MAX;
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest).ok_or(QuantityError::NoNumber { example: "1m30s" })?;
        if unit.is_empty() {
            return Err(without_unit(number, after, "s", "1m30s"));
        }
        let factor = factor(unit, &MICROS, "w, d, h, m, s, ms, us")?;
        if factor >= smallest {
            return Err(QuantityError::Order);
        }
        smallest = factor;
        total_us = product(number, factor).and_then(|us| total_us.checked_add(us)).ok_or(QuantityError::TooLarge)?;
        rest = after;
    }
    if written.is_empty() {
        Err(QuantityError::NoNumber { example: "1m30s" })
    } else {
        Ok(Duration::from_micros(total_us))
    }
}

/// A duration in Prometheus's own form: as [`duration`], but with years of 365 days, and `0` needs no unit.
pub(crate) fn prometheus_duration(written: &str) -> Result<Duration, QuantityError> {
    const KNOWN: &str = "y, w, d, h, m, s, ms";
    const YEAR_S: u64 = 365 * 86_400;
    if written == "0" {
        return Ok(Duration::ZERO);
    }
    if written.ends_with("us") {
        return Err(QuantityError::UnknownUnit { unit: "us".to_owned(), known: KNOWN });
    }
    match number_and_unit(written) {
        Some((number, "y", rest)) => {
            let years = product(number, YEAR_S).map(Duration::from_secs).ok_or(QuantityError::TooLarge)?;
            let rest = if rest.is_empty() { Duration::ZERO } else { duration(rest)? };
            years.checked_add(rest).ok_or(QuantityError::TooLarge)
        }
        _ => duration(written).map_err(|error| match error {
            QuantityError::UnknownUnit { unit, .. } if unit == "y" => QuantityError::Order,
            QuantityError::UnknownUnit { unit, .. } => QuantityError::UnknownUnit { unit, known: KNOWN },
            error => error,
        }),
    }
}

/// As a person would write it: `1m30s`.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let mut rest_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let mut shown = String::new();
    // Without weeks: `30d` says more than `4w2d`.
    for (unit, factor) in MICROS.iter().skip(1) {
        if rest_us >= *factor {
            shown.push_str(&format!("{}{unit}", rest_us / factor));
            rest_us %= factor;
        }
    }
    if shown.is_empty() { "0s".to_owned() } else { shown }
}

/// In the largest binary unit that loses nothing.
pub(crate) fn show_bytes(bytes: u64) -> String {
    let binary = BYTES.iter().filter(|(unit, _)| unit.contains('i'));
    match binary.into_iter().find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor)) {
        Some((unit, factor)) => format!("{}{unit}", bytes / factor),
        None => format!("{bytes}B"),
    }
}

/// `512MiB`, `2GB`.
pub(crate) fn bytes(written: &str) -> Result<u64, QuantityError> {
    let (number, unit, rest) = number_and_unit(written).ok_or(QuantityError::NoNumber { example: "512MiB" })?;
    if unit.is_empty() {
        return Err(without_unit(number, rest, "MiB", "512MiB"));
    }
    if !rest.is_empty() {
        return Err(QuantityError::NoNumber { example: "512MiB" });
    }
    product(number, factor(unit, &BYTES, "B, KiB, MiB, GiB, TiB, kB, MB, GB, TB")?).ok_or(QuantityError::TooLarge)
}

/// A bare number lacks its unit; a fraction or a blank behind it is no whole number.
fn without_unit(number: &str, rest: &str, unit: &'static str, example: &'static str) -> QuantityError {
    if rest.is_empty() {
        QuantityError::NoUnit { number: number.to_owned(), example: unit }
    } else {
        QuantityError::NoNumber { example }
    }
}

fn product(number: &str, factor: u64) -> Option<u64> {
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn factor(unit: &str, units: &[(&str, u64)], known: &'static str) -> Result<u64, QuantityError> {
    let found = units.iter().find(|(word, _)| *word == unit).map(|(_, factor)| *factor);
    found.ok_or_else(|| QuantityError::UnknownUnit { unit: unit.to_owned(), known })
}

/// The number in front, the letters behind it, and what follows those.
fn number_and_unit(text: &str) -> Option<(&str, &str, &str)> {
    let (number, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let (unit, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()));
    (!number.is_empty()).then_some((number, unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let table = [
            ("30s", Ok(30_000)),
            ("1m30s", Ok(90_000)),
            ("100ms", Ok(100)),
            ("1h0m0s1ms2000us", Ok(3_600_003)),
            ("7d", Ok(604_800_000)),
            ("2w", Ok(1_209_600_000)),
            ("10", Err("`10` has no unit; write `10s`, for example")),
            ("1.5s", Err("a whole number with a unit is expected, such as `1m30s`")),
            ("", Err("a whole number with a unit is expected, such as `1m30s`")),
            ("-1s", Err("a whole number with a unit is expected, such as `1m30s`")),
            ("1 s", Err("a whole number with a unit is expected, such as `1m30s`")),
            ("5sec", Err("`sec` is not one of the units w, d, h, m, s, ms, us")),
            ("1s1m", Err("the units must go from large to small, each once, as in `1h30m`")),
            ("1s1s", Err("the units must go from large to small, each once, as in `1h30m`")),
            ("99999999999999999999s", Err("it is too large")),
            ("18446744073709551615s", Err("it is too large")),
        ];
        for (written, expected) in table {
            let read = duration(written).map(|duration| duration.as_millis()).map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{written}");
        }
    }

    #[test]
    fn durations_of_prometheus_know_years_and_a_bare_zero() {
        let table = [
            ("0", Ok(0)),
            ("1h30m", Ok(5_400)),
            ("1y", Ok(31_536_000)),
            ("1y1d", Ok(31_622_400)),
            ("5", Err("`5` has no unit; write `5s`, for example")),
            ("1us", Err("`us` is not one of the units y, w, d, h, m, s, ms")),
            ("1d1y", Err("the units must go from large to small, each once, as in `1h30m`")),
            ("", Err("a whole number with a unit is expected, such as `1m30s`")),
            ("18446744073709551615y", Err("it is too large")),
        ];
        for (written, expected) in table {
            let read = prometheus_duration(written).map(|read| read.as_secs()).map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{written}");
        }
    }

    #[test]
    fn durations_are_shown_as_they_are_written() {
        for written in ["0s", "1ms", "30s", "1m30s", "366d", "1d1h1m1s1ms1us"] {
            assert_eq!(duration(written).map(show_duration), Ok(written.to_owned()));
        }
    }

    #[test]
    fn sizes_are_shown_in_the_unit_that_loses_nothing() {
        assert_eq!([512 << 20, 1_500, 0].map(show_bytes), ["512MiB", "1500B", "0B"]);
    }

    #[test]
    fn sizes() {
        let table = [
            ("512MiB", Ok(536_870_912)),
            ("1GB", Ok(1_000_000_000)),
            ("0B", Ok(0)),
            ("512", Err("`512` has no unit; write `512MiB`, for example")),
            ("1Gib", Err("`Gib` is not one of the units B, KiB, MiB, GiB, TiB, kB, MB, GB, TB")),
            ("1GiB1", Err("a whole number with a unit is expected, such as `512MiB`")),
            ("20000000TiB", Err("it is too large")),
        ];
        for (written, expected) in table {
            assert_eq!(bytes(written).map_err(|error| error.to_string()), expected.map_err(str::to_owned), "{written}");
        }
    }
}
