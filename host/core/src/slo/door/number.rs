//! Numbers and moments as senders write them in JSON: what is not a count is kept, to be refused by its reason and alone.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use super::TOTAL_MAX;
use crate::slo::Refusal;
use crate::time::Timestamp;

/// A number of a posted event, which may be no count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Count(u64),
    Negative,
    NotWhole,
}

impl Number {
    pub(super) const fn count(self) -> Result<u64, Refusal> {
        match self {
            Self::Count(count) if count > TOTAL_MAX => Err(Refusal::TooLarge),
            Self::Count(count) => Ok(count),
            Self::Negative => Err(Refusal::Negative),
            Self::NotWhole => Err(Refusal::NotANumber),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number::Count(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(u64::try_from(value).map_or(Number::Negative, Number::Count))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        // As whole as a float can say: beyond 2^53 it is too large anyhow.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        Ok(if value < 0.0 {
            Number::Negative
        } else if value.fract() != 0.0 || value.is_nan() {
            Number::NotWhole
        } else if value >= EXACT {
            Number::Count(u64::MAX)
        } else {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and within 2^53")]
            Number::Count(value as u64)
        })
    }
}

/// RFC 3339, or milliseconds since the Unix epoch.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    deserializer.deserialize_any(MomentVisitor)
}

struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Option<Timestamp>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment: RFC 3339, or milliseconds since the Unix epoch")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Timestamp::from_millis(i64::try_from(value).unwrap_or(i64::MAX))))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Timestamp::from_millis(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        let parsed = value.parse::<jiff::Timestamp>();
        let at = parsed.map_err(|_| E::custom(format_args!("`{value}` is not a moment as in RFC 3339")))?;
        Ok(Some(Timestamp::from_millis(at.as_millisecond())))
    }
}
