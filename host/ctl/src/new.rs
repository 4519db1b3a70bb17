//! `pluginctl new`: a plugin project that builds, tests and runs as it stands, from the templates beside this crate.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde::Serialize;

use crate::output::Output;

mod template;

/// Make a plugin project: source, native tests, manifest, and the check to paste.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What it is
    kind: KindArg,
    /// Its name, and the folder's: lower-case letters, digits and `-`
    name: String,
    /// Where the folder is made
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    within: PathBuf,
    /// The folder of the crate tocsin-sdk [default: in the checkout this program or this folder is in]
    #[arg(long, value_name = "FOLDER", env = "TOCSIN_SDK")]
    sdk: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// Looks at a target and says what it found
    Probe,
    /// Judges the samples of a check
    Detector,
    /// Answers an incident with a plan
    Action,
    /// Carries one notification to the outside
    Notifier,
}

#[derive(Debug, Serialize)]
struct Made {
    folder: PathBuf,
    files: Vec<PathBuf>,
    /// The part of the configuration that uses it.
    config: String,
}

pub fn run(args: Args, output: Output) -> Result<ExitCode> {
    check_name(&args.name)?;
    let folder = if args.within == Path::new(".") { PathBuf::from(&args.name) } else { args.within.join(&args.name) };
    if folder.exists() {
        bail!("{} exists already: choose another name, or remove it", folder.display());
    }
    let sdk = sdk_folder(args.sdk.as_deref(), &args.within)?;
    let template = template::of(args.kind);
    let fill = |text: &str| {
        text.replace("{{name}}", &args.name)
            .replace("{{crate}}", &args.name.replace('-', "_"))
            .replace("{{sdk}}", &sdk.display().to_string())
    };
    let mut files = Vec::new();
    for (path, text) in template.files() {
        let path = folder.join(path);
        write(&path, &fill(text))?;
        files.push(path);
    }
    let made = Made { folder, files, config: fill(template.config) };
    output.result(&made, |made| describe(made, &args.name))?;
    Ok(ExitCode::SUCCESS)
}

fn describe(made: &Made, name: &str) -> String {
    let config: String = made.config.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "made {}\n\n  cd {}\n  cargo test                 its own tests, natively\n  pluginctl build            \
         target/{name}.wasm, signed with your developer key\n  pluginctl run              one call here, under the real limits\n  \
         pluginctl install .        shows what it asks for, then installs it on the node\n\n\
         then paste this into a file in the node's conf.d/ and run `pluginctl reload`:\n\n{config}",
        made.folder.display(),
        made.folder.display(),
    )
}

/// A name that is a crate's, a plugin's and a folder's at once.
fn check_name(name: &str) -> Result<()> {
    let fits = name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits {
        Ok(())
    } else {
        bail!("`{name}` is not a plugin's name: use lower-case letters, digits and `-`, a letter first, 64 at most")
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("the folder {} cannot be made", parent.display()))?;
    }
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// Where the SDK is: as told, else in a checkout above this program or above the new project, else where this program
/// was compiled.
fn sdk_folder(told: Option<&Path>, within: &Path) -> Result<PathBuf> {
    if let Some(folder) = told {
        if !folder.join("Cargo.toml").is_file() {
            bail!("{} has no Cargo.toml: --sdk names the folder of the crate tocsin-sdk", folder.display());
        }
        return fs::canonicalize(folder).with_context(|| format!("{} cannot be found", folder.display()));
    }
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
    let program = env::current_exe().ok();
    let starts = [fs::canonicalize(within).ok(), program, Some(compiled)];
    let found = starts.iter().flatten().flat_map(|start| start.ancestors()).map(|above| above.join("sdk/rust"));
    found.into_iter().find(|folder| is_sdk(folder)).context(
        "the crate tocsin-sdk was not found: it is not published yet, so name its folder in a checkout of Tocsin with `--sdk PATH/sdk/rust`",
    )
}

fn is_sdk(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("name = \"tocsin-sdk\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_of_each_kind_has_a_valid_manifest_of_that_kind() {
        for kind in [KindArg::Probe, KindArg::Detector, KindArg::Action, KindArg::Notifier] {
            let folder = tempfile::tempdir().unwrap();
            let args = Args { kind, name: "my-plugin".to_owned(), within: folder.path().to_owned(), sdk: None };
            run(args, Output::new(true)).unwrap();
            let (_, manifest) = crate::build::read_manifest(&folder.path().join("my-plugin")).unwrap();
            assert_eq!(manifest.name.as_str(), "my-plugin");
            assert_eq!(manifest.kind.as_str(), kind.to_possible_value().unwrap().get_name());
            for file in ["Cargo.toml", "src/lib.rs", "src/tests.rs", "clippy.toml", "README.md", ".gitignore"] {
                let text = fs::read_to_string(folder.path().join("my-plugin").join(file)).unwrap();
                assert!(!text.contains("{{"), "{file}: {text}");
            }
        }
    }

    #[test]
    fn a_name_that_no_crate_can_have_is_refused() {
        for name in ["", "My-Check", "1st", "a/b", "a b", "-a"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("my-check-2").is_ok());
    }
}
