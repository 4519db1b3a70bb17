//! What a test programmed and what the plugin did so far. Knows nothing of how either is written down.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::bindings::host::{dns, files, http, icmp, node, tcp};
use crate::log::Level;

use super::tcp::Script;

const START_MS: i64 = 1_767_225_600_000;

/// Everything outside a plugin.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) http: Answers<Result<http::Response, http::Error>>,
    pub(crate) requests: Vec<http::Request>,
    pub(crate) tcp: Answers<Result<Script, tcp::Error>>,
    pub(crate) dns: Answers<Result<dns::Answer, dns::Error>>,
    pub(crate) icmp: Answers<Result<icmp::Reply, icmp::Error>>,
    pub(crate) who: Answers<Result<node::Identity, node::Error>>,
    pub(crate) cpu: Answers<Result<node::Cpu, node::Error>>,
    pub(crate) memory: Answers<Result<node::Memory, node::Error>>,
    pub(crate) disks: Answers<Result<Vec<node::Disk>, node::Error>>,
    pub(crate) network: Answers<Result<Vec<node::InterfaceCounters>, node::Error>>,
    pub(crate) load: Answers<Result<node::Load, node::Error>>,
    pub(crate) pressure: Answers<Result<node::Pressure, node::Error>>,
    pub(crate) processes: Answers<Result<Vec<node::Process>, node::Error>>,
    pub(crate) units: Answers<Result<Vec<node::Unit>, node::Error>>,
    pub(crate) containers: Answers<Result<Vec<node::Container>, node::Error>>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) modified: BTreeMap<String, i64>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) state: BTreeMap<String, Vec<u8>>,
    pub(crate) log: Vec<(Level, String)>,
    pub(crate) now_ms: i64,
    pub(crate) elapsed: Duration,
}

impl Default for World {
    fn default() -> Self {
        Self {
            http: Answers::default(),
            requests: Vec::new(),
            tcp: Answers::default(),
            dns: Answers::default(),
            icmp: Answers::default(),
            who: Answers::default(),
            cpu: Answers::default(),
            memory: Answers::default(),
            disks: Answers::default(),
            network: Answers::default(),
            load: Answers::default(),
            pressure: Answers::default(),
            processes: Answers::default(),
            units: Answers::default(),
            containers: Answers::default(),
            files: BTreeMap::new(),
            modified: BTreeMap::new(),
            secrets: BTreeMap::new(),
            state: BTreeMap::new(),
            log: Vec::new(),
            now_ms: START_MS,
            elapsed: Duration::ZERO,
        }
    }
}

impl World {
    pub(crate) fn advance(&mut self, by: Duration) {
        self.elapsed += by;
        self.now_ms += i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    }

    pub(crate) fn entry(&self, path: &str) -> Option<files::Entry> {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let modified_at = self.modified.get(path).copied().unwrap_or(START_MS);
        let of = |kind, size| files::Entry { name, kind, size, modified_at, mode: 0o644 };
        match self.files.get(path) {
            Some(body) => Some(of(files::FileKind::File, body.len() as u64)),
            None if self.children(path).next().is_some() => Some(of(files::FileKind::Folder, 0)),
            None => None,
        }
    }

    /// The paths right below a folder, each once.
    pub(crate) fn children<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = String> + 'a {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let below = self.files.keys().filter_map(move |path| {
            let rest = path.strip_prefix(&prefix)?;
            Some(format!("{prefix}{}", rest.split('/').next().unwrap_or(rest)))
        });
        below.collect::<std::collections::BTreeSet<_>>().into_iter()
    }
}

/// Programmed answers by key, in order; the last one of a key stays.
#[derive(Debug)]
pub(crate) struct Answers<T>(BTreeMap<String, VecDeque<T>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Clone> Answers<T> {
    pub(crate) fn push(&mut self, key: &str, answer: T) {
        self.0.entry(key.to_owned()).or_default().push_back(answer);
    }

    /// The answer programmed last, to be refined.
    pub(crate) fn last(&mut self, key: &str) -> Option<&mut T> {
        self.0.get_mut(key)?.back_mut()
    }

    /// The next answer, or a failed test that says how to program it.
    #[expect(clippy::panic, reason = "a test that calls what it did not program must fail")]
    pub(crate) fn next(&mut self, key: &str, call: &str, program: &str) -> T {
        let known = self.0.keys().cloned().collect::<Vec<_>>();
        let answers = self.0.get_mut(key).filter(|answers| !answers.is_empty());
        let Some(answers) = answers else {
            let instead = if known.is_empty() { String::new() } else { format!(" (programmed: {})", known.join(", ")) };
            panic!("the mock host has no answer to `{call}`{instead}; program one: `{program}`");
        };
        match answers.len() {
            1 => answers.front().cloned(),
            _ => answers.pop_front(),
        }
        .unwrap_or_else(|| unreachable!("there is at least one"))
    }
}
