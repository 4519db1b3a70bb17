//! A configuration's files on this machine, compiled without a node. Knows nothing of what is asked of it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use tocsin_core::config::{self, Catalog, Config, ConfigErrors, Defaults, Disk, Files, Source};

/// Which configuration; for subcommands that need no node.
#[derive(clap::Args, Clone, Debug)]
pub struct ConfigArgs {
    /// The configuration: tocsin.yaml, with conf.d/*.yaml beside it, or an Alertmanager's own file.
    #[arg(long, short, default_value = "tocsin.yaml", env = "TOCSIN_CONFIG", value_name = "FILE")]
    pub config: PathBuf,
}

impl ConfigArgs {
    /// What the files say, without what depends on plugins: no plugin needs to be at hand.
    pub fn compile(&self) -> Result<Config> {
        let sources = sources(&self.config).context("--config or TOCSIN_CONFIG names another file")?;
        let sources = match sources.first() {
            Some(main) if is_alertmanagers(&main.text) => vec![around(&self.config)],
            _ => sources,
        };
        let defaults = defaults();
        let files = Files::of(sources, &defaults, &LocalDisk);
        config::compile(&files, &Catalog::absent(), &defaults).map_err(|errors| anyhow!("{}", sentences(&errors)))
    }
}

/// What a node on any machine would fill in. Both only name the node and its folder; no rule depends on them.
#[must_use]
pub fn defaults() -> Defaults {
    Defaults { node: "localhost".to_owned(), data: PathBuf::from("/var/lib/tocsin") }
}

/// The file and `conf.d/*.yaml` beside it, in the order of their names.
pub fn sources(file: &Path) -> Result<Vec<Source>> {
    let folder = file.parent().unwrap_or(Path::new("")).join("conf.d");
    let mut files = vec![file.to_owned()];
    if folder.is_dir() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
        let mut found: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        found.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
        found.sort();
        files.extend(found);
    }
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Source { name: path.display().to_string(), folder, text })
    };
    files.into_iter().map(read).collect()
}

/// This machine's.
#[derive(Clone, Copy, Debug)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn read(&self, file: &Path) -> Result<String, String> {
        std::fs::read_to_string(file).map_err(|error| error.to_string())
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>, String> {
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
        let name = |entry: std::io::Result<std::fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect::<std::io::Result<_>>().map_err(|error| error.to_string())
    }
}

/// It must have a `route`, and ours cannot have one.
fn is_alertmanagers(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("route:"))
}

/// A configuration that says nothing but where Alertmanager's file is.
fn around(file: &Path) -> Source {
    let text = format!("alerting: {{config: {}}}", serde_json::Value::from(file.to_string_lossy()));
    Source { name: "tocsin.yaml".to_owned(), folder: PathBuf::new(), text }
}

fn sentences(errors: &ConfigErrors) -> String {
    let lines: Vec<String> = errors.iter().map(|error| format!("  {error}")).collect();
    format!("the configuration is not valid:\n{}", lines.join("\n"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// This and what mails and short messages need.
    pub(crate) fn with_ways_to_tell(text: &str) -> Config {
        let am = "global: {smtp_smarthost: 'localhost:25', smtp_from: a@b}\nroute: {receiver: ops}\nreceivers: [{name: ops}]\n";
        let ours = "alerting: {config: am.yml}\nsms: {account: AC1, token: {env: TOKEN}, from: '+431'}\n";
        compiled(&[("tocsin.yaml", &format!("{ours}{text}")), ("am.yml", am)]).unwrap()
    }

    fn compiled(files: &[(&str, &str)]) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let config = folder.path().join(files[0].0);
        ConfigArgs { config }
            .compile()
            .map_err(|error| anyhow!("{}", format!("{error:#}").replace(&format!("{}/", folder.path().display()), "")))
    }

    const ALERTMANAGERS: &str = "route: {receiver: ops}\nreceivers: [{name: ops}]\n";

    #[test]
    fn alertmanagers_own_file_is_a_configuration_too() {
        let config = compiled(&[("alertmanager.yml", ALERTMANAGERS)]).unwrap();
        assert_eq!(config.alerting.routes.as_ref().map(|routes| routes.iter().count()), Some(1));
    }

    #[test]
    fn what_depends_on_plugins_is_left_out_and_no_error() {
        let ours = "alerting: {config: am.yml}\nchecks: [{name: site, plugin: probe-http, interval: 1s}]\n\
                    rules: [{name: Slow, check: site, when: {status: critical}}]\n\
                    receivers: {desk: {notifiers: [{plugin: notifier-any}]}}\n";
        let config = compiled(&[("tocsin.yaml", ours), ("am.yml", ALERTMANAGERS)]).unwrap();
        assert_eq!((config.checks.len(), config.alerting.receivers.len()), (0, 2));
    }

    #[test]
    fn errors_are_all_said_with_their_files_and_lines() {
        let am = "route:\n  receiver: opps\nreceivers: [{name: ops}]\ntemplates: [mail.tmpl]\n";
        let ours = "alerting: {config: am.yml}\nchekcs: []\n";
        let error = compiled(&[("tocsin.yaml", ours), ("am.yml", am)]).unwrap_err().to_string();
        let expected = [
            "am.yml:2:13: route.receiver: there is no receiver `opps`; did you mean `ops`?",
            "mail.tmpl:1:1: this template cannot be read",
            "tocsin.yaml:2:1: chekcs: unknown key; did you mean `checks`?",
        ];
        for expected in expected {
            assert!(error.contains(expected), "{error}");
        }
    }
}
