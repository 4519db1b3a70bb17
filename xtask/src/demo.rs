//! `cargo xtask demo`: Tocsin on this machine, checking this machine, with a target that can be broken. Builds, installs
//! and starts; what it starts are the same programs and the same files that a user has.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::plugins::{self, Plugin};
use crate::say;
use crate::workspace::{Workspace, output};

mod home;
mod node;
mod receivers;
mod scenario;
mod signals;
mod target;

use home::{Addresses, Home};
use node::Node;
use receivers::Receivers;
use scenario::Scenario;
use signals::Signals;
use target::Target;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The page's port; else 7117, or a free one where that is taken.
    #[arg(long)]
    port: Option<u16>,
    /// Tell a story instead: something breaks, and the node repairs it, or takes back what did not help.
    #[arg(long, value_enum, conflicts_with = "seconds")]
    scenario: Option<Scenario>,
    /// Run that long, print /api/v1/status as JSON on the last line, and end.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

const PORT: u16 = 7117;
const TARGET_PORT: u16 = 7118;

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    if let Some(scenario) = args.scenario {
        return scenario::run(workspace, args, scenario);
    }
    say::step("building pluginhost and pluginctl (the first time takes some minutes, Wasmtime being the most of it)");
    workspace.build_programs()?;
    let plugins = plugins::build_standard(workspace)?;

    let signals = Signals::watch()?;
    let target = Target::start(TARGET_PORT).context("the demo's target found no port on loopback")?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port.unwrap_or_else(free_port)));
    // Whoever listens there would be taken for the demo's own node.
    drop(
        TcpListener::bind(address)
            .with_context(|| format!("the port {} is taken; --port names another", address.port()))?,
    );
    let told = |line: &str| say::result(&format!("told  {line}"));
    let receivers = Receivers::start(told).context("the demo's receivers found no port on loopback")?;
    let (webhook, mail) = (receivers.webhook, receivers.mail);
    let addresses = Addresses { node: address, target: target.address, webhook, mail };
    let home = Home::prepare(workspace, &addresses, &plugins)?;

    say::step("starting pluginhost");
    let mut node = Node::start(&workspace.program("pluginhost"), &home.config(), address, &home.log())?;
    let ready = node.await_ready(&signals);
    if !ready.with_context(|| {
        format!("the demo did not start; deleting {} makes it begin afresh", workspace.shown(home.folder()))
    })? {
        return node.stop(&signals);
    }
    say::step("installing the standard plugins");
    for plugin in &plugins {
        install(workspace, &home.data(), address, plugin)?;
    }
    home.write_checks()?;
    pluginctl(workspace, &home.data(), address, &["reload"])?;

    say::result(&welcome(workspace, &home, address, target.address));
    signals.wait(args.seconds.map(Duration::from_secs))?;
    let status = args.seconds.map(|_| node.body("/api/v1/status")).transpose()?;
    say::step("stopping");
    node.stop(&signals)?;
    if let Some(status) = status {
        say::result(&one_line(&status)?);
    }
    Ok(())
}

fn install(workspace: &Workspace, data: &Path, address: SocketAddr, plugin: &Plugin) -> Result<()> {
    let component = plugin.component.display().to_string();
    pluginctl(workspace, data, address, &["install", &component, "--yes", "--grant", "all", "--trust"])
        .with_context(|| format!("the plugin {} was not installed", plugin.name))
}

fn pluginctl(workspace: &Workspace, data: &Path, address: SocketAddr, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(workspace.program("pluginctl"));
    command.args(arguments).arg("--json");
    command.env("TOCSIN_URL", format!("http://{address}")).env("TOCSIN_DATA", data);
    output(&mut command).map(drop)
}

/// 7117, or any other port that is free.
fn free_port() -> u16 {
    let bound = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|listener| listener.local_addr());
    bound(PORT).or_else(|_| bound(0)).map_or(PORT, |address| address.port())
}

fn one_line(json: &str) -> Result<String> {
    let value: serde_json::Value = serde_json::from_str(json).context("/api/v1/status is not JSON")?;
    Ok(value.to_string())
}

fn welcome(workspace: &Workspace, home: &Home, address: SocketAddr, target: SocketAddr) -> String {
    let programs = workspace.program("");
    format!(
        "
Tocsin is running and checks this machine:  http://{address}/

Four things to try next:

1. Break the demo's shop and watch its check turn critical on the page. Lines that begin with `told` say what a webhook
   receiver and a mail server hear: both alerts in one message, then anna; ben after 15 s, if nobody answers.
     curl -X POST http://{target}/break

2. Ask in another shell why who was told, answer for it, mend the shop, and ask again:
     export PATH=\"{programs}:$PATH\" TOCSIN_URL=http://{address} TOCSIN_DATA={data}
     pluginctl why alertname=CheckCritical check=shop
     pluginctl pages
     pluginctl ack PAGE --comment 'looking'      (its id stands first)
     curl -X POST http://{target}/repair

3. Look around:
     pluginctl checks
     pluginctl alerts
     pluginctl slo show shop     (what it promises, and what is left of its error budget)
     pluginctl slo gate shop     (fails while the shop is broken: deploys are frozen)

4. Write a check of your own (in the same shell), paste what `new` prints into {conf_d}, and reload:
     pluginctl new probe my-check && cd my-check && pluginctl build && pluginctl run && pluginctl install .
     pluginctl reload

Ctrl-C stops it. The next start is up in seconds and goes on where this one was.",
        programs = programs.display(),
        data = home.data().display(),
        conf_d = workspace.shown(&home.conf_d()),
    )
}
