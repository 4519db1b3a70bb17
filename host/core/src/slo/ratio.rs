//! Shares as exact decimals: parts of a billion, nine decimals. Knows nothing of what they are shares of.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A share from zero to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ratio(u32);

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RatioError {
    #[error("`{0}` is not a decimal number")]
    NotADecimal(String),
    #[error("{0} has more than nine decimals as a share of one")]
    TooFine(String),
    #[error("{0} is not from zero to one")]
    OutOfRange(String),
}

impl Ratio {
    pub const BILLION: u32 = 1_000_000_000;
    pub const ONE: Self = Self(Self::BILLION);
    pub const ZERO: Self = Self(0);

    /// Of a billion; more is one.
    #[must_use]
    pub const fn from_billionths(billionths: u32) -> Self {
        Self(if billionths > Self::BILLION { Self::BILLION } else { billionths })
    }

    #[must_use]
    pub const fn billionths(self) -> u32 {
        self.0
    }

    /// What is left to one: the error budget of a target.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(Self::BILLION - self.0)
    }

    /// `0.999`, as written.
    ///
    /// # Errors
    /// It is no decimal number, too fine, or not from zero to one.
    pub fn share(written: &str) -> Result<Self, RatioError> {
        Self::parse(written, 9)
    }

    /// `99.9`, as written, of a hundred.
    ///
    /// # Errors
    /// As [`Ratio::share`].
    pub fn percent(written: &str) -> Result<Self, RatioError> {
        Self::parse(written, 7)
    }

    /// For people and for metrics; never to decide.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / f64::from(Self::BILLION)
    }

    /// `decimals` is how many digits after the point stand for one billionth.
    fn parse(written: &str, decimals: usize) -> Result<Self, RatioError> {
        let not = || RatioError::NotADecimal(written.to_owned());
        let (whole, part) = written.split_once('.').unwrap_or((written, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) {
            return Err(not());
        }
        let part = part.trim_end_matches('0');
        if part.len() > decimals {
            return Err(RatioError::TooFine(written.to_owned()));
        }
        let out_of_range = || RatioError::OutOfRange(written.to_owned());
        let number = format!("0{}{part:0<decimals$}", whole.trim_start_matches('0'));
        let billionths = number.parse::<u32>().map_err(|_| out_of_range())?;
        if billionths > Self::BILLION { Err(out_of_range()) } else { Ok(Self(billionths)) }
    }
}

/// In percent, with as many decimals as it has: `99.95%`.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PER_CENT: u32 = Ratio::BILLION / 100;
        let part = format!("{:07}", self.0 % PER_CENT);
        match part.trim_end_matches('0') {
            "" => write!(f, "{}%", self.0 / PER_CENT),
            part => write!(f, "{}.{part}%", self.0 / PER_CENT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_what_was_written_to_the_last_digit() {
        for (written, billionths) in [("0.999", 999_000_000), ("1", Ratio::BILLION), ("0", 0), (".5", 500_000_000)] {
            assert_eq!(Ratio::share(written).map(Ratio::billionths), Ok(billionths), "{written}");
        }
        for (written, billionths) in [("99.95", 999_500_000), ("100", Ratio::BILLION), ("0.999", 9_990_000)] {
            assert_eq!(Ratio::percent(written).map(Ratio::billionths), Ok(billionths), "{written}");
        }
    }

    #[test]
    fn what_is_no_share_is_named() {
        for (written, says) in [
            ("", "`` is not a decimal number"),
            ("1e-3", "`1e-3` is not a decimal number"),
            ("-0.5", "`-0.5` is not a decimal number"),
            ("0.9999999999", "0.9999999999 has more than nine decimals as a share of one"),
            ("1.5", "1.5 is not from zero to one"),
            ("99999999999999999999", "99999999999999999999 is not from zero to one"),
        ] {
            assert_eq!(Ratio::share(written).map_err(|error| error.to_string()), Err(says.to_owned()));
        }
    }

    #[test]
    fn is_shown_in_percent_as_people_write_it() {
        for (written, shown) in [("0.9995", "99.95%"), ("1", "100%"), ("0.000000001", "0.0000001%")] {
            assert_eq!(Ratio::share(written).map(|ratio| ratio.to_string()), Ok(shown.to_owned()));
        }
    }
}
