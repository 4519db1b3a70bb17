//! A plugin that does not complete its runs: its own problem, told apart from its target's. Knows nothing of health.

use serde::{Deserialize, Serialize};

use crate::run::RunRecord;
use crate::time::Timestamp;

/// What is kept of a message: a page needs a line, the runs have the rest.
const MESSAGE_CHARS_MAX: usize = 300;

/// Runs in a row that did not complete; one that does ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    pub since: Timestamp,
    pub runs: u32,
    /// How the newest ended: `trap`, `deadline`.
    pub outcome: String,
    /// For people. From a plugin: never trust it as markup.
    pub message: String,
}

impl Failing {
    /// What holds after a run.
    #[must_use]
    pub fn after(before: Option<&Self>, run: &RunRecord) -> Option<Self> {
        (!run.outcome.is_completed()).then(|| Self {
            since: before.map_or_else(|| run.finished_at(), |before| before.since),
            runs: before.map_or(0, |before| before.runs).saturating_add(1),
            outcome: run.outcome.as_str().to_owned(),
            message: run.outcome.to_string().chars().take(MESSAGE_CHARS_MAX).collect(),
        })
    }
}
