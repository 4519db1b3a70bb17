//! What a plugin says about itself: `plugin.toml`, and the schema of its config. Parsing names every error at once.
//! Knows nothing of components or signatures.

mod error;
mod license;
mod parse;
mod reader;

use serde::{Deserialize, Serialize};

pub use error::{ManifestError, ManifestProblem};

use crate::capability::Capabilities;
use crate::id::PluginName;
use crate::limits::Limits;

/// A valid manifest. Built only by [`Manifest::parse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub name: PluginName,
    /// Semantic version.
    pub version: String,
    pub kind: Kind,
    pub target: Target,
    pub description: String,
    /// An SPDX expression.
    pub license: String,
    pub capabilities: Capabilities,
    pub limits: Limits,
    /// What only the build reads.
    #[serde(default)]
    pub build: BuildKeys,
}

impl Manifest {
    /// Reads the text of a `plugin.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its lines.
    pub fn parse(text: &str) -> Result<Self, Vec<ManifestError>> {
        parse::parse(text)
    }
}

/// Keys for plugins that cargo does not build; paths are relative to the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildKeys {
    /// A JSON Schema file, instead of the schema the SDK derives from the config's Rust type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_schema: Option<String>,
    /// A component that was built already, by whatever language's own tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Probe,
    Detector,
    Action,
    Notifier,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Probe, Self::Detector, Self::Action, Self::Notifier];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Detector => "detector",
            Self::Action => "action",
            Self::Notifier => "notifier",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a guest was built for, and so what it may import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// `wasm32-unknown-unknown`: our own interfaces alone.
    Core,
    /// `wasm32-wasip2`: WASI 0.2 as well, under the same policy.
    Wasi,
}

impl Target {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Wasi => "wasi",
        }
    }

    /// As rustc names it.
    #[must_use]
    pub const fn triple(self) -> &'static str {
        match self {
            Self::Core => "wasm32-unknown-unknown",
            Self::Wasi => "wasm32-wasip2",
        }
    }
}
