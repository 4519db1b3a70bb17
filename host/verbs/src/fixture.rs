//! What the tests of several rooms need: folders of their own, orders, and an executor of which nothing reaches further.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tocsin_core::capability::{Capabilities, Rights};
use tocsin_core::plan::{HttpCall, Verb};
use tocsin_core::time::Timestamp;
use tocsin_core::verb::{Errand, Order, OrderKey, Undo};

use crate::{Bus, Executor, HttpAnswer, HttpError, HttpSender, Sending, Setup};

/// Past every file that a test makes.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(4_000_000_000_000);

pub(crate) struct Node {
    folder: tempfile::TempDir,
    pub(crate) executor: Executor,
}

impl Node {
    pub(crate) fn new() -> Self {
        Self::with(Arc::new(Unsent), Bus::At("unix:path=/nonexistent".to_owned()))
    }

    pub(crate) fn with(sender: Arc<dyn HttpSender>, bus: Bus) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (journal, quarantine) = (folder.path().join("journal"), folder.path().join("quarantine"));
        fs::create_dir(folder.path().join("world")).unwrap();
        let setup = Setup { journal, quarantine, sender, bus, clock: Arc::new(|| NOW) };
        let executor = Executor::new(setup).unwrap();
        Self { folder, executor }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// A place that the verbs may change.
    pub(crate) fn world(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.path("world") } else { self.path("world").join(name) }
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.world(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The names of what lies in a folder, in order.
    pub(crate) fn names(&self, name: &str) -> Vec<String> {
        names(&self.path(name))
    }

    /// Within rights to exactly this.
    pub(crate) fn order(&self, step: u32, verb: Verb) -> Order {
        let rights = rights_for(&verb);
        order(step, false, Errand::Do(verb), rights)
    }

    pub(crate) fn undo(&self, step: u32, undo: Undo) -> Order {
        order(step, true, Errand::Undo(undo), Rights::default())
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn key(step: u32, undo: bool) -> OrderKey {
    OrderKey { remediation: "0198c0ffee00-0badcafe".into(), step, undo }
}

fn order(step: u32, undo: bool, errand: Errand, rights: Rights) -> Order {
    Order { key: key(step, undo), errand, timeout: Duration::from_secs(20), rights, command: None }
}

pub(crate) fn rights(verbs: &[String]) -> Rights {
    let all: Capabilities = serde_json::from_value(json!({ "verbs": verbs, "secrets": ["token"] })).unwrap();
    Rights::of(&all, &all, &json!({})).unwrap()
}

/// What cannot be granted is not.
fn rights_for(verb: &Verb) -> Rights {
    let right = format!("{} {}", verb.kind().as_str(), verb.target());
    let all: Capabilities = serde_json::from_value(json!({ "verbs": [right], "secrets": ["token"] })).unwrap();
    Rights::of(&all, &all, &json!({})).unwrap_or_default()
}

/// For tests that send nothing.
#[derive(Debug)]
pub(crate) struct Unsent;

impl HttpSender for Unsent {
    fn send<'a>(&'a self, _: &'a HttpCall, _: &'a Rights, _: Duration) -> Sending<'a> {
        Box::pin(async { Err::<HttpAnswer, _>(HttpError::NotSent("nobody sends here".to_owned())) })
    }
}
