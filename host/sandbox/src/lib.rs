//! Runs other people's plugins: Wasm components that reach nothing but what they were granted, within limits that
//! always hold, with a record of every run. The only crate that knows Wasmtime.
//!
//! ```text
//! Sandbox::load(package) -> Plugin::{probe, detect, plan, notify}(Call, input) -> Run { outcome, value, cost, .. }
//! ```
//!
//! A room each: [`engine`](Sandbox) (pools, ticker), `load` and `cache` (package to plugin), `run` (one call: store,
//! time, outcome), `world` (one adapter per published version of the WIT package; generated types stay there), `host`
//! (what a guest may ask, a file an interface), `net` (one policy for every byte that leaves), `transcript` and
//! `replay` (what a run was told, and telling it again).

mod cache;
mod describe;
mod engine;
mod files;
mod host;
mod input;
mod limits;
mod load;
mod node;
mod plugin;
mod replay;
mod run;
mod sandbox;
mod transcript;
mod wasi;
mod world;

#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "bench"))]
pub mod bench;
pub mod net;
pub mod package;

pub use cache::CacheError;
pub use describe::{DescribeError, describe};
pub use engine::{Allocator, EngineError};
pub use host::log::{LogLevel, LogLine};
pub use input::{DetectorInput, ProbeInput};
pub use load::LoadError;
pub use net::{Network, NetworkConfig, OwnedPorts, Secrets};
pub use plugin::Plugin;
pub use replay::{Divergence, ReplayError, Replayed};
pub use run::{Call, Run};
pub use sandbox::{PoolStats, Sandbox, SandboxConfig, SandboxError, SandboxStats, WallClock};
pub use transcript::{NotReplayable, Transcript, TranscriptError};
