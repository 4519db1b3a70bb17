//! `--grant`: what a plugin is given of what it asks for, as people write it. Knows no plugin but its capabilities.

use std::path::Path;

use anyhow::{Context, Result};
use tocsin_core::capability::Capabilities;

/// `all` of what is asked, `none` of it, JSON, or a file with JSON.
pub fn read(text: &str, asked: &Capabilities) -> Result<Capabilities> {
    let json = match text.trim() {
        "all" => return Ok(asked.clone()),
        "none" => return Ok(Capabilities::default()),
        json if json.starts_with('{') => json.to_owned(),
        file => std::fs::read_to_string(Path::new(file)).with_context(|| {
            format!("--grant is `all`, `none`, JSON or a file with JSON; no file {file} can be read")
        })?,
    };
    let grant: Capabilities = serde_json::from_str(&json).context(
        "the grant is not JSON with the keys of a manifest, such as {\"http\": [\"{url}\"], \"state\": true}",
    )?;
    Ok(grant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_a_word_json_or_a_file() {
        let asked: Capabilities = serde_json::from_str(r#"{"http": ["{url}"], "state": true}"#).unwrap();
        assert_eq!(read("all", &asked).unwrap(), asked);
        assert_eq!(read("none", &asked).unwrap(), Capabilities::default());
        assert!(read(r#"{"state": true}"#, &asked).unwrap().state);
        assert!(read("/nowhere/grant.json", &asked).unwrap_err().to_string().contains("/nowhere/grant.json"));
        assert!(read(r#"{"stat": true}"#, &asked).unwrap_err().to_string().contains("the keys of a manifest"));
    }
}
