//! Secrets by name: where each value is read from. The values themselves never enter the configuration.

use super::SecretSource;
use super::error::ConfigErrors;
use super::names::Named;
use super::read::{self, At, Fields};

/// Reads the map under `secrets`.
pub(super) fn read(at: &At<'_>, secrets: &mut Named<SecretSource>, errors: &mut ConfigErrors) -> Option<()> {
    for (key, node) in read::map(at, errors)? {
        let entry_at = at.of_key(&key.name, node);
        if !read::is_name(&key.name) {
            errors.push(at.error_at_key(key, "name", read::not_a_name(&key.name)).help(read::NAME_RULE));
            continue;
        }
        secrets.claim("secret", &key.name, &entry_at, errors);
        if let Some(source) = source(&entry_at, errors) {
            secrets.define(&key.name, source);
        }
    }
    Some(())
}

/// Exactly one of `file` and `env`.
pub(super) fn source(at: &At<'_>, errors: &mut ConfigErrors) -> Option<SecretSource> {
    let mut fields = Fields::of(at, errors)?;
    let file = fields.optional("file", errors, read::path);
    let env = fields.optional("env", errors, read::text);
    let source = match (file, env) {
        (Some(file), None) => Some(SecretSource::File(file)),
        (None, Some(env)) => Some(SecretSource::Env(env.to_owned())),
        _ => {
            let error = at.error("secret", "a secret is read from exactly one of `file` and `env`");
            errors.push(error.help("write `{file: /run/secrets/name}` or `{env: NAME}`"));
            None
        }
    };
    fields.finish(errors);
    source
}
