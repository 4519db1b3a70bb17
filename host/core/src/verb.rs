//! What it takes to carry out a verb, and what comes back: an order that is looked at first ([`Prepared`]) and carried out
//! only then ([`Done`], or a [`VerbFailure`]). Values alone; whoever carries them out is in a crate of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::capability::Rights;
use crate::id::{CommandName, RemediationId};
use crate::plan::{HttpCall, Verb};

mod argument;

pub use argument::{ARGUMENT_BYTES_MAX, ArgumentProblem, argument_pattern};

/// One verb of one remediation, done or undone. Its text is the name under which the journal keeps what undoing takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderKey {
    pub remediation: RemediationId,
    /// Index into the plan's steps.
    pub step: u32,
    /// Whether the step is taken back.
    #[serde(default)]
    pub undo: bool,
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}{}", self.remediation, self.step, if self.undo { "-undo" } else { "" })
    }
}

/// All that is needed to carry something out; nothing is looked up elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub key: OrderKey,
    pub errand: Errand,
    /// After so long it is ended, whatever it is at.
    pub timeout: Duration,
    /// Of the playbook's action: what its manifest asks for, within the grant, with its config filled in.
    pub rights: Rights,
    /// What a `run-command` names.
    pub command: Option<Arc<Command>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    Do(Verb),
    Undo(Undo),
}

/// A command that the node's configuration names, and plans may ask for. It is started without a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub name: CommandName,
    /// An absolute path.
    pub program: String,
    /// These come first.
    pub fixed: Vec<String>,
    /// The plan gives exactly so many arguments, and each matches its pattern as a whole (regular expressions).
    pub patterns: Vec<String>,
    /// The user it runs as; `None` is the daemon's own.
    pub user: Option<String>,
    /// An absolute path; `None` is `/`.
    pub folder: Option<String>,
}

/// What was found before anything was changed. It is journalled before the verb is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// What would be done, in a sentence or a few lines: the output of a dry run.
    pub says: String,
    /// How it can be taken back; `None` where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

/// Takes one verb back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "undo", rename_all = "kebab-case")]
pub enum Undo {
    StartService {
        unit: String,
    },
    StopService {
        unit: String,
    },
    /// The content lies in the journal under the order's key; where there was no file, it is removed again.
    RestoreFile {
        path: String,
        existed: bool,
        mode: u32,
    },
    SetSysctl {
        key: String,
        value: String,
    },
    /// The files lie in quarantine under the order's key, and the list of them in the journal.
    MoveBack {
        folder: String,
        count: u32,
    },
    HttpRequest {
        request: HttpCall,
    },
}

/// What a verb did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// In a sentence.
    pub says: String,
    /// What it printed or answered, cut to 16 KiB; empty where there is nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
}

/// Why a verb was not prepared, or not carried out as it should have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerbFailure {
    /// In a sentence.
    pub reason: String,
    pub changed: Changed,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
}

/// Whether a verb that failed has changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    /// It was refused or could not begin.
    No,
    /// It ran and said that it failed: what it has done so far is known to be undone by its undo entry.
    Yes,
    /// Nobody can tell: a time-out, a lost connection, a crash.
    Perhaps,
}
