//! `pluginctl inspect`: what a plugin's file says about itself, without running it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;
use tocsin_core::capability::Capabilities;
use tocsin_core::limits::Limits;
use tocsin_core::manifest::{Kind, Target};
use tocsin_sandbox::package::{Package, Signature};

use crate::build;
use crate::output::Output;

/// Show what a plugin is and asks for: kind, version, imports, rights, limits, size, schema, signer.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A built plugin, or the folder of one
    #[arg(value_name = "FILE or FOLDER", default_value = ".")]
    plugin: PathBuf,
}

#[derive(Debug, Serialize)]
struct Inspected {
    name: String,
    version: String,
    kind: Kind,
    target: Target,
    description: String,
    license: String,
    wit_version: String,
    path: PathBuf,
    size_bytes: usize,
    digest: String,
    signer: Option<Signature>,
    imports: Vec<String>,
    capabilities: Capabilities,
    limits: Limits,
    schema: Value,
}

pub fn run(args: Args, output: Output) -> Result<ExitCode> {
    let path = file_of(&args.plugin)?;
    let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let package =
        Package::parse(bytes).with_context(|| format!("{} is no plugin that a node would load", path.display()))?;
    let inspected = Inspected {
        name: package.manifest.name.to_string(),
        version: package.manifest.version,
        kind: package.world,
        target: package.manifest.target,
        description: package.manifest.description,
        license: package.manifest.license,
        wit_version: package.wit_version.to_string(),
        path,
        size_bytes: package.bytes.len(),
        digest: package.digest.to_string(),
        signer: package.signature,
        imports: package.imports.iter().map(ToString::to_string).collect(),
        capabilities: package.manifest.capabilities,
        limits: package.manifest.limits,
        schema: package.schema,
    };
    output.result(&inspected, describe)?;
    Ok(ExitCode::SUCCESS)
}

/// A plugin's folder stands for what was built in it.
pub fn file_of(plugin: &Path) -> Result<PathBuf> {
    if !plugin.is_dir() {
        return Ok(plugin.to_owned());
    }
    let (_, manifest) = build::read_manifest(plugin)?;
    let file = build::output_path(plugin, &manifest, None);
    if !file.is_file() {
        bail!("{} was not built yet: run `pluginctl build {}`", manifest.name, plugin.display());
    }
    Ok(file)
}

fn describe(plugin: &Inspected) -> String {
    let limits = plugin.limits;
    let mut lines = vec![
        format!("{} {}: {}", plugin.name, plugin.version, plugin.description),
        row(
            "kind",
            &format!(
                "{}, target {}, built for tocsin:plugin {}",
                plugin.kind,
                plugin.target.as_str(),
                plugin.wit_version
            ),
        ),
        row("licence", &plugin.license),
        row("file", &plugin.path.display().to_string()),
        row("size", &format!("{} bytes", plugin.size_bytes)),
        row("digest", &plugin.digest),
        row("signed by", &signer(plugin.signer.as_ref())),
    ];
    lines.extend(list("asks for", &plugin.capabilities.lines()));
    lines.extend(list("imports", &plugin.imports));
    lines.push(row(
        "limits",
        &format!(
            "{} MiB memory, {:?} CPU, {:?} deadline, {} host calls of {} bytes in all",
            limits.memory_bytes >> 20,
            limits.cpu,
            limits.deadline,
            limits.host_calls,
            limits.host_bytes
        ),
    ));
    lines.extend(list("config", &config_keys(&plugin.schema)));
    lines.join("\n")
}

fn signer(signature: Option<&Signature>) -> String {
    match signature {
        Some(signature) => format!("developer key {} ({})", signature.key_id, signature.public_key),
        None => "nobody".to_owned(),
    }
}

fn row(title: &str, text: &str) -> String {
    format!("  {title:<10} {text}")
}

/// The title before the first line, the others below it.
fn list(title: &str, lines: &[String]) -> Vec<String> {
    match lines {
        [] => vec![row(title, "nothing")],
        lines => lines.iter().enumerate().map(|(index, line)| row(if index == 0 { title } else { "" }, line)).collect(),
    }
}

/// One line a key at the top of the config: its name, type, whether it must be there, and what it is for.
fn config_keys(schema: &Value) -> Vec<String> {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let line = |(key, property): (&String, &Value)| {
        let text = |name| property.get(name).and_then(Value::as_str);
        let must = if required.contains(&key.as_str()) { ", required" } else { "" };
        let kind = text("type").map_or_else(String::new, |kind| format!(" ({kind}{must})"));
        let about = text("description").and_then(|about| about.lines().next()).unwrap_or_default();
        format!("{key}{kind}: {about}").trim_end_matches(": ").to_owned()
    };
    properties.into_iter().flatten().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_config_is_shown_a_line_a_key() {
        let schema = json!({
            "properties": {"url": {"type": "string", "description": "Where to ask.\nMore."}, "free": {}},
            "required": ["url"],
        });
        let mut keys = config_keys(&schema);
        keys.sort();
        assert_eq!(keys, ["free", "url (string, required): Where to ask."]);
    }

    #[test]
    fn a_folder_that_was_not_built_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = file_of(folder.path()).unwrap_err().to_string();
        assert!(error.contains("has no plugin.toml"), "{error}");
    }
}
