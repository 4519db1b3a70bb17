//! Lengths of time as a config writes them: `250ms`, `5s`, `1m30s`, `30d`.

use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::{Metric, Range};

/// A length of time. Written with the units `w`, `d`, `h`, `m`, `s`, `ms`, from large to small: `250ms`, `1m30s`.
///
/// ```
/// use tocsin_sdk::Period;
///
/// let timeout: Period = serde_json::from_str(r#""250ms""#)?;
/// assert_eq!(timeout, Period::from_millis(250));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    milliseconds: u64,
}

impl Period {
    /// So many milliseconds.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self { milliseconds }
    }

    /// So many seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self { milliseconds: seconds.saturating_mul(1_000) }
    }

    /// As milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.milliseconds
    }

    /// As seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 milliseconds are 285,000 years")]
    pub fn as_seconds(self) -> f64 {
        self.milliseconds as f64 / 1e3
    }

    /// Units from large to small, each at most once.
    fn parse(text: &str) -> Option<Self> {
        let mut milliseconds = 0_u64;
        let mut units = UNITS.iter();
        let mut rest = text;
        while !rest.is_empty() || rest == text {
            let (number, tail) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
            let (name, tail) = tail.split_at_checked(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()))?;
            let (_, unit_ms) = units.find(|(known, _)| *known == name)?;
            milliseconds = number.parse::<u64>().ok()?.checked_mul(*unit_ms)?.checked_add(milliseconds)?;
            rest = tail;
        }
        Some(Self { milliseconds })
    }
}

/// As in `tocsin.yaml`.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl From<Period> for Duration {
    fn from(period: Period) -> Self {
        Self::from_millis(period.milliseconds)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, unit): &&(&str, u64)| self.milliseconds > 0 && self.milliseconds.is_multiple_of(*unit);
        let (name, unit) = UNITS.iter().find(whole).unwrap_or(&("ms", 1));
        write!(f, "{}{name}", self.milliseconds / unit)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(PeriodVisitor)
    }
}

struct PeriodVisitor;

impl Visitor<'_> for PeriodVisitor {
    type Value = Period;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time such as `250ms`, `5s`, `2m`, `1h` or `30d`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Period, E> {
        Period::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl JsonSchema for Period {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 2,
            "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
            "description": "A length of time: `250ms`, `5s`, `2m`, `1h`, `30d`.",
        })
    }
}

/// Limits on how long something may take: a warning above one, critical above the other. Either may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LatencyLimits {
    /// Longer than this: a warning.
    pub warning: Option<Period>,
    /// Longer than this: critical.
    pub critical: Option<Period>,
}

impl LatencyLimits {
    /// A metric in seconds with these limits as its ranges.
    #[must_use]
    pub fn on(&self, name: &str, taken: Duration) -> Metric {
        let at_most = |limit: Period| Range::from(..=limit.as_seconds());
        let mut metric = Metric::gauge(name, taken.as_secs_f64()).unit("seconds");
        metric.warning = self.warning.map(at_most);
        metric.critical = self.critical.map(at_most);
        metric
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_and_shown_alike() {
        for text in ["0ms", "250ms", "5s", "90s", "2m", "1h", "30d"] {
            assert_eq!(Period::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Period::parse("1w2d3h4m5s6ms"), Some(Period::from_millis(788_645_006)));
    }

    #[test]
    fn what_is_no_period_is_refused_with_what_would_be() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "1.5s",
            "-1s",
            "5y",
            "1s1m",
            "1s1s",
            "1m5",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            let error = serde_json::from_value::<Period>(text.into()).unwrap_err().to_string();
            assert!(error.contains("expected a length of time such as `250ms`"), "{text}: {error}");
        }
    }
}
