//! The door for what people say about incidents: how long a text may be, what a link and a date are. Each refusal names the
//! field. Knows nothing of which incidents there are.

use std::time::Duration;

use thiserror::Error;
use url::Url;

use super::postmortem::{Act, WHYS_MAX};
use super::{Contribution, IncidentAct};
use crate::id::IncidentId;
use crate::label::Labels;
use crate::time::Timestamp;

/// Bytes of a title, a name, a kind.
const SHORT_MAX: usize = 300;
const NOTE_MAX: usize = 4_000;
const LINK_MAX: usize = 2_000;
/// Of a root cause, and of lessons.
const TEXT_MAX: usize = 20_000;
const LABELS_MAX: usize = 32;
const LABEL_BYTES: usize = 1_024;
const MOVED_MAX: usize = 100;
/// How far ahead of this node's clock a change may lie.
const FUTURE: Duration = Duration::from_secs(600);

/// Why something is not done about an incident.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ActError {
    #[error("there is no incident `{0}`")]
    Unknown(IncidentId),
    #[error("there is an incident `{0}` already: give the new one another id, or none")]
    Exists(IncidentId),
    #[error("{0} incidents are open, which is the most: resolve one first")]
    TooManyOpen(usize),
    #[error("the incident is {state}: it cannot be {what}")]
    State { state: &'static str, what: &'static str },
    #[error("the incident is {what} already, by {by} at {at}")]
    Already { what: &'static str, by: String, at: Timestamp },
    #[error("the incident has not been resolved yet: its post-mortem begins then")]
    NoPostmortem,
    #[error("`number`: the post-mortem has no action {0}")]
    NoAction(u32),
    #[error("the post-mortem has {0} actions, which is the most")]
    TooManyActions(usize),
    #[error("`{field}` must not be empty")]
    Empty { field: &'static str },
    #[error("`{field}` is {bytes} bytes long, more than the {most} that are taken")]
    TooLong { field: &'static str, bytes: usize, most: usize },
    #[error("`{field}` has {count} entries, more than the {most} that are taken")]
    TooMany { field: &'static str, count: usize, most: usize },
    #[error("`{field}` is not an address of the web: write it as `https://host/path`")]
    NotALink { field: &'static str },
    #[error("`due`: `{0}` is not a date: write it as `2026-12-24`")]
    NotADate(String),
    #[error("`number` is {0}: why is asked from 1 to {WHYS_MAX}")]
    NotAWhy(usize),
    #[error("`moved` holds a number that is none")]
    NotFinite,
    #[error("`at` is {ahead_seconds} s ahead of this node's clock: is one of the two clocks wrong?")]
    FromTheFuture { ahead_seconds: u64 },
}

impl IncidentAct {
    /// This act, its texts without blanks at their ends.
    ///
    /// # Errors
    /// The first field that cannot be taken.
    pub fn accept(self) -> Result<Self, ActError> {
        let name = |field, value: Option<String>| value.map(|value| text(field, value, SHORT_MAX)).transpose();
        Ok(match self {
            Self::Open { title, severity, labels } => {
                let title = text("title", title, SHORT_MAX)?;
                Self::Open { title, severity, labels: accept_labels(labels)? }
            }
            Self::Note(note) => Self::Note(text("note", note, NOTE_MAX)?),
            Self::Assign(who) => Self::Assign(name("assignee", who)?),
            Self::Command(who) => Self::Command(name("commander", who)?),
            Self::Link(address) => Self::Link(address.map(|address| link("link", address)).transpose()?),
            Self::Postmortem(act) => Self::Postmortem(act.accept()?),
            Self::Acknowledge | Self::Mitigate | Self::Resolve | Self::Reopen | Self::Severity(_) => self,
        })
    }
}

impl Act {
    fn accept(self) -> Result<Self, ActError> {
        let owner = |owner: Option<String>| owner.map(|owner| text("owner", owner, SHORT_MAX)).transpose();
        Ok(match self {
            Self::Why { number, .. } if !(1..=WHYS_MAX).contains(&number) => return Err(ActError::NotAWhy(number)),
            Self::Why { number, answer } => Self::Why { number, answer: any("answer", answer, NOTE_MAX)? },
            Self::RootCause(cause) => Self::RootCause(any("root_cause", cause, TEXT_MAX)?),
            Self::Lessons(lessons) => Self::Lessons(any("lessons", lessons, TEXT_MAX)?),
            Self::AddAction { text: what, owner: who, due } => {
                Self::AddAction { text: text("text", what, NOTE_MAX)?, owner: owner(who)?, due: date(due)? }
            }
            Self::ChangeAction { number, text: what, owner: who, due } => {
                let (text, owner, due) = (text("text", what, NOTE_MAX)?, owner(who)?, date(due)?);
                Self::ChangeAction { number, text, owner, due }
            }
            Self::Moved(moved) => {
                let is_finite = |number: f64| number.is_finite();
                if moved.len() > MOVED_MAX {
                    return Err(ActError::TooMany { field: "moved", count: moved.len(), most: MOVED_MAX });
                }
                if !moved.iter().all(|it| [it.before, it.after, it.spreads].into_iter().all(is_finite)) {
                    return Err(ActError::NotFinite);
                }
                Self::Moved(moved)
            }
            Self::Done { .. } | Self::Complete(_) => self,
        })
    }
}

impl Contribution {
    /// This change, as it can be kept.
    ///
    /// # Errors
    /// The first field that cannot be taken.
    pub fn accept(self, now: Timestamp) -> Result<Self, ActError> {
        if self.at > now.after(FUTURE) {
            return Err(ActError::FromTheFuture { ahead_seconds: self.at.since(now).as_secs() });
        }
        Ok(Self {
            kind: text("kind", self.kind, SHORT_MAX)?,
            summary: text("summary", self.summary, NOTE_MAX)?,
            at: self.at,
            by: text("by", self.by, SHORT_MAX)?,
            labels: accept_labels(self.labels)?,
            url: self.url.map(|url| link("url", url)).transpose()?,
        })
    }
}

fn accept_labels(labels: Labels) -> Result<Labels, ActError> {
    if labels.len() > LABELS_MAX {
        return Err(ActError::TooMany { field: "labels", count: labels.len(), most: LABELS_MAX });
    }
    if labels.iter().any(|(name, _)| name.is_empty()) {
        return Err(ActError::Empty { field: "labels" });
    }
    let longest = labels.iter().map(|(name, value)| name.len().max(value.len())).max().unwrap_or(0);
    if longest > LABEL_BYTES {
        return Err(ActError::TooLong { field: "labels", bytes: longest, most: LABEL_BYTES });
    }
    Ok(labels)
}

fn text(field: &'static str, given: String, most: usize) -> Result<String, ActError> {
    let given = any(field, given, most)?;
    if given.is_empty() { Err(ActError::Empty { field }) } else { Ok(given) }
}

fn any(field: &'static str, given: String, most: usize) -> Result<String, ActError> {
    if given.len() > most {
        return Err(ActError::TooLong { field, bytes: given.len(), most });
    }
    let trimmed = given.trim();
    Ok(if trimmed.len() == given.len() { given } else { trimmed.to_owned() })
}

fn link(field: &'static str, given: String) -> Result<String, ActError> {
    let given = text(field, given, LINK_MAX)?;
    let url = Url::parse(&given).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(|_| given).ok_or(ActError::NotALink { field })
}

fn date(given: Option<String>) -> Result<Option<String>, ActError> {
    let Some(given) = given else { return Ok(None) };
    let parsed = given.trim().parse::<jiff::civil::Date>();
    parsed.map(|date| Some(date.to_string())).map_err(|_| ActError::NotADate(given.chars().take(40).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Severity;
    use crate::incident::postmortem::Moved;

    #[test]
    fn what_cannot_be_taken_is_refused_by_its_field() {
        let long = || "x".repeat(1 << 20);
        let open =
            |title: &str, labels: Labels| IncidentAct::Open { title: title.into(), severity: Severity::Sev1, labels };
        let many = Labels::new((0..40).map(|n| (format!("l{n}"), "v"))).expect("no name twice");
        let action = |due: &str| Act::AddAction { text: "mend".into(), owner: None, due: Some(due.into()) };
        let moved = Moved { check: "a".into(), metric: "m".into(), before: 1.0, after: f64::NAN, spreads: 1.0 };
        let table = [
            (IncidentAct::Note(long()), "`note` is 1048576 bytes long, more than the 4000 that are taken"),
            (IncidentAct::Note(" \n".into()), "`note` must not be empty"),
            (open("", Labels::default()), "`title` must not be empty"),
            (open(&long(), Labels::default()), "`title` is 1048576 bytes long, more than the 300 that are taken"),
            (open("t", many), "`labels` has 40 entries, more than the 32 that are taken"),
            (IncidentAct::Assign(Some(long())), "`assignee` is 1048576 bytes long, more than the 300 that are taken"),
            (IncidentAct::Command(Some(String::new())), "`commander` must not be empty"),
            (
                IncidentAct::Link(Some("javascript:alert(1)".into())),
                "`link` is not an address of the web: write it as `https://host/path`",
            ),
            (
                IncidentAct::Postmortem(Act::Why { number: 6, answer: "because".into() }),
                "`number` is 6: why is asked from 1 to 5",
            ),
            (
                IncidentAct::Postmortem(Act::Why { number: 0, answer: "because".into() }),
                "`number` is 0: why is asked from 1 to 5",
            ),
            (
                IncidentAct::Postmortem(Act::RootCause(long())),
                "`root_cause` is 1048576 bytes long, more than the 20000 that are taken",
            ),
            (IncidentAct::Postmortem(action("soon")), "`due`: `soon` is not a date: write it as `2026-12-24`"),
            (IncidentAct::Postmortem(Act::Moved(vec![moved])), "`moved` holds a number that is none"),
        ];
        for (act, expected) in table {
            assert_eq!(act.accept().map_err(|error| error.to_string()), Err(expected.to_owned()));
        }
    }

    #[test]
    fn what_is_taken_is_taken_as_it_is_but_for_blanks() {
        assert_eq!(IncidentAct::Note("  hello\n".into()).accept(), Ok(IncidentAct::Note("hello".into())));
        assert_eq!(IncidentAct::Assign(None).accept(), Ok(IncidentAct::Assign(None)));
        let link = IncidentAct::Link(Some("https://meet.example.org/x".into()));
        assert_eq!(link.clone().accept(), Ok(link));
    }

    #[test]
    fn a_change_from_the_future_is_refused() {
        let now = Timestamp::from_millis(0);
        let told = |seconds: u64, url: Option<&str>| Contribution {
            kind: "deploy".into(),
            summary: "shop 2.4.1".into(),
            at: now.after(Duration::from_secs(seconds)),
            by: "ci".into(),
            labels: Labels::default(),
            url: url.map(Into::into),
        };
        assert!(told(60, Some("https://ci.example.org/1")).accept(now).is_ok());
        assert_eq!(told(3_600, None).accept(now), Err(ActError::FromTheFuture { ahead_seconds: 3_600 }));
        assert_eq!(told(0, Some("ci")).accept(now), Err(ActError::NotALink { field: "url" }));
    }
}
