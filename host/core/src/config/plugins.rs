//! The use of a plugin, which checks and detectors share: an installed plugin of the right kind, a config that fits
//! its schema, and the rights that follow from both.

use std::collections::BTreeMap;

use super::catalog::{Catalog, CatalogEntry};
use super::error::ConfigErrors;
use super::names::References;
use super::read::{self, At, Fields};
use super::schema::Schema;
use crate::capability::{Rights, RightsError};
use crate::manifest::Kind;

/// The catalog, with each schema compiled once.
#[derive(Debug)]
pub(super) struct Plugins<'c> {
    catalog: &'c Catalog,
    schemas: BTreeMap<String, Schema<'c>>,
}

/// A plugin, and a config that it takes.
#[derive(Debug)]
pub(super) struct Use<'c> {
    pub(super) entry: &'c CatalogEntry,
    pub(super) config: serde_json::Value,
    pub(super) rights: Rights,
}

impl<'c> Plugins<'c> {
    pub(super) const fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, schemas: BTreeMap::new() }
    }

    /// Reads the keys `plugin` and `config`; the secrets that follow from them are wanted.
    pub(super) fn read(
        &mut self,
        kind: Kind,
        fields: &mut Fields<'_>,
        secrets: &mut References,
        errors: &mut ConfigErrors,
    ) -> Option<Use<'c>> {
        let entry = fields.required("plugin", errors, |at, errors| self.find(kind, at, errors));
        let config_at = fields.get("config");
        let entry = entry?;
        let at = config_at.as_ref().unwrap_or(&fields.at);
        let config = match &config_at {
            Some(at) => {
                read::map(at, errors)?;
                at.node.to_json()
            }
            None => serde_json::Value::Object(serde_json::Map::new()),
        };
        let name = entry.manifest.name.as_str();
        let schema = self.schemas.entry(name.to_owned()).or_insert_with(|| Schema::new(&entry.schema));
        if !schema.accept(name, &config, at, errors) {
            return None;
        }
        let rights = rights(entry, &config, at, errors)?;
        for secret in rights.secrets.union(&rights.reveal) {
            let error =
                at.error("unknown-secret", format!("`{name}` needs the secret `{secret}`, which is not configured"));
            secrets.want(secret, error.help(format!("add `{secret}` under `secrets`")));
        }
        Some(Use { entry, config, rights })
    }

    fn find(&self, kind: Kind, at: &At<'_>, errors: &mut ConfigErrors) -> Option<&'c CatalogEntry> {
        let name = read::text(at, errors)?;
        if self.catalog.is_absent() {
            return None;
        }
        let Some(entry) = self.catalog.plugin(name) else {
            let error = at.error("unknown-plugin", format!("no plugin `{name}` is installed"));
            let same_kind = self.catalog.entries().filter(|entry| entry.manifest.kind == kind);
            let error = error.did_you_mean(name, same_kind.map(|entry| entry.manifest.name.as_str()));
            let install = "install it with `pluginctl install`";
            let help =
                error.help.as_ref().map_or_else(|| install.to_owned(), |nearest| format!("{nearest} Or {install}"));
            errors.push(error.help(help));
            return None;
        };
        if entry.manifest.kind != kind {
            let (is, needs) = (entry.manifest.kind.as_str(), kind.as_str());
            let (is, needs) = (with_article(is), with_article(needs));
            errors.push(at.error("plugin-kind", format!("`{name}` is {is} plugin; {needs} plugin is needed here")));
            return None;
        }
        Some(entry)
    }
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with('a') { "an" } else { "a" };
    format!("{article} {kind}")
}

/// Manifest ∩ grant, with this config filled in. Each error stands at the config key that the right comes from.
fn rights(entry: &CatalogEntry, config: &serde_json::Value, at: &At<'_>, errors: &mut ConfigErrors) -> Option<Rights> {
    let wrong = match Rights::of(&entry.manifest.capabilities, &entry.grant, config) {
        Ok(rights) => return Some(rights),
        Err(wrong) => wrong,
    };
    for wrong in wrong {
        errors.push(named_in(&wrong, at).error("rights", wrong.to_string()));
    }
    None
}

/// The config key that a capability's entry names first: `auth.user` of `{auth.user}@{host}`.
fn named_in<'n>(wrong: &RightsError, at: &At<'n>) -> At<'n> {
    let (RightsError::NotGranted { entry, .. }
    | RightsError::WrongType { entry, .. }
    | RightsError::Malformed { entry, .. }
    | RightsError::TooMany { entry, .. }) = wrong;
    let keys = entry.split_once('{').map_or("", |(_, key)| key).split(['}', '[', '=']).next().unwrap_or_default();
    keys.split('.').try_fold(at.clone(), |at, key| at.child(key)).unwrap_or_else(|| at.clone())
}
