//! The record of one run: what it was, what it asked the host, what it was told, what it returned. Kept as typed values
//! while a run is healthy; written down only when somebody keeps it.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tocsin_core::capability::Rights;
use tocsin_core::id::Digest;
use tocsin_core::limits::Limits;
use tocsin_core::manifest::Kind;
use tocsin_core::run::{DeadlineLayer, RunOutcome};
use tocsin_core::time::Timestamp;

use crate::host::state::State;
use crate::world::Question;

pub(crate) mod exchange;
mod json;
pub(crate) mod tape;

use exchange::Exchange;

/// The shape of the bytes that [`Transcript::encode`] writes.
const FORMAT: u8 = 1;

/// One run, as far as it can be told afterwards. Holds no secret: requests are recorded before secrets are filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    pub(crate) head: Head,
    pub(crate) question: Option<Question>,
    pub(crate) state: Arc<State>,
    pub(crate) exchanges: Vec<Exchange>,
    /// What the guest returned, byte for byte; absent where it did not come to that.
    pub(crate) returned: Option<Vec<u8>>,
}

/// Which run of which plugin, under which limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) tocsin: Cow<'static, str>,
    pub(crate) architecture: Cow<'static, str>,
    pub(crate) digest: Option<Digest>,
    pub(crate) kind: Option<Kind>,
    pub(crate) started_at: Timestamp,
    pub(crate) limits: Limits,
    pub(crate) rights: Arc<Rights>,
    pub(crate) outcome: RunOutcome,
    /// Why the run cannot be replayed, if something answered it that is not recorded.
    pub(crate) irreproducible: Option<String>,
}

impl Head {
    pub(crate) fn new(outcome: RunOutcome, started_at: Timestamp) -> Self {
        Self {
            tocsin: Cow::Borrowed(env!("CARGO_PKG_VERSION")),
            architecture: Cow::Borrowed(std::env::consts::ARCH),
            digest: None,
            kind: None,
            started_at,
            limits: Limits::default(),
            rights: Arc::default(),
            outcome,
            irreproducible: None,
        }
    }
}

/// Bytes that are not a transcript, or not one of this version.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    #[error("the transcript has format {found}, and this version of Tocsin reads format {FORMAT} only")]
    Format { found: u8 },
    #[error("the transcript is damaged; its run has to be run again")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a run cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this run cannot be replayed: {0}")]
pub struct NotReplayable(String);

/// What stands in the bytes after the format. The head is JSON: it holds core's types, which may leave fields out.
#[derive(Serialize, Deserialize)]
struct Written {
    head: String,
    question: Option<Question>,
    state: Arc<State>,
    exchanges: Vec<Exchange>,
    returned: Option<Vec<u8>>,
}

impl Transcript {
    /// Of a run that never began.
    pub(crate) fn empty(outcome: RunOutcome, started_at: Timestamp) -> Self {
        let head = Head::new(outcome, started_at);
        Self { head, question: None, state: Arc::default(), exchanges: Vec::new(), returned: None }
    }

    /// Bytes to keep.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let written = Written {
            head: serde_json::to_string(&self.head).unwrap_or_default(),
            question: self.question.clone(),
            state: Arc::clone(&self.state),
            exchanges: self.exchanges.clone(),
            returned: self.returned.clone(),
        };
        postcard::to_extend(&written, vec![FORMAT]).unwrap_or_default()
    }

    /// Reads what [`Transcript::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, TranscriptError> {
        let (format, rest) = bytes.split_first().ok_or(TranscriptError::Format { found: 0 })?;
        if *format != FORMAT {
            return Err(TranscriptError::Format { found: *format });
        }
        let written: Written = postcard::from_bytes(rest).map_err(|error| TranscriptError::Damaged(error.into()))?;
        let head = serde_json::from_str(&written.head).map_err(|error| TranscriptError::Damaged(error.into()))?;
        let Written { question, state, exchanges, returned, .. } = written;
        Ok(Self { head, question, state, exchanges, returned })
    }

    /// For people: the whole run as JSON; bytes are shown as text where they are text, else in base64.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json::show(self)
    }

    /// Which component the run was of; none if it never began.
    #[must_use]
    pub const fn digest(&self) -> Option<&Digest> {
        self.head.digest.as_ref()
    }

    #[must_use]
    pub const fn outcome(&self) -> &RunOutcome {
        &self.head.outcome
    }

    /// Whether a replay will do the same again, on this version and architecture.
    pub fn replayable(&self) -> Result<(), NotReplayable> {
        let head = &self.head;
        let why = if let Some(why) = &head.irreproducible {
            why.clone()
        } else if self.question.is_none() {
            "it never began".to_owned()
        } else if head.tocsin != env!("CARGO_PKG_VERSION") {
            format!("it is of Tocsin {}, and this is {}", head.tocsin, env!("CARGO_PKG_VERSION"))
        } else if head.architecture != std::env::consts::ARCH {
            format!("it is of a {} machine, and this is {}", head.architecture, std::env::consts::ARCH)
        } else {
            match &head.outcome {
                RunOutcome::Completed
                | RunOutcome::GuestError { .. }
                | RunOutcome::Trap { .. }
                | RunOutcome::Memory { .. }
                | RunOutcome::Denied { .. } => return Ok(()),
                RunOutcome::Deadline { layer: DeadlineLayer::Wall | DeadlineLayer::Cpu, .. } => {
                    "where a deadline stopped it depends on the time it was given".to_owned()
                }
                RunOutcome::HostError { .. } => "the host failed, not the guest".to_owned(),
                RunOutcome::Saturated => "it never began".to_owned(),
                RunOutcome::Cancelled => "it was cancelled from outside".to_owned(),
            }
        };
        Err(NotReplayable(why))
    }
}
