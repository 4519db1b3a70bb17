//! The window through which HTTP sees the node: what can be asked of it and done to it, in wire types. Knows nothing
//! of how the node does it; the node knows nothing of HTTP.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tocsin_api as api;
use tocsin_core::capability::Capabilities;
use tocsin_core::config::Role;
use tocsin_core::id::{CheckName, PluginName, RunId};
use tocsin_core::remediation::simulate::Seen;
use tocsin_core::slo::{Counts, SeriesKey, Slot};
use tokio::sync::broadcast;

/// An answer that may need the disk or a run.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, api::Problem>>;

/// What the node shows and lets be done. Reading without a future is from memory and must not block.
pub trait NodeView: Send + Sync + 'static {
    /// The node at a glance. Cheap: every open event stream asks for it every other second.
    fn status(&self) -> api::Status;

    /// Nothing once the node runs checks; until then, and while it shuts down or cannot keep its state, why not.
    fn not_ready(&self) -> Option<String>;

    /// Every check in the order of the names, without `recent`: HTTP filters, and asks for that of those it shows.
    fn checks(&self) -> Vec<api::CheckSummary>;

    /// The check's newest runs, oldest first; at most a few dozen.
    fn recent(&self, check: &CheckName) -> Vec<api::RecentRun>;

    /// [`api::Code::CheckNotFound`] where there is none; with `recent`.
    fn check<'a>(&'a self, check: &'a CheckName) -> Answer<'a, api::CheckDetail>;

    fn plugins(&self) -> Vec<api::PluginSummary>;

    fn detectors(&self) -> Answer<'_, api::Detectors>;

    /// [`api::Code::RunNotFound`] where it is not kept.
    fn run<'a>(&'a self, run: &'a RunId) -> Answer<'a, api::Run>;

    /// The transcript as it was encoded, or [`api::Code::TranscriptNotKept`].
    fn transcript<'a>(&'a self, run: &'a RunId) -> Answer<'a, Bytes>;

    /// The component that ran then, while it serves or a rollback could bring it back; else
    /// [`api::Code::PluginNotFound`].
    fn component_of<'a>(&'a self, run: &'a RunId) -> Answer<'a, Bytes>;

    /// What was counted of an objective from one slot to another, in their order; slots without anything are left out.
    fn recorded<'a>(&'a self, series: &'a SeriesKey, first: Slot, last: Slot) -> Answer<'a, Vec<(Slot, Counts)>>;

    /// What the newest runs of a check found, oldest first.
    fn seen<'a>(&'a self, check: &'a CheckName) -> Answer<'a, Vec<Seen>>;

    /// Every change from now on. A sender without receivers should make none.
    fn subscribe(&self) -> broadcast::Receiver<Arc<api::Change>>;

    /// Runs it now, whatever its schedule, and answers when the run has ended.
    fn run_check<'a>(&'a self, check: &'a CheckName, who: &'a Who) -> Answer<'a, api::Run>;

    /// Takes the component in only if every rule held; else the old generation goes on.
    fn install(&self, upload: Upload, who: Who) -> Answer<'_, api::Installed>;

    /// Answers with what was removed. [`api::Code::PluginInUse`] while a check or a detector uses it.
    fn remove<'a>(&'a self, plugin: &'a PluginName, who: &'a Who) -> Answer<'a, api::PluginSummary>;

    fn rollback<'a>(&'a self, plugin: &'a PluginName, who: &'a Who) -> Answer<'a, api::Installed>;

    /// All or nothing: with one error ([`api::Code::ConfigInvalid`]) nothing changes.
    fn reload<'a>(&'a self, who: &'a Who) -> Answer<'a, api::Reloaded>;
}

/// Whose request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The token's name.
    pub name: String,
    pub role: Role,
}

/// A component and the terms it is to be installed under.
#[derive(Clone, Debug)]
pub struct Upload {
    pub component: Bytes,
    /// Without one, an upgrade keeps the grant it has and a new plugin gets none.
    pub grant: Option<Capabilities>,
    /// The public key, or the id of the key, of a signer to trust from now on.
    pub trust: Option<String>,
    pub allow_unsigned: bool,
    /// What the component's digest must be, in lower case.
    pub digest: Option<String>,
    /// Where the file came from, as the client said.
    pub source: Option<String>,
}
