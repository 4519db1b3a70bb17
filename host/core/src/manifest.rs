//! What a plugin says about itself: `plugin.toml`, and the schema of its config. Parsing names every error at once.
//! Knows nothing of components or signatures.

use serde::{Deserialize, Serialize};

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

/// What a guest was built for, and so what it may import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// `wasm32-unknown-unknown`: our own interfaces alone.
    Core,
    /// `wasm32-wasip2`: WASI 0.2 as well, under the same policy.
    Wasi,
}
