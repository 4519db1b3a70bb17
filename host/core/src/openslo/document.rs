//! One document of a file: which kind of object it is, under which name it is known, and who reads the rest.

use super::metadata::{self, Metadata};
use super::objects::{KINDS, Kind, Objects};
use super::policy::{self, CONDITION, PLAIN};
use super::read::{At, Fields, description, map, text};
use super::{VERSION, indicator, slo};
use crate::config::ConfigErrors;
use crate::config::read::word;

/// More than one node judges; each costs memory for ever.
const SLOS_MAX: usize = 20_000;

#[derive(Debug)]
pub(super) struct Document<'n> {
    pub(super) kind: Kind,
    metadata: Option<Metadata<'n>>,
    /// What kind, name and version are of.
    at: At<'n>,
    spec: Option<At<'n>>,
}

/// What a document is, if that can be told.
pub(super) fn read<'n>(at: At<'n>, errors: &mut ConfigErrors) -> Option<Document<'n>> {
    let mut fields = Fields::of(&at, errors)?;
    let version = fields.required("apiVersion", errors, |at, errors| version(at, errors));
    let kind = fields.required("kind", errors, |at, errors| word(at, &KINDS, errors));
    // Of another version's keys, and another kind's, nothing can be said.
    let (kind, ()) = (kind?, version?);
    let form = match kind {
        Kind::Slo => slo::FORM,
        Kind::Sli => slo::INDICATOR,
        Kind::AlertCondition => CONDITION,
        Kind::Service | Kind::DataSource | Kind::AlertNotificationTarget | Kind::AlertPolicy => PLAIN,
    };
    let metadata = fields.required("metadata", errors, |at, errors| metadata::read(at, form, errors));
    let spec = match kind {
        Kind::Service => fields.get("spec"),
        _ => fields.required("spec", errors, |at, _| Some(at.clone())),
    };
    fields.finish(errors);
    Some(Document { kind, metadata, at, spec })
}

fn version(at: &At<'_>, errors: &mut ConfigErrors) -> Option<()> {
    let written = text(at, errors)?;
    if written != VERSION {
        let error = at.error("unknown-version", format!("`{written}` is not a version that is read here"));
        errors.push(error.help(format!("write `apiVersion: {VERSION}`")));
        return None;
    }
    Some(())
}

impl Document<'_> {
    /// Reads the rest, and defines it under its name.
    pub(super) fn define(&self, objects: &mut Objects<'_>, errors: &mut ConfigErrors) {
        let Some(metadata) = &self.metadata else { return };
        let Some(name) = metadata.name else { return };
        self.claim(name, metadata, objects, errors);
        let Some(spec) = &self.spec else {
            if self.kind == Kind::Service {
                objects.services.define(name, ());
            }
            return;
        };
        match self.kind {
            Kind::Service => {
                service(spec, errors);
                objects.services.define(name, ());
            }
            Kind::DataSource => {
                data_source(spec, errors).into_iter().for_each(|it| objects.data_sources.define(name, it))
            }
            Kind::AlertNotificationTarget => {
                policy::read_target(spec, objects, errors).into_iter().for_each(|it| objects.targets.define(name, it));
            }
            Kind::AlertCondition => {
                let read = policy::read_condition(spec, Some(metadata), &mut objects.notes, errors);
                read.into_iter().for_each(|it| objects.conditions.define(name, it));
            }
            Kind::AlertPolicy => {
                policy::read(spec, name, objects, errors).into_iter().for_each(|it| objects.policies.define(name, it));
            }
            Kind::Sli => {
                let read = indicator::read(spec, name, Some(metadata), objects, errors);
                read.into_iter().for_each(|it| objects.indicators.define(name, it));
            }
            Kind::Slo => {
                if objects.slos.count() > SLOS_MAX {
                    let message = format!("this is one SLO more than the {SLOS_MAX} a node has");
                    errors.push(self.at.error("too-many", message));
                    return;
                }
                slo::read(spec, metadata, name, objects, errors)
                    .into_iter()
                    .for_each(|it| objects.slos.define(name, it));
            }
        }
    }

    fn claim(&self, name: &str, metadata: &Metadata<'_>, objects: &mut Objects<'_>, errors: &mut ConfigErrors) {
        let at = metadata.at.as_ref().unwrap_or(&self.at);
        match self.kind {
            Kind::Service => objects.services.claim(self.kind, name, at, errors),
            Kind::DataSource => objects.data_sources.claim(self.kind, name, at, errors),
            Kind::AlertNotificationTarget => objects.targets.claim(self.kind, name, at, errors),
            Kind::AlertCondition => objects.conditions.claim(self.kind, name, at, errors),
            Kind::AlertPolicy => objects.policies.claim(self.kind, name, at, errors),
            Kind::Sli => objects.indicators.claim(self.kind, name, at, errors),
            Kind::Slo => objects.slos.claim(self.kind.as_str(), name, at, errors),
        }
    }
}

fn service(at: &At<'_>, errors: &mut ConfigErrors) {
    let Some(mut fields) = Fields::of(at, errors) else { return };
    let _description = description(&mut fields, errors);
    fields.finish(errors);
}

/// A source's type. What it says of a connection is its own; of ours there is none.
fn data_source(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    let mut fields = Fields::of(at, errors)?;
    let _description = description(&mut fields, errors);
    let kind = fields.required("type", errors, |at, errors| text(at, errors).map(str::to_owned));
    let _ = fields.optional("connectionDetails", errors, |at, errors| map(at, errors).map(<[_]>::len));
    fields.finish(errors);
    kind
}
