//! Numbers and texts as people read them. Knows nothing of what they are about.

use std::time::Duration;

/// `850 µs`, `12 ms`, `1.5 s`, `4 min`, `3 h`, `12 d`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let (us, ms, seconds) = (duration.as_micros(), duration.as_millis(), duration.as_secs());
    match (us, seconds) {
        (0..1_000, _) => format!("{us} µs"),
        (1_000..10_000, _) => format!("{ms}.{} ms", us % 1_000 / 100),
        (10_000..1_000_000, _) => format!("{ms} ms"),
        (_, 0..10) => format!("{seconds}.{} s", ms % 1_000 / 100),
        (_, 10..120) => format!("{seconds} s"),
        (_, 120..7_200) => format!("{} min", seconds / 60),
        (_, 7_200..172_800) => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// `512 B`, `51 KiB`, `1.5 MiB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) if bytes < size * 10 => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        Some((size, unit)) => format!("{} {unit}", bytes / size),
        None => format!("{bytes} B"),
    }
}

/// As many hex digits of a digest as tell plugins apart.
#[must_use]
pub fn digest(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// What others say must not steer the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_cannot_steer_the_terminal() {
        assert_eq!(printable("ok\u{1b}[2J\r"), "ok\u{fffd}[2J\u{fffd}");
    }

    #[test]
    fn a_duration_is_shown_in_the_unit_that_fits() {
        let cases = [
            (850, "850 µs"),
            (1_250, "1.2 ms"),
            (12_900, "12 ms"),
            (1_500_000, "1.5 s"),
            (75_000_000, "75 s"),
            (600_000_000, "10 min"),
            (10_800_000_000, "3 h"),
            (864_000_000_000, "10 d"),
        ];
        for (us, expected) in cases {
            assert_eq!(duration(Duration::from_micros(us)), expected);
        }
    }

    #[test]
    fn bytes_are_shown_in_the_unit_that_fits() {
        let cases = [(0, "0 B"), (1_023, "1023 B"), (52_224, "51 KiB"), (1_572_864, "1.5 MiB"), (1 << 34, "16 GiB")];
        for (size, expected) in cases {
            assert_eq!(bytes(size), expected);
        }
    }
}
