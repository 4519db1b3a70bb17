//! Numbers of a config that decide: whole millionths, so that a tenth is a tenth.

use std::fmt;

use tocsin_sdk::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use tocsin_sdk::serde::de::{self, Deserialize, Deserializer};
use tocsin_sdk::serde_json::Value;

/// A number of at most six decimals, not negative, at most a billion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal(u64);

const ONE: u64 = 1_000_000;
const MAX: f64 = 1e9;

impl Decimal {
    pub(crate) const ONE: Self = Self(ONE);

    /// None for what is negative, too large, or no number.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within bounds right before")]
    pub(crate) fn new(number: f64) -> Option<Self> {
        (0.0..=MAX).contains(&number).then(|| Self((number * 1e6).round() as u64))
    }

    pub(crate) fn of(value: &Value) -> Option<Self> {
        value.as_f64().and_then(Self::new)
    }

    /// `count` times this, up to the next whole number.
    pub(crate) fn times_up(self, count: u64) -> u64 {
        let product = u128::from(count) * u128::from(self.0);
        u64::try_from(product.div_ceil(ONE.into())).unwrap_or(u64::MAX)
    }

    /// How many whole times `part` goes into this; none where `part` is nothing.
    pub(crate) const fn holds(self, part: Self) -> Option<u64> {
        self.0.checked_div(part.0)
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / ONE, self.0 % ONE);
        match rest {
            0 => write!(f, "{whole}"),
            _ => f.write_str(format!("{whole}.{rest:06}").trim_end_matches('0')),
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| de::Error::custom("expected a number from 0 to a billion"))
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1e9 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_what_people_expect_of_decimals() {
        for (factor, count, expected) in
            [(1.5, 4, 6), (1.5, 5, 8), (1.1, 10, 11), (1.1, 11, 13), (0.5, 3, 2), (1.5, 0, 0), (1.2, 5, 6)]
        {
            assert_eq!(Decimal::new(factor).unwrap().times_up(count), expected, "{factor} {count}");
        }
    }

    #[test]
    fn a_limit_holds_whole_parts() {
        for (limit, part, expected) in
            [(0.3, 0.1, Some(3)), (0.7, 0.1, Some(7)), (1.0, 0.3, Some(3)), (1.0, 2.0, Some(0)), (1.0, 0.0, None)]
        {
            assert_eq!(Decimal::new(limit).unwrap().holds(Decimal::new(part).unwrap()), expected, "{limit} {part}");
        }
    }

    #[test]
    fn what_is_no_amount_is_none_and_amounts_are_shown_without_zeros() {
        for number in [-0.1, 1e10, f64::NAN, f64::INFINITY] {
            assert!(Decimal::new(number).is_none(), "{number}");
        }
        for (number, shown) in [(0.0, "0"), (12.0, "12"), (0.12, "0.12"), (1.000_001, "1.000001")] {
            assert_eq!(Decimal::new(number).unwrap().to_string(), shown);
        }
    }
}
