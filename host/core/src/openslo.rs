//! OpenSLO v1 files as SLOs of this node. What is read and what is refused stands in `docs/slo/openslo.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::config::{ConfigError, ConfigErrors, Place, Schedule, Source};
use crate::id::{ReceiverName, SloName};
use crate::slo::Slo;

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
    let _ = (sources, around, errors);
    Compiled::default()
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
