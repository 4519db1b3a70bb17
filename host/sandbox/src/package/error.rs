//! Why a file is not a plugin this host can load; each a sentence with its way out.

use tocsin_core::manifest::{Kind, ManifestError};

use super::{SIZE_BYTES_MAX, WIT_VERSION};

#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("the file has {size} bytes; a plugin has at most {SIZE_BYTES_MAX}")]
    TooLarge { size: usize },
    #[error("the file is not WebAssembly: it does not begin with `\\0asm` and a version this host knows")]
    NotWasm,
    #[error("the component ends or is damaged at byte {offset}: copy or build it again")]
    Damaged { offset: usize },
    #[error(
        "the component is not valid at byte {offset}: build it again, without Wasm features this host does not allow"
    )]
    Invalid { offset: usize, source: Box<wasmparser::BinaryReaderError> },
    #[error("the file is a core module, not a component: build it with `pluginctl build`, which wraps it")]
    CoreModule,
    #[error(
        "the component has no section `tocsin:manifest`: build it with `pluginctl build`, which embeds plugin.toml"
    )]
    MissingManifest,
    #[error("the component has the section `{name}` more than once: build it again")]
    SectionTwice { name: &'static str },
    #[error("the section `tocsin:manifest` is not the JSON that `pluginctl build` writes")]
    Embedded(#[source] serde_json::Error),
    #[error("the embedded config schema is not a JSON object")]
    SchemaNotObject,
    #[error("the embedded manifest is not valid: {}", join(.0))]
    Manifest(Vec<ManifestError>),
    #[error(
        "the section `tocsin:signature` is not the last one, so bytes after it are not signed: sign the plugin again"
    )]
    SignatureNotLast,
    #[error("the section `tocsin:signature` cannot be read: sign the plugin again")]
    SignatureUnreadable,
    #[error("the signature of key {key_id} does not match: the file was changed after it was signed")]
    SignatureMismatch { key_id: String },
    #[error("the component exports no interface that this host calls{}; a plugin exports one of tocsin:plugin/run-probe, run-detector, run-action, run-notifier", found(.exports))]
    UnknownWorld { exports: Vec<String> },
    #[error("the component exports more than one kind of plugin ({}): one file is one plugin", .exports.join(", "))]
    ManyWorlds { exports: Vec<String> },
    #[error(
        "built for tocsin:plugin {version}; this host knows up to {WIT_VERSION}: upgrade the host, or build the plugin with an older SDK"
    )]
    NewerVersion { version: semver::Version },
    #[error("built for tocsin:plugin {version}, which this host does not know: build the plugin for {WIT_VERSION}")]
    UnknownVersion { version: String },
    #[error("plugin.toml says kind = \"{manifest}\", but the component exports the interface of a {world}")]
    KindMismatch { manifest: Kind, world: Kind },
    #[error(
        "the component imports `{import}`, but plugin.toml asks for no `{capability}`: add it under [capabilities], or drop the use of it"
    )]
    NotAsked { import: String, capability: &'static str },
    #[error("the component imports `{import}`, which tocsin:plugin {WIT_VERSION} does not have")]
    UnknownInterface { import: String },
    #[error(
        "the component imports `{import}`, but plugin.toml has target = \"core\": drop what needs it (std's time, net, fs, env), or set target = \"wasi\""
    )]
    WasiInCore { import: String },
    #[error(
        "the component imports `{import}`, which no host interface offers: a plugin reaches only tocsin:plugin and, with target = \"wasi\", WASI 0.2"
    )]
    Foreign { import: String },
}

pub(super) fn invalid(error: wasmparser::BinaryReaderError) -> PackageError {
    PackageError::Invalid { offset: usize::try_from(error.offset()).unwrap_or(usize::MAX), source: Box::new(error) }
}

fn join(errors: &[ManifestError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn found(exports: &[String]) -> String {
    if exports.is_empty() { String::new() } else { format!(" (it exports {})", exports.join(", ")) }
}
