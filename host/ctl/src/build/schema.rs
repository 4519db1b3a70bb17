//! Where a config's JSON Schema comes from, and that the capabilities name keys it has.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tocsin_core::capability::Capabilities;

/// Runs the describing build, and reads what it says.
pub(super) fn describe(core_module: &[u8]) -> Result<Value> {
    let text = tocsin_sandbox::describe(core_module)?;
    serde_json::from_str(&text).context("the schema that the describing build returned is not JSON")
}

pub(super) fn read(path: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("the config schema {} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("the config schema {} is not JSON", path.display()))
}

/// A capability that names a key no config can have would never give a right: a typing error, told at once.
pub(super) fn check_keys(capabilities: &Capabilities, schema: &Value) -> Result<()> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Ok(());
    }
    for (kind, entry, key) in capabilities.config_keys() {
        let first = key.split(['.', '[']).next().unwrap_or(&key);
        if !properties.contains_key(first) {
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            bail!(
                "plugin.toml: capabilities.{}: `{entry}` names the config key `{first}`, which the config does not have; it has {}",
                kind.as_str(),
                if known.is_empty() { "none".to_owned() } else { known.join(", ") }
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_capability_must_name_a_key_that_the_config_has() {
        let schema = json!({"type": "object", "properties": {"url": {}, "auth": {}}, "additionalProperties": false});
        let asks = |entry: &str| serde_json::from_value::<Capabilities>(json!({"http": [entry]})).unwrap();
        assert!(check_keys(&asks("{url}"), &schema).is_ok());
        assert!(check_keys(&asks("https://{auth.host}"), &schema).is_ok());
        let error = check_keys(&asks("{urll}"), &schema).unwrap_err().to_string();
        let expected = "plugin.toml: capabilities.http: `{urll}` names the config key `urll`, which the config does not have; \
                        it has url, auth";
        assert_eq!(error, expected);
        assert!(check_keys(&asks("{urll}"), &json!({"type": "object"})).is_ok());
    }
}
