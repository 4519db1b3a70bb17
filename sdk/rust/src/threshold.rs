//! Limits as a config states them: [`Bounds`] of good values, and a pair of them as [`Thresholds`].

use std::fmt;
use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::{Metric, Range};

impl Range {
    /// Whether a value is within. NaN never is.
    #[must_use]
    pub fn is_good(&self, value: f64) -> bool {
        let above_low = self.low.is_none_or(|low| value >= low);
        let below_high = self.high.is_none_or(|high| value <= high);
        !value.is_nan() && ((above_low && below_high) != self.inverted)
    }
}

impl From<RangeToInclusive<f64>> for Range {
    fn from(range: RangeToInclusive<f64>) -> Self {
        Self { low: None, high: Some(range.end), inverted: false }
    }
}

impl From<RangeFrom<f64>> for Range {
    fn from(range: RangeFrom<f64>) -> Self {
        Self { low: Some(range.start), high: None, inverted: false }
    }
}

impl From<RangeInclusive<f64>> for Range {
    fn from(range: RangeInclusive<f64>) -> Self {
        Self { low: Some(*range.start()), high: Some(*range.end()), inverted: false }
    }
}

impl From<Bounds> for Range {
    fn from(bounds: Bounds) -> Self {
        Self { low: bounds.min, high: bounds.max, inverted: false }
    }
}

/// The good values of something, both ends inclusive. In a config a plain number is the highest good value:
/// `0.9` is `{ max: 0.9 }`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The lowest good value.
    pub min: Option<f64>,
    /// The highest good value.
    pub max: Option<f64>,
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BoundsVisitor)
    }
}

struct BoundsVisitor;

impl<'de> Visitor<'de> for BoundsVisitor {
    type Value = Bounds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the highest good value, or `{ min, max }`")
    }

    fn visit_f64<E>(self, max: f64) -> Result<Bounds, E> {
        Ok(Bounds { min: None, max: Some(max) })
    }

    #[expect(clippy::cast_precision_loss, reason = "a limit above 2^53 loses nothing that matters")]
    fn visit_u64<E>(self, max: u64) -> Result<Bounds, E> {
        Ok(Bounds { min: None, max: Some(max as f64) })
    }

    #[expect(clippy::cast_precision_loss, reason = "a limit above 2^53 loses nothing that matters")]
    fn visit_i64<E>(self, max: i64) -> Result<Bounds, E> {
        Ok(Bounds { min: None, max: Some(max as f64) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bounds, A::Error> {
        let mut bounds = Bounds::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "min" => bounds.min = Some(map.next_value()?),
                "max" => bounds.max = Some(map.next_value()?),
                other => return Err(de::Error::unknown_field(other, &["min", "max"])),
            }
        }
        match (bounds.min, bounds.max) {
            (None, None) => Err(de::Error::custom("bounds need `min`, `max` or both")),
            (Some(min), Some(max)) if min > max => {
                Err(de::Error::custom("`min` is above `max`: no value would be good"))
            }
            _ => Ok(bounds),
        }
    }
}

impl JsonSchema for Bounds {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bounds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The good values: the highest one, or `min`, `max` or both.",
            "anyOf": [
                { "type": "number" },
                {
                    "type": "object",
                    "properties": { "min": { "type": "number" }, "max": { "type": "number" } },
                    "additionalProperties": false,
                    "minProperties": 1,
                },
            ],
        })
    }
}

/// Limits for one value: outside `warning` it is a warning, outside `critical` critical. Either may be left out.
///
/// ```
/// use tocsin_sdk::{Metric, Status, Thresholds};
///
/// let limits: Thresholds = serde_json::from_str(r#"{"warning": 0.8, "critical": {"max": 0.95}}"#)?;
/// assert_eq!(limits.on(Metric::gauge("memory_used", 0.9)).status(), Status::Warning);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Outside of this: a warning.
    pub warning: Option<Bounds>,
    /// Outside of this: critical.
    pub critical: Option<Bounds>,
}

impl Thresholds {
    /// Limits from above.
    #[must_use]
    pub const fn at_most(warning: f64, critical: f64) -> Self {
        Self {
            warning: Some(Bounds { min: None, max: Some(warning) }),
            critical: Some(Bounds { min: None, max: Some(critical) }),
        }
    }

    /// The metric with these limits as its ranges.
    #[must_use]
    pub fn on(&self, mut metric: Metric) -> Metric {
        metric.warning = self.warning.map(Range::from);
        metric.critical = self.critical.map(Range::from);
        metric
    }

    /// Whether any limit is set.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.warning.is_some() || self.critical.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    #[test]
    fn a_value_is_judged_by_the_worse_of_its_limits() {
        let limits = Thresholds::at_most(0.8, 0.95);
        for (value, expected) in
            [(0.8, Status::Ok), (0.81, Status::Warning), (0.96, Status::Critical), (f64::NAN, Status::Critical)]
        {
            assert_eq!(limits.on(Metric::gauge("x", value)).status(), expected, "{value}");
        }
    }

    #[test]
    fn bounds_that_no_value_could_meet_are_refused() {
        let cases = [
            (r#"{"min": 2, "max": 1}"#, "no value would be good"),
            ("{}", "bounds need"),
            (r#"{"mx": 1}"#, "unknown field `mx`"),
            (r#""90%""#, "expected the highest good value"),
        ];
        for (json, expected) in cases {
            let error = serde_json::from_str::<Bounds>(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }
}
