//! What can be said of SLOs from configuration files alone: what is odd about them, and rules that equal them.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use tocsin_core::openslo::Note;
use tocsin_core::slo::export::{is_exportable, prometheus};

use crate::files::ConfigArgs;
use crate::output::Output;

/// Warns of what a valid SLO probably does not mean: an alert when all is well, `1m` for a month, objectives that can
/// never fire. Exits 1 where the configuration is not valid.
#[derive(clap::Args, Debug)]
pub(super) struct LintArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Exit 1 where there is a warning, too.
    #[arg(long)]
    strict: bool,
}

/// Writes SLOs down for another system.
#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    to: Target,
}

#[derive(clap::Subcommand, Debug)]
enum Target {
    Prometheus(PrometheusArgs),
}

/// Recording and alerting rules of Prometheus that equal the SLOs that count events, over the counters of `/metrics`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Example:
  pluginctl slo export prometheus > slos.rules.yml && promtool check rules slos.rules.yml")]
struct PrometheusArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Only this SLO.
    name: Option<String>,
}

#[derive(Debug, Serialize)]
struct Linted {
    slos: usize,
    warnings: Vec<Note>,
}

pub(super) fn lint(args: &LintArgs, output: Output) -> Result<ExitCode> {
    let config = args.config.compile()?;
    let linted = Linted { slos: config.slos.len(), warnings: config.slo_notes };
    output.result(&linted, |linted| {
        let sum = format!("{} SLOs, {} warnings", linted.slos, linted.warnings.len());
        linted.warnings.iter().map(ToString::to_string).chain([sum]).collect::<Vec<_>>().join("\n")
    })?;
    let is_bad = args.strict && !linted.warnings.is_empty();
    Ok(if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

pub(super) fn export(args: &ExportArgs, output: Output) -> Result<ExitCode> {
    let Target::Prometheus(args) = &args.to;
    let config = args.config.compile()?;
    if let Some(name) = args.name.as_ref().filter(|name| !config.slos.contains_key(name.as_str())) {
        let known: Vec<&str> = config.slos.keys().map(|name| name.as_str()).collect();
        anyhow::bail!("no SLO is named `{name}`; there are {}", known.join(", "));
    }
    let wanted = config.slos.values().filter(|slo| args.name.as_deref().is_none_or(|name| slo.name.as_str() == name));
    let wanted: Vec<_> = wanted.collect();
    // One that was asked for by its name is refused with its reason; of all, those that can be are.
    let exported = wanted.iter().copied().filter(|slo| args.name.is_some() || is_exportable(slo));
    output.raw(prometheus(exported)?.trim_end())?;
    for slo in wanted.iter().filter(|slo| args.name.is_none() && !is_exportable(slo)) {
        output
            .note(&format!("{}: it counts slices, which rules over two counters cannot; it is left out", slo.name))?;
    }
    Ok(ExitCode::SUCCESS)
}
