//! What a component exports and imports by name: which kind of plugin it is, and whether its manifest asks for all it
//! imports. Types are checked later, when the host links it.

use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};
use tocsin_core::capability::Capabilities;
use tocsin_core::manifest::{Kind, Manifest, Target};
use wasmparser::{Parser, Payload};

use super::WIT_VERSION;
use super::error::{PackageError, invalid};

const OURS: &str = "tocsin:plugin";
const WASI: [&str; 7] =
    ["wasi:cli", "wasi:clocks", "wasi:filesystem", "wasi:http", "wasi:io", "wasi:random", "wasi:sockets"];

/// One imported interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Import {
    /// `tocsin:plugin`.
    pub package: String,
    /// `http`.
    pub interface: String,
    /// Empty where none is given.
    pub version: String,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.package, self.interface)?;
        if self.version.is_empty() { Ok(()) } else { write!(f, "@{}", self.version) }
    }
}

impl Import {
    /// `package/interface@version`; `None` for a bare name.
    fn parse(name: &str) -> Option<Self> {
        let (path, version) = name.split_once('@').unwrap_or((name, ""));
        let (package, interface) = path.split_once('/')?;
        Some(Self { package: package.to_owned(), interface: interface.to_owned(), version: version.to_owned() })
    }
}

/// The names at the top of a component.
#[derive(Debug, Default)]
pub(super) struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

pub(super) fn names(bytes: &[u8]) -> Result<Names, PackageError> {
    let mut names = Names::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    names.exports.push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// Which kind of plugin it is, and for which version of our package.
pub(super) fn world(names: &Names) -> Result<(Kind, Version), PackageError> {
    let runs: Vec<(Kind, Import)> = names
        .exports
        .iter()
        .filter_map(|name| Import::parse(name))
        .filter(|export| export.package == OURS)
        .filter_map(|export| {
            let kind =
                Kind::ALL.into_iter().find(|kind| export.interface.strip_prefix("run-") == Some(kind.as_str()))?;
            Some((kind, export))
        })
        .collect();
    match runs.as_slice() {
        [(kind, export)] => Ok((*kind, version(export)?)),
        [] => Err(PackageError::UnknownWorld { exports: names.exports.clone() }),
        many => Err(PackageError::ManyWorlds { exports: many.iter().map(|(_, export)| export.to_string()).collect() }),
    }
}

fn version(import: &Import) -> Result<Version, PackageError> {
    match Version::parse(&import.version) {
        Ok(version) if version == WIT_VERSION => Ok(version),
        Ok(version) if version > WIT_VERSION => Err(PackageError::NewerVersion { version }),
        _ => Err(PackageError::UnknownVersion { version: import.version.clone() }),
    }
}

/// Every import, if the manifest asks for each.
pub(super) fn judge(names: &Names, manifest: &Manifest) -> Result<Vec<Import>, PackageError> {
    let mut imports = Vec::new();
    for name in &names.imports {
        let import = Import::parse(name).ok_or_else(|| PackageError::Foreign { import: name.clone() })?;
        if import.package == OURS {
            version(&import)?;
            ours(&import, &manifest.capabilities)?;
        } else if !WASI.contains(&import.package.as_str()) {
            return Err(PackageError::Foreign { import: name.clone() });
        } else if manifest.target == Target::Core {
            return Err(PackageError::WasiInCore { import: name.clone() });
        }
        imports.push(import);
    }
    imports.sort();
    Ok(imports)
}

fn ours(import: &Import, asked: &Capabilities) -> Result<(), PackageError> {
    let (capability, asks) = match import.interface.as_str() {
        // Words and what is always granted.
        "types" | "tls" | "log" | "clock" => return Ok(()),
        "http" => ("http", !asked.http.is_empty()),
        "tcp" => ("tcp", !asked.tcp.is_empty()),
        "dns" => ("dns", !asked.dns.is_empty()),
        "icmp" => ("icmp", !asked.icmp.is_empty()),
        "node" => ("node", !asked.node.is_empty()),
        "files" => ("files", !asked.files.is_empty()),
        "state" => ("state", asked.state),
        "secrets" => ("secrets", !asked.secrets.is_empty() || !asked.reveal.is_empty()),
        _ => return Err(PackageError::UnknownInterface { import: import.to_string() }),
    };
    if asks { Ok(()) } else { Err(PackageError::NotAsked { import: import.to_string(), capability }) }
}
