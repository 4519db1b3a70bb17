//! Values as people read them in summaries and findings: `93 %`, `21 ms`, `1.5 GB`. Metrics keep the exact number.

use crate::Range;

/// A value in its unit. Knows `seconds`, `bytes`, `ratio`; any other unit is put behind the number.
///
/// ```
/// use tocsin_sdk::text::value;
/// assert_eq!(value(0.0213, "seconds"), "21.3 ms");
/// assert_eq!(value(1.5e9, "bytes"), "1.5 GB");
/// assert_eq!(value(0.931, "ratio"), "93.1 %");
/// assert_eq!(value(40.0, ""), "40");
/// ```
#[must_use]
pub fn value(value: f64, unit: &str) -> String {
    match unit {
        "ratio" => number(value * 100.0, " %"),
        "seconds" => scaled(
            value,
            &[(86_400.0, " d"), (3_600.0, " h"), (60.0, " min"), (1.0, " s"), (1e-3, " ms"), (1e-6, " µs")],
        ),
        "bytes" => scaled(value, &[(1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1.0, " B")]),
        "" => number(value, ""),
        other => number(value, &format!(" {other}")),
    }
}

/// What is bad about a value outside of a range: `above 90 %`.
#[must_use]
pub fn outside(range: &Range, unit: &str) -> String {
    let of = |bound: f64| value(bound, unit);
    match (range.low, range.high, range.inverted) {
        (None, None, _) => "any value".to_owned(),
        (Some(low), None, false) => format!("below {}", of(low)),
        (None, Some(high), false) => format!("above {}", of(high)),
        (Some(low), Some(high), false) => format!("outside {} to {}", of(low), of(high)),
        (low, high, true) => {
            format!("inside {} to {}", low.map_or("-∞".to_owned(), of), high.map_or("∞".to_owned(), of))
        }
    }
}

fn scaled(value: f64, scales: &[(f64, &str)]) -> String {
    let fits = |(scale, _): &&(f64, &str)| value.abs() >= *scale;
    match scales.iter().find(fits).or(scales.last()) {
        Some((scale, name)) if value != 0.0 => number(value / scale, name),
        _ => number(value, scales.iter().find(|(scale, _)| *scale == 1.0).map_or("", |(_, name)| name)),
    }
}

/// At most one place behind the point, and none where it would be a zero; two for small numbers. Written with integers:
/// formatting floats would be a tenth of a small plugin.
fn number(value: f64, unit: &str) -> String {
    let scale: u32 = if value.abs() < 1.0 { 100 } else { 10 };
    let scaled = (value * f64::from(scale)).round();
    if value.is_nan() {
        return format!("no number{unit}");
    }
    if scaled.abs() > 9e15 {
        return format!("more than 9e14{unit}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below 2^53")]
    let digits = scaled.abs() as u64;
    let (whole, part) = (digits / u64::from(scale), digits % u64::from(scale));
    let sign = if scaled < 0.0 { "-" } else { "" };
    match (part, scale) {
        (0, _) => format!("{sign}{whole}{unit}"),
        (part, 100) if part % 10 != 0 => format!("{sign}{whole}.{part:02}{unit}"),
        (part, 100) => format!("{sign}{whole}.{}{unit}", part / 10),
        (part, _) => format!("{sign}{whole}.{part}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_read_as_people_write_them() {
        let cases = [
            (0.0, "seconds", "0 s"),
            (0.000_04, "seconds", "40 µs"),
            (90.0, "seconds", "1.5 min"),
            (172_800.0, "seconds", "2 d"),
            (100.0, "", "100"),
            (0.25, "", "0.25"),
            (-3.0, "celsius", "-3 celsius"),
            (999.0, "bytes", "999 B"),
            (1.0, "ratio", "100 %"),
            (f64::NAN, "ratio", "no number %"),
            (f64::INFINITY, "", "more than 9e14"),
            (0.999, "", "1"),
        ];
        for (value, unit, expected) in cases {
            assert_eq!(super::value(value, unit), expected);
        }
    }
}
