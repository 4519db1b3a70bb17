//! `pluginctl list`, `remove` and `rollback`: the plugins on a node.

use std::process::ExitCode;

use tocsin_api::{Installed, PluginState, PluginSummary, Plugins, Right};

use crate::client::{Node, segment};
use crate::output::{Field, Output};
use crate::words;

/// The plugins on the node: version, signer, what uses them, what they cost; with a name, its rights as well.
#[derive(clap::Args, Debug)]
pub struct ListArgs {
    /// One plugin's name.
    name: Option<String>,
}

/// Takes a plugin off the node. Refused while a check uses it.
#[derive(clap::Args, Debug)]
pub struct RemoveArgs {
    /// The plugin's name.
    name: String,
}

/// Brings back the version of a plugin that was installed before.
#[derive(clap::Args, Debug)]
pub struct RollbackArgs {
    /// The plugin's name.
    name: String,
}

pub fn list(args: ListArgs, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let mut list: Plugins = node.get("/api/v1/plugins")?;
    if let Some(name) = &args.name {
        list.plugins.retain(|plugin| plugin.name == *name);
        anyhow::ensure!(
            !list.plugins.is_empty(),
            "no plugin on the node is called `{name}`; `pluginctl list` names all"
        );
        output.result(&list, |list| list.plugins.iter().map(|plugin| one(plugin, output)).collect())?;
    } else {
        output.result(&list, |list| many(&list.plugins, output))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub fn remove(args: RemoveArgs, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let removed: serde_json::Value = node.delete(&format!("/api/v1/plugins/{}", segment(&args.name)))?;
    output.result(&removed, |_| format!("{} is removed", args.name))?;
    Ok(ExitCode::SUCCESS)
}

pub fn rollback(args: RollbackArgs, node: &Node, output: Output) -> anyhow::Result<ExitCode> {
    let installed: Installed = node.post(&format!("/api/v1/plugins/{}/rollback", segment(&args.name)), &())?;
    output.result(&installed, sentence)?;
    Ok(ExitCode::SUCCESS)
}

/// What an installation or a rollback came to.
#[must_use]
pub fn sentence(installed: &Installed) -> String {
    let Installed { plugin, replaced } = installed;
    let now = format!("{} {} ({})", plugin.name, plugin.version, words::digest(&plugin.digest));
    match replaced {
        Some(replaced) if replaced.digest == plugin.digest => format!("{now} was installed already"),
        Some(replaced) => format!("{now} replaces {} ({})", replaced.version, words::digest(&replaced.digest)),
        None => format!("{now} is installed"),
    }
}

fn many(plugins: &[PluginSummary], output: Output) -> String {
    if plugins.is_empty() {
        return "No plugin is installed yet: pluginctl install <folder or file>".to_owned();
    }
    let row = |plugin: &PluginSummary| {
        vec![
            plugin.name.as_str().into(),
            plugin.version.as_str().into(),
            plugin.kind.as_str().into(),
            state(plugin).into(),
            words::digest(&plugin.digest).into(),
            signer(plugin).into(),
            Field::Number(plugin.used_by.to_string()),
            Field::Number(plugin.cost.runs.to_string()),
        ]
    };
    let header = ["plugin", "version", "kind", "state", "digest", "signer", "used by", "runs"];
    output.table(&header, plugins.iter().map(row).collect())
}

fn one(plugin: &PluginSummary, _: Output) -> String {
    let PluginSummary { name, version, kind, target, description, digest, size_bytes, .. } = plugin;
    let mut lines = vec![
        format!("{name} {version}, a {kind} for {target}, {}: {description}", state(plugin)),
        format!("digest    {digest}, {}", words::bytes(*size_bytes)),
        format!("signer    {}", signer(plugin)),
    ];
    lines.extend(plugin.error.iter().map(|error| format!("error     {error}")));
    lines.extend(rights("asks to", &plugin.asked));
    lines.extend(rights("may", &plugin.granted));
    lines.join("\n") + "\n"
}

/// Rights in people's lines, the first one led in.
#[must_use]
pub fn rights(lead: &str, rights: &[Right]) -> Vec<String> {
    if rights.is_empty() {
        return vec![format!("{lead:10}nothing outside its sandbox")];
    }
    let leads = std::iter::once(lead).chain(std::iter::repeat(""));
    leads.zip(rights).map(|(lead, right)| format!("{lead:10}{}", right.words)).collect()
}

const fn state(plugin: &PluginSummary) -> &'static str {
    match plugin.state {
        PluginState::Loaded => "loaded",
        PluginState::Failed => "failed",
    }
}

fn signer(plugin: &PluginSummary) -> String {
    match &plugin.signer {
        Some(signer) if signer.trusted => signer.key_id.clone(),
        Some(signer) => format!("{} (not trusted)", signer.key_id),
        None => "unsigned".to_owned(),
    }
}
