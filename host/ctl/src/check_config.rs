//! `pluginctl check-config`: compiles a configuration as a node would, against the plugins in its data folder. Changes
//! nothing and asks no node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tocsin_core::capability::Capabilities;
use tocsin_core::config::{self, Catalog, CatalogEntry, Config, ConfigError, ConfigErrors, Files};
use tocsin_core::id::{Digest, PluginName};
use tocsin_core::openslo::Note;
use tocsin_core::playbook::{LintNote, lint};
use tocsin_sandbox::package::Package;

use crate::client::NodeArgs;
use crate::files::{self, LocalDisk};
use crate::output::Output;

/// Checks a configuration whole: every error with its file, its line and the way out. Exits 1 where there is one.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl check-config /etc/tocsin/tocsin.yaml
  pluginctl check-config --data /var/lib/tocsin tocsin.yaml

The plugins that checks use are those in the data folder: --data, else the configuration's own.")]
pub struct Args {
    /// The main file; conf.d/*.yaml beside it and the files it names belong to it.
    #[arg(default_value = "tocsin.yaml")]
    file: PathBuf,
}

#[derive(Debug, Default, Serialize)]
struct Verdict {
    valid: bool,
    checks: usize,
    detectors: usize,
    receivers: usize,
    slos: usize,
    playbooks: usize,
    /// What is valid in SLO files and most likely not meant.
    notes: Vec<Note>,
    /// The same of playbooks.
    playbook_notes: Vec<LintNote>,
    /// Of all errors, those that are not listed too.
    count: usize,
    errors: Vec<ConfigError>,
}

pub fn run(args: Args, node: &NodeArgs, output: Output) -> Result<ExitCode> {
    let verdict = match compile(&args.file, node)? {
        Ok(config) => Verdict {
            valid: true,
            checks: config.checks.len(),
            detectors: config.detectors.len(),
            receivers: config.alerting.receivers.len(),
            playbook_notes: lint(&config),
            playbooks: config.playbooks.len(),
            slos: config.slos.len(),
            notes: config.slo_notes,
            ..Verdict::default()
        },
        Err(found) => Verdict { count: found.count(), errors: found.iter().cloned().collect(), ..Verdict::default() },
    };
    output.result(&verdict, people)?;
    Ok(if verdict.valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the files say, with the plugins in the node's data folder.
pub(crate) fn compile(file: &Path, node: &NodeArgs) -> Result<Result<Config, ConfigErrors>> {
    let sources = files::sources(file)?;
    let defaults = files::defaults();
    let settings = sources.first().map(|source| config::settings(source, &defaults));
    let data = node.data.clone().or(settings.map(|settings| settings.data)).unwrap_or(defaults.data.clone());
    let catalog = catalog(&data.join("plugins"))?;
    let files = Files::of(sources, &defaults, &LocalDisk);
    Ok(config::compile(&files, &catalog, &defaults))
}

fn people(verdict: &Verdict) -> String {
    let Verdict { valid, checks, detectors, receivers, slos, playbooks, notes, playbook_notes, count, errors } =
        verdict;
    if *valid {
        let sum = format!("valid: {checks} checks, {detectors} detectors, {receivers} receivers, {slos} SLOs");
        let sum = if *playbooks > 0 { format!("{sum}, {playbooks} playbooks") } else { sum };
        let notes = notes.iter().map(|note| format!("note: {note}"));
        let of_playbooks = playbook_notes.iter().map(|note| format!("note: {note}"));
        return [sum].into_iter().chain(notes).chain(of_playbooks).collect::<Vec<_>>().join("\n");
    }
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    format!("{}\n\nnot valid: {count} {}", lines.join("\n"), if *count == 1 { "error" } else { "errors" })
}

/// What this needs to know of `plugins.lock`.
#[derive(Default, Deserialize)]
struct Lock {
    plugins: BTreeMap<PluginName, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    current: Pin,
}

#[derive(Deserialize)]
struct Pin {
    digest: Digest,
    grant: Capabilities,
}

/// The installed plugins. A folder without a lock has none.
fn catalog(folder: &Path) -> Result<Catalog> {
    let path = folder.join("plugins.lock");
    if !path.exists() {
        return Ok(Catalog::default());
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let lock: Lock = serde_json::from_str(&text).with_context(|| format!("{} cannot be understood", path.display()))?;
    let entry = |Locked { current: Pin { digest, grant } }: Locked| {
        let file = folder.join(format!("{digest}.wasm"));
        let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let package = Package::parse(bytes).with_context(|| format!("{} is not whole", file.display()))?;
        Ok(CatalogEntry { manifest: package.manifest, grant, schema: package.schema, digest })
    };
    lock.plugins.into_values().map(entry).collect()
}
