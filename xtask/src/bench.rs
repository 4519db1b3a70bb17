//! Runs benches and collects their figures. A bench is a program of its own that prints one figure a line as JSON;
//! this room knows only their names and how to start them.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, output};
use crate::{peers, plugins, say};

mod figure;

use figure::Figure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One bench alone; else all of them.
    name: Option<String>,
    /// Write the figures there, as a JSON array.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// A bench target of a package: `cargo bench --package PACKAGE --bench BENCH`.
#[derive(Debug)]
struct Bench {
    name: &'static str,
    package: &'static str,
    bench: &'static str,
    /// What of the package is built for its bench alone.
    feature: Option<&'static str>,
    about: &'static str,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "sandbox",
        package: "tocsin-sandbox",
        bench: "sandbox",
        feature: Some("bench"),
        about: "a fresh sandboxed run, against bare Wasmtime and against starting a process (half a minute)",
    },
    Bench {
        name: "decide",
        package: "tocsin-core",
        bench: "alerts",
        feature: None,
        about: "what deciding on one alert costs, without disk and network (a minute)",
    },
    Bench {
        name: "slo",
        package: "tocsin-core",
        bench: "slo",
        feature: None,
        about: "what one evaluation of an SLO costs, against Debian's Prometheus; ten thousand each second; events (a minute)",
    },
    Bench {
        name: "slo-disk",
        package: "tocsin-store",
        bench: "slo",
        feature: None,
        about: "what 90 days of an objective take on disk (a minute)",
    },
    Bench {
        name: "simulate",
        package: "tocsin-core",
        bench: "simulate",
        feature: None,
        about: "ten thousand simulated incidents: repairs without a trigger, and pages held for too long (a minute)",
    },
    Bench {
        name: "host",
        package: "pluginhost",
        bench: "host",
        feature: None,
        about: "a real node: scheduled checks a second, memory, start, hung checks (a minute and a half)",
    },
    Bench {
        name: "alerts",
        package: "pluginhost",
        bench: "alerts",
        feature: None,
        about: "alerts of a real node, against Debian's Alertmanager and Nagios (five minutes)",
    },
    Bench {
        name: "repair",
        package: "pluginhost",
        bench: "repair",
        feature: None,
        about: "a service that is killed: time until that is seen, repaired and verified, against Debian's monit (two minutes)",
    },
];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let chosen: Vec<_> =
        BENCHES.iter().filter(|bench| args.name.as_deref().is_none_or(|name| name == bench.name)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
        bail!("no bench is called `{}`; there are: {}", args.name.as_deref().unwrap_or(""), names.join(", "));
    }
    if chosen.iter().any(|bench| bench.name == "alerts") {
        peers::ensure(&peers::AMTOOL);
        peers::ensure(&peers::NAGIOS);
    }
    if chosen.iter().any(|bench| bench.name == "slo") {
        peers::ensure(&peers::PROMTOOL);
    }
    if chosen.iter().any(|bench| bench.name == "repair") {
        peers::ensure(&peers::MONIT);
    }
    plugins::build_all(workspace)?;
    let mut figures = Vec::new();
    for bench in chosen {
        say::step(&format!("bench {}: {}", bench.name, bench.about));
        figures.extend(measure(workspace, bench)?);
    }
    say::result(&figure::table(&figures));
    if let Some(file) = &args.json {
        fs::write(file, figure::to_json(&figures)?).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

fn measure(workspace: &Workspace, bench: &Bench) -> Result<Vec<Figure>> {
    let mut command = workspace.cargo_command();
    command.args(["bench", "--quiet", "--locked", "--package", bench.package, "--bench", bench.bench]);
    command.args(bench.feature.iter().flat_map(|feature| ["--features", feature]));
    command.env("TOCSIN_PLUGINS", workspace.target("plugins"));
    output(&mut command)?.lines().filter(|line| line.starts_with('{')).map(Figure::read).collect()
}
