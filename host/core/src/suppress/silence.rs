//! Silences: while one is active, the alerts its matchers match are not notified. As in Alertmanager, with the
//! recurring kind that its users ask for. Knows nothing of alerts' states.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::SilenceId;
use crate::label::Labels;
use crate::maintenance::When;
use crate::matcher::{Matcher, all_match};
use crate::time::Timestamp;

/// How long an expired silence can still be looked at.
pub const RETENTION: Duration = Duration::from_secs(5 * 86_400);
/// Silences that are kept at once, expired ones included.
pub const SILENCES_MAX: usize = 10_000;
const MATCHERS_MAX: usize = 64;
const COMMENT_BYTES_MAX: usize = 4_096;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Silence {
    pub id: SilenceId,
    pub matchers: Vec<Matcher>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub created_by: String,
    pub comment: String,
    pub updated_at: Timestamp,
    /// Between start and end it holds only during these stretches: every night, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurs: Option<When>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SilenceState {
    Pending,
    Active,
    Expired,
}

impl SilenceState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SilenceError {
    #[error("a silence needs at least one matcher")]
    NoMatchers,
    #[error("a silence has {count} matchers, more than the {MATCHERS_MAX} that are taken")]
    TooManyMatchers { count: usize },
    #[error(
        "a silence whose every matcher matches the empty text would silence all alerts: name a label that must be there"
    )]
    MatchesAll,
    #[error("a silence must end ({ends_at}) after it starts ({starts_at})")]
    EndsBeforeItStarts { starts_at: Timestamp, ends_at: Timestamp },
    #[error("a silence cannot end in the past ({ends_at}); expire it instead")]
    EndsInThePast { ends_at: Timestamp },
    #[error("a silence's comment is {bytes} bytes long, more than the {COMMENT_BYTES_MAX} that are taken")]
    CommentTooLong { bytes: usize },
    #[error("a silence needs the name of who made it: give `createdBy`")]
    NoAuthor,
    #[error("there are {SILENCES_MAX} silences, which is the most that are kept; expired ones go after five days")]
    TooMany,
    #[error("there is no silence `{0}`")]
    Unknown(SilenceId),
    #[error("the silence `{0}` has expired; make a new one")]
    Expired(SilenceId),
}

impl Silence {
    #[must_use]
    pub fn state(&self, now: Timestamp) -> SilenceState {
        if now < self.starts_at {
            SilenceState::Pending
        } else if now < self.ends_at {
            SilenceState::Active
        } else {
            SilenceState::Expired
        }
    }

    #[must_use]
    pub fn silences(&self, labels: &Labels, now: Timestamp) -> bool {
        self.holds(now) && all_match(&self.matchers, labels)
    }

    /// Whether it silences anything now: active, and not between two of its stretches.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.state(now) == SilenceState::Active && self.recurs.as_ref().is_none_or(|when| when.span_at(now).is_some())
    }

    /// # Errors
    /// The first thing about it that is not taken.
    pub fn accept(self, now: Timestamp) -> Result<Self, SilenceError> {
        if self.matchers.is_empty() {
            return Err(SilenceError::NoMatchers);
        }
        if self.matchers.len() > MATCHERS_MAX {
            return Err(SilenceError::TooManyMatchers { count: self.matchers.len() });
        }
        if all_match(&self.matchers, &Labels::default()) {
            return Err(SilenceError::MatchesAll);
        }
        if self.ends_at <= self.starts_at {
            return Err(SilenceError::EndsBeforeItStarts { starts_at: self.starts_at, ends_at: self.ends_at });
        }
        if self.ends_at <= now {
            return Err(SilenceError::EndsInThePast { ends_at: self.ends_at });
        }
        if self.comment.len() > COMMENT_BYTES_MAX {
            return Err(SilenceError::CommentTooLong { bytes: self.comment.len() });
        }
        if self.created_by.trim().is_empty() {
            return Err(SilenceError::NoAuthor);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::MatchOp;
    use crate::schedule::Cron;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn silence() -> Silence {
        Silence {
            id: SilenceId::new("s"),
            matchers: vec![Matcher::equal("site", "x")],
            starts_at: at(100),
            ends_at: at(200),
            created_by: "ada".into(),
            comment: "disk swap".into(),
            updated_at: at(0),
            recurs: None,
        }
    }

    #[test]
    fn one_that_recurs_holds_only_during_its_stretches() {
        let here = Labels::new([("site", "x")]).expect("one");
        let starts = Cron::parse("0 2 * * *", "UTC").expect("valid");
        let recurs = Some(When::Recurring { starts, duration: Duration::from_secs(3_600) });
        let nightly = Silence { starts_at: at(0), ends_at: at(10 * 86_400), recurs, ..silence() };
        let hours = |hours: i64| nightly.silences(&here, at(hours * 3_600));
        assert_eq!([1, 2, 3, 26, 27].map(hours), [false, true, false, true, false]);
        assert!(!nightly.silences(&here, at(11 * 86_400 + 2 * 3_600)), "it is over");
    }

    #[test]
    fn it_holds_from_its_start_until_its_end() {
        let here = Labels::new([("site", "x")]).expect("one");
        let table = [(99, "pending", false), (100, "active", true), (199, "active", true), (200, "expired", false)];
        for (now, state, silences) in table {
            assert_eq!(
                (silence().state(at(now)).as_str(), silence().silences(&here, at(now))),
                (state, silences),
                "{now}"
            );
        }
        assert!(!silence().silences(&Labels::default(), at(150)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let any = Matcher::new("site", MatchOp::Regex, ".*").expect("valid");
        let table = [
            (Silence { matchers: vec![], ..silence() }, "at least one matcher"),
            (Silence { matchers: vec![any], ..silence() }, "would silence all alerts"),
            (Silence { ends_at: at(100), ..silence() }, "must end"),
            (Silence { starts_at: at(10), ends_at: at(20), ..silence() }, "in the past"),
            (Silence { created_by: " ".into(), ..silence() }, "who made it"),
            (Silence { comment: "x".repeat(5_000), ..silence() }, "5000 bytes"),
        ];
        for (silence, expected) in table {
            let error = silence.accept(at(50)).expect_err("refused").to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(silence().accept(at(50)).is_ok());
    }
}
