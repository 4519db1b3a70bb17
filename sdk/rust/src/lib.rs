//! Writing Tocsin plugins in Rust.
//!
//! A plugin is one annotated function from a typed config to a result, compiled to a WebAssembly component. The host
//! runs every call in a fresh instance, and the plugin reaches only what its manifest asks for and the node grants.
//!
//! ```
//! use tocsin_sdk::{Error, Metric, Observation, http};
//!
//! #[tocsin_sdk::config]
//! struct Config {
//!     /// Where to ask.
//!     url: String,
//! }
//!
//! #[tocsin_sdk::probe]
//! fn check(config: Config) -> Result<Observation, Error> {
//!     let response = http::get(&config.url).send()?;
//!     let seconds = response.phases.total_us as f64 / 1e6;
//!     Ok(Observation::ok(format!("answered {}", response.status))
//!         .judged(Metric::gauge("response_time", seconds).unit("seconds").critical(..=2.0)))
//! }
//!
//! // A native test: everything outside is programmed.
//! let host = tocsin_sdk::mock::host();
//! host.http("http://example.org/").responds(200, "hello");
//! let observation = check(Config { url: "http://example.org/".into() })?;
//! assert_eq!(observation.summary, "answered 200");
//! # Ok::<(), Error>(())
//! ```
//!
//! * [`probe`] looks at a target, [`detector`] judges samples, [`action`] answers an incident with a plan, [`notifier`]
//!   carries a notification out.
//! * [`http`], [`tcp`], [`dns`], [`icmp`], [`node`], [`files`], [`state`], [`secrets`], [`clock`] and [`log`](mod@log) are
//!   the host. A component imports only what it uses.
//! * [`mock`] stands in for the host where tests run natively, with plain `cargo test`.
//! * For the target `core` (`wasm32-unknown-unknown`) the SDK brings the arena allocator that makes a call cheap; the
//!   feature `arena`, on by default, switches it. Such a guest wants a small stack as well, which only the final link
//!   can set: `pluginctl build` passes `-C link-arg=-zstack-size=131072`.

// The macros name this crate from outside; its own tests and doc examples use them too.
#[cfg(test)]
extern crate self as tocsin_sdk;

#[cfg(all(feature = "arena", target_arch = "wasm32", target_os = "unknown"))]
mod arena;
#[doc(hidden)]
pub mod bindings;
mod call;
#[doc(hidden)]
pub mod entry;
mod error;
mod observation;
mod period;
mod threshold;

pub mod actions;
pub mod clock;
pub mod detectors;
pub mod dns;
pub mod files;
pub mod http;
pub mod icmp;
pub mod log;
#[cfg(not(target_arch = "wasm32"))]
pub mod mock;
pub mod node;
pub mod notifiers;
pub mod secrets;
pub mod state;
pub mod tcp;
pub mod text;
pub mod tls;

pub use bindings::host::types::{Denial, Evidence, Finding, Metric, MetricKind, Observation, Range, Sample, Status};
pub use error::{CallError, Error};
pub use period::{LatencyLimits, Period};
pub use threshold::{Bounds, Thresholds};
pub use tocsin_sdk_macros::{action, config, detector, notifier, probe};

/// For bodies and conditions in JSON.
pub use serde_json;
#[doc(hidden)]
pub use {schemars, serde};

/// What a probe may know of the check it runs for, beside its config: for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The check's name.
    pub check: String,
    /// The check's labels.
    pub labels: Vec<(String, String)>,
}
