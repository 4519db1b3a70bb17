//! What is valid of playbooks and most likely not meant, each with its place and the way out. The configuration is
//! enough to say it: nothing is looked up, planned or asked. What can never work is refused when it is read.

use serde::Serialize;

use super::{Mode, Playbook};
use crate::config::{Config, Place};
use crate::id::PlaybookName;

mod command;
mod gates;
mod ladder;
mod overlap;
mod trigger;

/// Something about a playbook that its author should look at again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[error("{place}: playbook `{playbook}`: {message}; {help}")]
pub struct LintNote {
    /// Of the playbook.
    pub place: Place,
    pub playbook: PlaybookName,
    /// Stable: `no-blast-radius`.
    pub code: &'static str,
    pub message: String,
    /// The way out.
    pub help: String,
}

/// Notes on all playbooks, in the order of files and lines.
#[must_use]
pub fn lint(config: &Config) -> Vec<LintNote> {
    let mut all: Vec<LintNote> = config.playbooks.values().flat_map(|playbook| of(playbook, config)).collect();
    all.extend(overlap::lint(config));
    all.sort();
    all
}

fn of(playbook: &Playbook, config: &Config) -> Vec<LintNote> {
    let mut notes = Notes { playbook, all: Vec::new() };
    trigger::lint(config, &mut notes);
    ladder::lint(config, &mut notes);
    command::lint(config, &mut notes);
    gates::lint(config, &mut notes);
    notes.all
}

struct Notes<'p> {
    playbook: &'p Playbook,
    all: Vec<LintNote>,
}

impl Notes<'_> {
    fn say(&mut self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.all.push(LintNote {
            place: self.playbook.place.clone(),
            playbook: self.playbook.name.clone(),
            code,
            message: message.into(),
            help: help.into(),
        });
    }

    /// Whether anything is ever carried out.
    fn repairs(&self) -> bool {
        self.playbook.mode >= Mode::Approve
    }

    fn is_auto(&self) -> bool {
        self.playbook.mode == Mode::Auto
    }
}

#[cfg(test)]
mod tests;
