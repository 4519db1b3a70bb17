//! `pluginctl build`: from a folder with a `plugin.toml` to one signed component. The order of the work; each part of
//! it is a room of its own. Knows neither the node nor what the plugin does.

mod cargo;
mod component;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use serde_json::Value;
use tocsin_core::capability::Capabilities;
use tocsin_core::manifest::{Kind, Manifest, Target};
use tocsin_sandbox::package::{Package, Signature};

use crate::key::DeveloperKey;
use crate::output::Output;

/// Build plugins: compile, wrap as a component, embed manifest and schema, sign.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Folders with a plugin.toml
    #[arg(value_name = "FOLDER", default_value = ".")]
    folders: Vec<PathBuf>,
    /// Write here: a file that ends in .wasm, or a folder [default: target/<name>.wasm in the plugin's folder]
    #[arg(long, short, visible_alias = "out", value_name = "PATH")]
    output: Option<PathBuf>,
    /// Do not sign; a node takes the plugin only with --allow-unsigned
    #[arg(long)]
    unsigned: bool,
}

/// How to build.
#[derive(Clone, Debug)]
pub struct Options {
    /// A file that ends in `.wasm`, or a folder; absent: `target/<name>.wasm` in the plugin's folder.
    pub output: Option<PathBuf>,
    pub unsigned: bool,
    /// For what is said along the way.
    pub progress: Output,
}

/// What was built.
#[derive(Clone, Debug, Serialize)]
pub struct Built {
    pub name: String,
    pub version: String,
    pub kind: Kind,
    pub target: Target,
    pub path: PathBuf,
    pub size_bytes: usize,
    pub digest: String,
    pub capabilities: Capabilities,
    /// The same for people.
    pub rights: Vec<String>,
    pub signer: Option<Signature>,
}

pub fn run(args: Args, output: Output) -> Result<ExitCode> {
    let one_file = args.output.as_deref().is_some_and(is_file_path);
    if one_file && args.folders.len() > 1 {
        bail!("--output names one file, but {} plugins are to be built: name a folder", args.folders.len());
    }
    let options = Options { output: args.output, unsigned: args.unsigned, progress: output };
    let mut built = Vec::new();
    for folder in &args.folders {
        built.push(build(folder, &options)?);
    }
    output.result(&built, |built| built.iter().map(describe).collect::<Vec<_>>().join("\n\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the plugin in `folder` and writes it.
pub fn build(folder: &Path, options: &Options) -> Result<Built> {
    let (text, manifest) = read_manifest(folder)?;
    let (component, schema) = match &manifest.build.component {
        Some(path) => prebuilt(folder, path, &manifest)?,
        None => compiled(folder, &manifest, options)?,
    };
    schema::check_keys(&manifest.capabilities, &schema)?;
    let unsigned = Package::embed(&component, &text, &schema)?;
    let path = output_path(folder, &manifest, options.output.as_deref());
    let bytes = if options.unsigned { unsigned } else { signed(&unsigned, &manifest, &path, options)? };
    let package = Package::parse(bytes).context("what was built is no plugin that a node would load")?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).with_context(|| format!("the folder {} cannot be made", parent.display()))?;
    }
    fs::write(&path, &package.bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(Built {
        name: manifest.name.to_string(),
        version: manifest.version,
        kind: manifest.kind,
        target: manifest.target,
        path,
        size_bytes: package.bytes.len(),
        digest: package.digest.to_string(),
        rights: manifest.capabilities.lines(),
        capabilities: manifest.capabilities,
        signer: package.signature,
    })
}

/// The `plugin.toml` of a folder, as text and understood.
pub fn read_manifest(folder: &Path) -> Result<(String, Manifest)> {
    let path = folder.join("plugin.toml");
    if !path.is_file() {
        bail!("{} has no plugin.toml: name a plugin's folder, or make one with `pluginctl new`", folder.display());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let manifest = Manifest::parse(&text).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow!("the manifest in {} is not valid:\n  {}", folder.display(), lines.join("\n  "))
    })?;
    Ok((text, manifest))
}

fn compiled(folder: &Path, manifest: &Manifest, options: &Options) -> Result<(Vec<u8>, Value)> {
    let build = cargo::Build::new(folder, manifest.target, options.progress)?;
    let schema = match &manifest.build.config_schema {
        Some(path) => schema::read(&folder.join(path))?,
        None => schema::describe(&build.run(cargo::Pass::Describe)?)?,
    };
    let module = build.run(cargo::Pass::Real)?;
    Ok((component::from_wasm(&module, manifest.target)?, schema))
}

fn prebuilt(folder: &Path, path: &str, manifest: &Manifest) -> Result<(Vec<u8>, Value)> {
    let Some(schema) = &manifest.build.config_schema else {
        bail!(
            "plugin.toml names a prebuilt `component`, but no schema of its config: add `config_schema = \"schema.json\"`"
        );
    };
    let schema = schema::read(&folder.join(schema))?;
    let path = folder.join(path);
    let bytes = fs::read(&path).with_context(|| format!("the prebuilt component {} cannot be read", path.display()))?;
    Ok((component::from_wasm(&bytes, manifest.target)?, schema))
}

/// Signs; but where the file already holds these very bytes signed by the same key, it stays as it is, so that a
/// build without changes gives the same digest (a signature holds randomness).
fn signed(unsigned: &[u8], manifest: &Manifest, path: &Path, options: &Options) -> Result<Vec<u8>> {
    let key = DeveloperKey::open_or_create(options.progress)?;
    if let Ok(before) = fs::read(path)
        && before.starts_with(unsigned)
        && let Ok(package) = Package::parse(before.as_slice())
        && package.signature.is_some_and(|signature| signature.public_key == key.public_key())
        && before.len() < unsigned.len() + 2 * 1024
    {
        return Ok(before);
    }
    key.sign(unsigned, &format!("{} {}", manifest.name, manifest.version))
}

/// Where a build puts its component.
pub fn output_path(folder: &Path, manifest: &Manifest, output: Option<&Path>) -> PathBuf {
    let file = format!("{}.wasm", manifest.name);
    match output {
        Some(path) if is_file_path(path) => path.to_owned(),
        Some(out_folder) => out_folder.join(file),
        None if folder == Path::new(".") => Path::new("target").join(file),
        None => folder.join("target").join(file),
    }
}

fn is_file_path(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wasm")
}

fn describe(built: &Built) -> String {
    let rights = if built.rights.is_empty() { "nothing".to_owned() } else { built.rights.join("\n           ") };
    let signer = match &built.signer {
        Some(signature) => format!("developer key {}", signature.key_id),
        None => "nobody (a node takes it only with --allow-unsigned)".to_owned(),
    };
    format!(
        "{} {} ({}, target {})\n  file     {}\n  size     {} bytes\n  digest   {}\n  asks for {rights}\n  signed by {signer}",
        built.name,
        built.version,
        built.kind,
        built.target.as_str(),
        built.path.display(),
        built.size_bytes,
        built.digest,
    )
}
