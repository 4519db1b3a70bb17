//! Runs a transcript again: host calls are answered from it, and each must ask what it asked then.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tocsin_core::id::Digest;
use tocsin_core::run::RunOutcome;

use crate::input::Output;
use crate::plugin::Plugin;
use crate::run::{self, Source};
use crate::transcript::exchange::{Exchange, HostCall};
use crate::transcript::tape::Tape;
use crate::transcript::{NotReplayable, Transcript};

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replayed {
    /// Whether the guest did the same again: each host call, how it ended, and what it returned, byte for byte.
    pub identical: bool,
    pub outcome: RunOutcome,
    /// What the guest returned this time.
    pub value: Option<Value>,
    /// How the recorded run ended.
    pub recorded: RunOutcome,
    /// The first host call that differs.
    pub divergence: Option<Divergence>,
}

/// A host call that is not the one that was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("host call {index}: recorded was {recorded}, and now the guest asked {asked}")]
pub struct Divergence {
    pub index: usize,
    pub recorded: String,
    pub asked: String,
}

/// A transcript that this plugin cannot be replayed from.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    NotReplayable(#[from] NotReplayable),
    #[error("the transcript is of component {recorded}, and the plugin is {loaded}; install that one to replay it")]
    OtherComponent { recorded: Digest, loaded: Digest },
}

/// Characters of each side of a divergence that are shown.
const SHOWN_MAX: usize = 400;

impl Divergence {
    pub(crate) fn new<C: HostCall>(index: usize, recorded: Option<&Exchange>, request: &C::Request) -> Self {
        let recorded = recorded.map_or_else(|| "the end of the run".to_owned(), shown);
        let asked = serde_json::to_string(request).unwrap_or_default();
        Self { index, recorded, asked: cut(format!("{} {asked}", C::NAME)) }
    }

    fn not_asked(index: usize, recorded: &Exchange) -> Self {
        Self { index, recorded: shown(recorded), asked: "nothing more".to_owned() }
    }
}

fn shown(exchange: &Exchange) -> String {
    let request = serde_json::to_value(exchange).unwrap_or_default();
    let request = request.get(exchange.name()).and_then(|call| call.get("request")).cloned().unwrap_or_default();
    cut(format!("{} {request}", exchange.name()))
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Plugin {
    /// Runs the guest again on what it was told then, without network, clock or disk.
    pub async fn replay(&self, transcript: &Transcript) -> Result<Replayed, ReplayError> {
        transcript.replayable()?;
        if let Some(recorded) = transcript.digest().filter(|recorded| *recorded != self.digest()) {
            let (recorded, loaded) = (recorded.clone(), self.digest().clone());
            return Err(ReplayError::OtherComponent { recorded, loaded });
        }
        let source = Source {
            question: transcript.question.clone(),
            limits: transcript.head.limits,
            rights: Arc::clone(&transcript.head.rights),
            state: Arc::clone(&transcript.state),
            tape: Tape::replay_of(transcript.exchanges.clone()),
        };
        let ended = run::replay(self.loaded(), source).await;
        let recorded = transcript.head.outcome.clone();
        let divergence = ended
            .divergence
            .or_else(|| ended.not_reached.as_ref().map(|(index, exchange)| Divergence::not_asked(*index, exchange)));
        let identical = divergence.is_none()
            && same_end(&ended.run.outcome, &recorded)
            && ended.run.transcript.returned == transcript.returned;
        let value = ended.run.value.as_ref().map(Output::to_json);
        Ok(Replayed { identical, outcome: ended.run.outcome, value, recorded, divergence })
    }
}

/// Frames name functions, which a cached image may spell otherwise; all else must be equal.
fn same_end(replayed: &RunOutcome, recorded: &RunOutcome) -> bool {
    match (replayed, recorded) {
        (RunOutcome::Trap { message: replayed, .. }, RunOutcome::Trap { message: recorded, .. }) => {
            replayed == recorded
        }
        _ => replayed == recorded,
    }
}
