//! The key `slos` of `tocsin.yaml`, which names OpenSLO files, and what comes of them. What stands in those files is
//! read by [`crate::openslo`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::{ConfigError, ConfigErrors};
use super::files::{self, Files, SLO_FILES_MAX, Unreadable};
use super::names::Named;
use super::read::{self, At, Fields};
use super::{Check, Source};
use crate::id::ReceiverName;
use crate::openslo::{self, Compiled, Note, Surroundings};

/// The key `slos`.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Each with the error that it is if a file of it cannot be read, without its message.
    files: Vec<(PathBuf, ConfigError)>,
}

impl Settings {
    pub(super) fn patterns(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(pattern, _)| pattern.clone()).collect()
    }

    /// The error at the pattern that a file came from.
    fn otherwise(&self, file: &Path) -> Option<&ConfigError> {
        self.files.iter().find(|(pattern, _)| files::is_of(pattern, file)).map(|(_, error)| error)
    }

    /// Patterns that no file is of: most likely written wrong.
    fn idle(&self, read: &[&Source]) -> Vec<Note> {
        let is_idle = |pattern: &Path| !read.iter().any(|source| files::is_of(pattern, Path::new(&source.name)));
        let idle = self.files.iter().filter(|(pattern, _)| is_idle(pattern));
        let note = |(pattern, error): &(PathBuf, ConfigError)| {
            let message = format!("there is no file {}", pattern.display());
            Note::from(ConfigError { code: "no-files", message, ..error.clone() })
        };
        idle.map(note).collect()
    }
}

pub(super) fn read(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Settings {
    fields.optional("slos", errors, settings).unwrap_or_default()
}

fn settings(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Settings> {
    let mut settings = Settings::default();
    let mut fields = Fields::of(at, errors)?;
    for at in fields.required("files", errors, read::list).unwrap_or_default() {
        let Some(pattern) = read::path(&at, errors) else { continue };
        if pattern.parent().is_some_and(|folder| folder.to_string_lossy().contains(['*', '?', '['])) {
            let error = at.error("slo-path", "a wildcard stands in a folder's name");
            errors.push(error.help("only the last part may hold one, as in `slos/*.yaml`"));
            continue;
        }
        settings.files.push((pattern, at.error("file", "")));
    }
    fields.finish(errors);
    Some(settings)
}

/// All SLOs of all files. `receivers` are those there are, if they could be read.
pub(super) fn compile(
    settings: Settings,
    given: &Files,
    checks: &Named<Check>,
    receivers: Option<BTreeSet<ReceiverName>>,
    errors: &mut ConfigErrors,
) -> Compiled {
    if given.slos.len() > SLO_FILES_MAX {
        let message = format!("these are more than {SLO_FILES_MAX} OpenSLO files; one file may hold many objects");
        let first = settings.files.first().map(|(_, error)| error.clone());
        errors.extend(first.map(|error| ConfigError { code: "too-many", message, ..error }));
    }
    let mut sources = Vec::new();
    for file in &given.slos {
        match file {
            Ok(source) => sources.push(source),
            Err(Unreadable { path, reason }) => {
                let message = format!("the OpenSLO file {} cannot be read: {reason}", path.display());
                errors.extend(settings.otherwise(path).map(|error| ConfigError { message, ..error.clone() }));
            }
        }
    }
    let surroundings = Surroundings {
        checks: checks.things().map(|check| (check.name.as_str(), &check.schedule)).collect(),
        check_names: checks.names().collect(),
        receivers,
    };
    let mut compiled = openslo::compile(&sources, &surroundings, errors);
    compiled.notes.splice(0..0, settings.idle(&sources));
    compiled
}
