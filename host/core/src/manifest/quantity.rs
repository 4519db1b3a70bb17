//! Sizes and durations as people write them: `16MiB`, `100ms`. And back, for messages.

use std::time::Duration;

const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// In microseconds, the finest there is.
const DURATIONS: [(&str, u64); 4] = [("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000)];

pub(super) fn bytes(text: &str) -> Option<u64> {
    scaled(text, &SIZES)
}

pub(super) fn duration(text: &str) -> Option<Duration> {
    scaled(text, &DURATIONS).map(Duration::from_micros)
}

/// A whole number and one of the units.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest binary unit that loses nothing.
pub(super) fn show_bytes(bytes: u64) -> String {
    match SIZES
        .iter()
        .filter(|(name, _)| name.contains('i'))
        .find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor))
    {
        Some((unit, factor)) => format!("{}{unit}", bytes / factor),
        None => format!("{bytes}B"),
    }
}

/// In the largest unit up to seconds that loses nothing.
pub(super) fn show_duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    match DURATIONS.iter().take(3).rev().find(|(_, factor)| micros.is_multiple_of(u128::from(*factor))) {
        Some((unit, factor)) => format!("{}{unit}", micros / u128::from(*factor)),
        None => format!("{micros}us"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit_are_read() {
        for (text, expected) in
            [("16MiB", Some(16 << 20)), ("64 KiB", Some(65_536)), ("1kB", Some(1_000)), ("7B", Some(7))]
        {
            assert_eq!(bytes(text), expected, "{text}");
        }
        for (text, expected) in [("100ms", 100_000), ("10s", 10_000_000), ("2m", 120_000_000), ("250us", 250)] {
            assert_eq!(duration(text), Some(Duration::from_micros(expected)), "{text}");
        }
        for text in
            ["", "16", "MiB", "1.5s", "-1s", "10 fortnights", "99999999999999999999B", "18446744073709551615GiB"]
        {
            assert_eq!((bytes(text), duration(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn they_are_shown_in_the_unit_that_loses_nothing() {
        assert_eq!(show_bytes(512 << 20), "512MiB");
        assert_eq!(show_bytes(1_500), "1500B");
        assert_eq!(show_duration(Duration::from_secs(300)), "300s");
        assert_eq!(show_duration(Duration::from_micros(1_500)), "1500us");
    }
}
