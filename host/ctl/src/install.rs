//! `pluginctl install`: shows what a plugin is and asks for, asks back, and uploads it with the answer. What is granted
//! and trusted is the node's to keep; it verifies everything again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use tocsin_api::{Code, InstallQuery, Installed, PluginSummary, Plugins, Problem};
use tocsin_core::capability::Capabilities;
use tocsin_sandbox::package::Package;

use crate::client::{Node, NodeError, query_string};
use crate::output::Output;
use crate::{grant, local, plugins, words};

/// Installs or upgrades a plugin on the node: shows its digest, its signer and what it asks for, then asks.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  pluginctl install .                                   the plugin in this folder, built first
  pluginctl install probe-http.wasm
  pluginctl install probe-http.wasm --yes --grant all --trust        in a script
  pluginctl install probe-http.wasm --yes --grant '{\"http\": [\"https://example.org\"]}'

A grant has the keys of the manifest's capabilities; what it leaves out, no check of this plugin gets.")]
pub struct Args {
    /// A plugin's folder, or its component.
    plugin: PathBuf,
    /// Ask nothing: what is not said by the other options is a no.
    #[arg(long)]
    yes: bool,
    /// What it may reach: `all` it asks for, `none`, JSON, or a file with JSON.
    #[arg(long, value_name = "all|none|JSON|FILE")]
    grant: Option<String>,
    /// Trust this plugin's signer from now on.
    #[arg(long)]
    trust: bool,
    /// Take it without a signature.
    #[arg(long)]
    allow_unsigned: bool,
}

/// The media type of a component.
const WASM: &str = "application/wasm";

pub fn run(args: Args, node: &Node, output: Output) -> Result<ExitCode> {
    let package = local::package(&args.plugin, output)?;
    let name = package.manifest.name.as_str();
    let installed: Plugins = node.get("/api/v1/plugins")?;
    let installed = installed.plugins.into_iter().find(|plugin| plugin.name == name);
    output.say(&request(&package, installed.as_ref()))?;
    let grant = match &args.grant {
        Some(text) => Some(grant::read(text, &package.manifest.capabilities)?),
        None if args.yes => None,
        None => Some(ask(&package, output)?),
    };
    let signer = package.signature.as_ref().filter(|_| args.trust).map(|signature| signature.public_key.clone());
    let query = InstallQuery {
        grant: grant.as_ref().map(serde_json::to_string).transpose()?,
        trust: signer,
        allow_unsigned: args.allow_unsigned,
        digest: Some(package.digest.as_str().to_owned()),
        source: std::fs::canonicalize(&args.plugin).ok().map(|path| path.display().to_string()),
    };
    let installed = upload(&package, query, node, output)?;
    output.result(&installed, |installed| format!("\n{}", plugins::sentence(installed)))?;
    Ok(ExitCode::SUCCESS)
}

/// Sends it; where the node does not know the signer and somebody can be asked, once more with the answer.
fn upload(package: &Package, mut query: InstallQuery, node: &Node, output: Output) -> Result<Installed> {
    let send = |query: &InstallQuery| {
        node.post_bytes(&format!("/api/v1/plugins{}", query_string(query)), WASM, &package.bytes)
    };
    let problem = match send(&query) {
        Err(NodeError::Refused { problem }) => problem,
        other => return Ok(other?),
    };
    let Some(signature) = package.signature.as_ref().filter(|_| problem.code == Code::SignerUntrusted) else {
        return Err(refused(problem).into());
    };
    if !output.can_ask() {
        return Err(refused(problem).into());
    }
    if !output.ask(&format!("Trust plugins signed by {} from now on?", signature.key_id))? {
        bail!("nothing was installed: its signer is not trusted");
    }
    query.trust = Some(signature.public_key.clone());
    send(&query).map_err(|error| match error {
        NodeError::Refused { problem } => refused(problem).into(),
        other => other.into(),
    })
}

/// The refusal, with what to say the next time.
fn refused(mut problem: Box<Problem>) -> NodeError {
    let way_out = match problem.code {
        Code::GrantRequired => "grant it with --grant all, or less of it with --grant JSON",
        Code::SignerUntrusted => "trust its signer with --trust",
        Code::Unsigned => "take it all the same with --allow-unsigned",
        _ => return NodeError::Refused { problem },
    };
    let beyond = problem.install.iter().flat_map(|request| &request.beyond);
    let beyond: String = beyond.map(|right| format!("\n  {}", right.words)).collect();
    problem.detail = format!("{}{beyond}\n  {way_out}", problem.detail);
    NodeError::Refused { problem }
}

/// What it is, whose it is, what it asks for; of an upgrade also what of that is new.
fn request(package: &Package, installed: Option<&PluginSummary>) -> String {
    let manifest = &package.manifest;
    let signer = package.signature.as_ref().map_or_else(
        || "nobody: it is not signed".to_owned(),
        |signature| format!("{} ({})", signature.key_id, signature.trusted_comment),
    );
    let mut lines = vec![
        format!("{} {}, a {}: {}", manifest.name, manifest.version, manifest.kind.as_str(), manifest.description),
        format!("digest    {}, {}", package.digest, words::bytes(package.bytes.len() as u64)),
        format!("signed by {signer}"),
    ];
    lines.extend(installed.map(|old| format!("replaces  {} ({})", old.version, words::digest(&old.digest))));
    lines.extend(asks(&manifest.capabilities));
    lines.join("\n")
}

fn asks(capabilities: &Capabilities) -> Vec<String> {
    if capabilities.is_empty() {
        return vec!["asks for  nothing outside its sandbox".to_owned()];
    }
    let leads = std::iter::once("asks for").chain(std::iter::repeat(""));
    leads.zip(capabilities.lines()).map(|(lead, line)| format!("{lead:10}{line}")).collect()
}

fn ask(package: &Package, output: Output) -> Result<Capabilities> {
    if !output.can_ask() {
        bail!("nobody can be asked here: say --yes with --grant all, --grant none or --grant JSON");
    }
    let asked = &package.manifest.capabilities;
    let question = if asked.is_empty() { "Install it?" } else { "Grant all of this and install it?" };
    if !output.ask(question)? {
        bail!("nothing was installed; --grant JSON grants less than it asks for");
    }
    Ok(asked.clone())
}
