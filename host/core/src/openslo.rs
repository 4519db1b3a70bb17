//! OpenSLO v1 files as SLOs of this node. What is read and what is refused stands in `docs/slo/openslo.md`.
//!
//! From text to value: `config::tree` (YAML with places) -> `document` (kind and name) -> a room for each kind (`source`
//! and `indicator`, `policy`, `slo` with `window`, `objective`, `slot` and `alerts`) -> `lint` (what is most likely not meant).
//! Kinds are read in the order in which they refer to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::config::tree::{self, Node};
use crate::config::{ConfigError, ConfigErrors, Place, Schedule, Source};
use crate::id::{ReceiverName, SloName};
use crate::slo::Slo;

mod alerts;
#[cfg(test)]
mod cases;
mod document;
#[cfg(test)]
mod examples;
mod indicator;
mod lint;
mod metadata;
mod objective;
mod objects;
mod policy;
mod read;
mod slo;
mod slot;
mod source;
mod window;

use document::Document;
use objects::Objects;
use read::At;

/// Kept of one configuration.
const NOTES_MAX: usize = 1_000;
const VERSION: &str = "openslo/v1";
/// The policy that stands for what is derived.
const DEFAULT_POLICY: &str = "tocsin/default";

/// What the files hold, if nothing is wrong with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compiled {
    pub slos: BTreeMap<SloName, Slo>,
    /// In the order of files and lines.
    pub notes: Vec<Note>,
}

/// Something that is valid and most likely not meant, or that is decided otherwise than one may think.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    pub place: Place,
    /// Stable: `minute-for-month`.
    pub code: &'static str,
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// What of the rest of the configuration these files speak of.
#[derive(Debug)]
pub(crate) struct Surroundings<'c> {
    /// Those that turned out right.
    pub(crate) checks: BTreeMap<&'c str, &'c Schedule>,
    /// All of them.
    pub(crate) check_names: BTreeSet<&'c str>,
    /// None where they could not be read.
    pub(crate) receivers: Option<BTreeSet<ReceiverName>>,
}

/// All SLOs of all files; what is wrong is reported.
pub(crate) fn compile(sources: &[&Source], around: &Surroundings<'_>, errors: &mut ConfigErrors) -> Compiled {
    let mut trees: Vec<(&Source, Vec<Node>)> = Vec::new();
    for source in sources {
        let (roots, faults) = tree::parse_all(&source.text);
        errors.extend(faults.into_iter().map(|tree::Fault { mark, path, code, message }| {
            let place = Place { file: source.name.clone(), line: mark.line, column: mark.column };
            ConfigError { place, path, code, message, help: None }
        }));
        trees.push((source, roots));
    }
    let roots = trees.iter().flat_map(|(source, roots)| roots.iter().map(|node| (*source, node)));
    let roots = roots.map(|(source, node)| At { source, path: String::new(), node });
    let mut documents: Vec<Document<'_>> = roots.filter_map(|at| document::read(at, errors)).collect();
    // Stable, so that of two with one name the second is one too many.
    documents.sort_by_key(|document| document.kind);
    let mut objects = Objects::new(around);
    for document in &documents {
        document.define(&mut objects, errors);
    }
    lint::unused(&mut objects);
    let notes = bounded(objects.notes);
    Compiled { slos: objects.slos.into_things().map(|(_, slo)| (slo.name.clone(), slo)).collect(), notes }
}

/// In order, none twice; of very many the first, and how many more there are.
fn bounded(mut notes: Vec<Note>) -> Vec<Note> {
    notes.sort();
    notes.dedup();
    let more = notes.len().saturating_sub(NOTES_MAX);
    if let Some(first) = notes.get(NOTES_MAX).cloned() {
        notes.truncate(NOTES_MAX);
        notes.push(Note { code: "more", message: format!("and {more} more notes from here on"), help: None, ..first });
    }
    notes
}

impl From<ConfigError> for Note {
    fn from(ConfigError { place, code, message, help, .. }: ConfigError) -> Self {
        Self { place, code, message, help }
    }
}

/// `slos/shop.yaml:12:5: a period of 1m is a minute; a month is `1M``
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}
