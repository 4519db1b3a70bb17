//! Floating-point numbers as C and Go write them, which is not how Rust does.

/// `%v`: as few digits as tell it from every other, with an exponent from a million on and below a ten-thousandth.
pub(crate) fn shortest(value: f64) -> String {
    special(value).unwrap_or_else(|| {
        let (digits, exponent) = taken_apart(&format!("{value:e}"));
        if (-4..6).contains(&exponent) { format!("{value}") } else { scientific(value, &digits, exponent, 'e') }
    })
}

/// `%.4g`: so many digits that count, without zeros at the end.
pub(crate) fn significant(value: f64, places: usize) -> String {
    special(value).unwrap_or_else(|| {
        let places = places.max(1);
        let (digits, exponent) = taken_apart(&format!("{value:.*e}", places - 1));
        let trimmed = digits.trim_end_matches('0');
        let digits = if trimmed.is_empty() { "0" } else { trimmed };
        let most = i32::try_from(places).unwrap_or(i32::MAX);
        if exponent < -4 || exponent >= most {
            return scientific(value, digits, exponent, 'e');
        }
        let places = usize::try_from(most - 1 - exponent).unwrap_or(0);
        let fixed = format!("{value:.places$}");
        if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed }
    })
}

/// `%.2f`.
pub(crate) fn fixed(value: f64, places: usize) -> String {
    special(value).unwrap_or_else(|| format!("{value:.places$}"))
}

/// `%.2e`.
pub(super) fn exponential(value: f64, places: usize, letter: char) -> String {
    special(value).unwrap_or_else(|| {
        let (digits, exponent) = taken_apart(&format!("{value:.places$e}"));
        scientific(value, &digits, exponent, letter)
    })
}

fn special(value: f64) -> Option<String> {
    match value {
        value if value.is_nan() => Some("NaN".to_owned()),
        f64::INFINITY => Some("+Inf".to_owned()),
        f64::NEG_INFINITY => Some("-Inf".to_owned()),
        _ => None,
    }
}

/// The digits without point and sign, and the exponent of the first.
fn taken_apart(written: &str) -> (String, i32) {
    let (mantissa, exponent) = written.split_once('e').unwrap_or((written, "0"));
    (mantissa.chars().filter(char::is_ascii_digit).collect(), exponent.parse().unwrap_or(0))
}

fn scientific(value: f64, digits: &str, exponent: i32, letter: char) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}{letter}{exponent_sign}{:02}", exponent.unsigned_abs())
}
