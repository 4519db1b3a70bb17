//! The two errors a guest meets: why the guest gave up ([`Error`]), and why the host said no to a call ([`CallError`]).

use std::fmt;

use crate::Denial;

/// Why a plugin could not do its work. It says nothing about the target: the check becomes *unknown*.
///
/// Any standard error turns into one by `?`; its causes are kept in the text.
///
/// ```
/// fn port(text: &str) -> Result<u16, tocsin_sdk::Error> {
///     Ok(text.parse()?)
/// }
/// assert_eq!(port("http").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub struct Error(String);

impl Error {
    /// An error with this sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Puts what was being done before the reason.
    #[must_use]
    pub fn while_doing(self, what: impl fmt::Display) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

// Not `std::error::Error` itself, or this would overlap with `From<T> for T`.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            text.push_str(": ");
            text.push_str(&source.to_string());
            cause = source.source();
        }
        Self(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a host call gave no answer. `F` tells what can go wrong at the far side.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError<F> {
    /// The plugin was not granted this. The run is recorded as denied whatever the guest does next: pass it on by `?`.
    Denied(Denial),
    /// It was allowed, and it went wrong: for a probe this is often the very thing to report.
    Failed(F),
}

impl<F: fmt::Display> fmt::Display for CallError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denial) => {
                write!(f, "`{}` on `{}` is not granted: {}", denial.capability, denial.target, denial.reason)
            }
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl<F: fmt::Display + fmt::Debug> std::error::Error for CallError<F> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_causes() {
        #[derive(Debug)]
        struct Outer(std::num::ParseIntError);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bad port")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let error = Error::from(Outer("x".parse::<u16>().unwrap_err()));
        assert_eq!(
            error.while_doing("reading the config").to_string(),
            "reading the config: bad port: invalid digit found in string"
        );
    }

    #[test]
    fn a_denial_names_the_capability_the_target_and_the_reason() {
        let denial =
            Denial { capability: "http".into(), target: "http://10.0.0.7:80".into(), reason: "not named".into() };
        let error = CallError::<String>::Denied(denial);
        assert_eq!(error.to_string(), "`http` on `http://10.0.0.7:80` is not granted: not named");
    }
}
