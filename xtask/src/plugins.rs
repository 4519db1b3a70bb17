//! Builds the standard plugins and the tests' guests into `target/plugins`, each only when something it is made of is
//! newer than it. How a plugin is built is `pluginctl build`'s business.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::workspace::{Workspace, run};
use crate::{peers, say};

/// Folders whose sub-folders with a `plugin.toml` are plugins.
const STANDARD: &str = "plugins";
const GUESTS: &str = "tests/guests";

/// What every plugin is made of besides its own folder.
const SHARED: [&str; 6] = ["wit", "sdk", "Cargo.lock", "Cargo.toml", "host/ctl/src/build", "host/sandbox/src/package"];

/// A plugin's folder in the repository, and the component it becomes.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) component: PathBuf,
}

/// Builds all that changed; returns the standard plugins.
pub(crate) fn build_all(workspace: &Workspace) -> Result<Vec<Plugin>> {
    let standard = below(workspace, STANDARD)?;
    let guests = below(workspace, GUESTS)?;
    build(workspace, standard.iter().chain(&guests))?;
    Ok(standard)
}

/// Builds those standard plugins that changed; returns them all.
pub(crate) fn build_standard(workspace: &Workspace) -> Result<Vec<Plugin>> {
    let standard = below(workspace, STANDARD)?;
    build(workspace, standard.iter())?;
    Ok(standard)
}

fn build<'a>(workspace: &Workspace, plugins: impl Iterator<Item = &'a Plugin>) -> Result<()> {
    let shared = SHARED.iter().map(|part| newest(&workspace.path(part))).max().flatten();
    let stale: Vec<_> = plugins.filter(|plugin| is_stale(plugin, shared)).collect();
    if stale.is_empty() {
        return Ok(());
    }
    peers::guest_targets()?;
    workspace.build_programs()?;
    fs::create_dir_all(workspace.target("plugins"))?;
    for (index, plugin) in stale.iter().enumerate() {
        say::step(&format!("building {} ({} of {})", workspace.shown(&plugin.folder), index + 1, stale.len()));
        let mut command = Command::new(workspace.program("pluginctl"));
        command.arg("build").arg(&plugin.folder).arg("--output").arg(&plugin.component);
        run(&mut command).with_context(|| format!("the plugin {} was not built", workspace.shown(&plugin.folder)))?;
    }
    Ok(())
}

fn below(workspace: &Workspace, parent: &str) -> Result<Vec<Plugin>> {
    let parent = workspace.path(parent);
    let entries = fs::read_dir(&parent).with_context(|| format!("{} cannot be listed", parent.display()))?;
    let mut folders: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    folders.retain(|folder| folder.join("plugin.toml").is_file());
    folders.sort();
    let plugin = |folder: PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let component = workspace.target("plugins").join(format!("{name}.wasm"));
        Plugin { name, folder, component }
    };
    Ok(folders.into_iter().map(plugin).collect())
}

fn is_stale(plugin: &Plugin, shared: Option<SystemTime>) -> bool {
    let built = fs::metadata(&plugin.component).and_then(|metadata| metadata.modified()).ok();
    built.is_none() || newest(&plugin.folder).max(shared) > built
}

/// When the newest file below `path` was changed; none where there is no file. A path names `path.rs` as well, so that
/// a room is found together with its entrance.
fn newest(path: &Path) -> Option<SystemTime> {
    let entrance = path.with_extension("rs");
    let own =
        [path, entrance.as_path()].map(|file| fs::metadata(file).ok().filter(fs::Metadata::is_file)?.modified().ok());
    let below = fs::read_dir(path).into_iter().flatten().flatten();
    let below = below.filter(|entry| entry.file_name() != "target").map(|entry| newest(&entry.path()));
    below.chain(own).max().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_stale_until_it_is_built_and_again_when_a_source_is_newer() {
        let folder = std::env::temp_dir().join(format!("tocsin-xtask-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("src/lib.rs"), "").unwrap();
        let plugin = Plugin { name: "p".to_owned(), folder: folder.join("src"), component: folder.join("p.wasm") };
        assert!(is_stale(&plugin, None));
        fs::write(&plugin.component, "").unwrap();
        let built = fs::metadata(&plugin.component).unwrap().modified().unwrap();
        let earlier = built - std::time::Duration::from_secs(60);
        fs::File::open(folder.join("src/lib.rs")).unwrap().set_modified(earlier).unwrap();
        assert!(!is_stale(&plugin, Some(earlier)));
        assert!(is_stale(&plugin, Some(built + std::time::Duration::from_secs(1))));
        fs::remove_dir_all(folder).unwrap();
    }
}
