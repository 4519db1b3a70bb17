//! `pluginctl run`: one call of a plugin on this machine, in the same sandbox and under the same limits as on a node.
//! Grants nothing by itself but what its caller may have read: a folder is one's own, a file needs `--grant`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tocsin_core::capability::{Capabilities, Rights};
use tocsin_core::manifest::{Kind, Manifest};
use tocsin_sandbox::package::Package;
use tocsin_sandbox::{Call, ProbeInput};
use tokio_util::sync::CancellationToken;

use crate::grant;
use crate::local::{self, Local};
use crate::output::Output;

mod example;
mod nagios;
mod report;
mod secrets;

use report::Report;

/// Calls a plugin once, here, and prints what it returned, its host calls, time and peak memory.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl run                                        the plugin in this folder, built first
  pluginctl run . --config '{\"url\": \"http://127.0.0.1:8080/\"}'
  pluginctl run probe-http.wasm --config web.json --grant '{\"http\": [\"{url}\"]}'
  pluginctl run . --nagios                             as a Nagios plugin: its line, its exit code

Where --config is not given, config.json in the folder is taken, else {}.")]
pub struct Args {
    /// A plugin's folder, or its component.
    #[arg(default_value = ".")]
    plugin: PathBuf,
    /// The config: JSON, or a file with JSON.
    #[arg(long, value_name = "JSON|FILE")]
    config: Option<String>,
    /// What it may reach: `all` it asks for, `none`, JSON, or a file with JSON. `all` where a folder is run, else `none`.
    #[arg(long, value_name = "all|none|JSON|FILE")]
    grant: Option<String>,
    /// A detector's series, an action's incident or a notifier's notification: a JSON file. Else an example is used.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// A secret's value, as `name=FILE`.
    #[arg(long = "secret", value_name = "NAME=FILE")]
    secrets: Vec<String>,
    /// Print one line as a Nagios plugin does, and exit 0 to 3.
    #[arg(long)]
    nagios: bool,
}

pub fn run(args: Args, output: Output) -> Result<ExitCode> {
    if !args.nagios {
        return perform(&args, output);
    }
    // Whoever reads the exit code of a Nagios plugin must not take a mistake of ours for a warning.
    perform(&args, output).or_else(|error| {
        output.raw(&format!("UNKNOWN: {error:#}").replace('\n', " "))?;
        Ok(ExitCode::from(3))
    })
}

fn perform(args: &Args, output: Output) -> Result<ExitCode> {
    let package = local::package(&args.plugin, output)?;
    let manifest = &package.manifest;
    let config = config(args, &package)?;
    let grant = granted(args, manifest)?;
    let rights = Rights::of(&manifest.capabilities, &grant, &config).map_err(|errors| {
        anyhow::anyhow!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })?;
    let secrets = Arc::new(secrets::Files::read(&args.secrets)?);
    let (rights, cancel) = (Arc::new(rights), CancellationToken::new());
    let call = Call { rights, limits: manifest.limits, secrets, state: Default::default(), cancel };
    let report = match manifest.kind {
        Kind::Probe => probe(&package, call, &config)?,
        _ if args.nagios => bail!("--nagios is for probes, and {} is a {}", manifest.name, manifest.kind.as_str()),
        kind => example::call(&Local::load(&package)?, kind, call, &config, args.input.as_deref(), output)?,
    };
    if args.nagios {
        let (line, code) = nagios::line(&report);
        output.raw(&line)?;
        return Ok(ExitCode::from(code));
    }
    output.result(&report, |report| report.people(output))?;
    Ok(if report.outcome.is_completed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn probe(package: &Package, call: Call, config: &Value) -> Result<Report> {
    let local = Local::load(package)?;
    let name = package.manifest.name.as_str();
    let input = ProbeInput { check: name.into(), labels: Arc::from([]), config: Arc::from(config.to_string()) };
    Ok(Report::of_probe(local.block_on(local.plugin.probe(call, input))))
}

/// What is granted here: by hand, or all that is asked where the plugin was built from this machine's own sources.
fn granted(args: &Args, manifest: &Manifest) -> Result<Capabilities> {
    let own = if args.plugin.is_dir() { "all" } else { "none" };
    grant::read(args.grant.as_deref().unwrap_or(own), &manifest.capabilities)
}

/// The config, once it fits the plugin's schema.
fn config(args: &Args, package: &Package) -> Result<Value> {
    let beside = args.plugin.join("config.json");
    let text = match &args.config {
        Some(json) if json.trim_start().starts_with('{') => json.clone(),
        Some(file) => read(Path::new(file)).context("--config is JSON or a file with JSON")?,
        None if beside.is_file() => read(&beside)?,
        None => "{}".to_owned(),
    };
    let config: Value = serde_json::from_str(&text).context("the config is not JSON")?;
    let schema = jsonschema::validator_for(&package.schema).context("the plugin's schema is not a JSON Schema")?;
    let errors: Vec<_> = schema.iter_errors(&config).map(|error| said(&error)).collect();
    if !errors.is_empty() {
        let (name, errors) = (&package.manifest.name, errors.join("\n  "));
        bail!("the config does not fit what {name} takes (pluginctl inspect shows it):\n  {errors}");
    }
    Ok(config)
}

fn said(error: &jsonschema::ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    if path.is_empty() { error.to_string() } else { format!("{path}: {error}") }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
