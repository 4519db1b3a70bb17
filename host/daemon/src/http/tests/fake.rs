//! A node that answers from memory and remembers what it was asked.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tocsin_api as api;
use tocsin_api::{CheckStatus, Code, Problem};
use tocsin_core::config::{Role, Token};
use tocsin_core::id::{CheckName, PluginName, RunId};
use tocsin_core::observation::{Observation, Status};
use tocsin_core::pipeline;
use tocsin_core::remediation::simulate::Seen;
use tocsin_core::run::{RunCause, RunCost, RunOutcome, RunRecord};
use tocsin_core::slo::{Counts, SeriesKey, Slot};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::WallClock;
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::alerts::Alerts;
use crate::audit::{AuditLog, Audited};
use crate::auth::{self, Auth};
use crate::http::{Answer, Front, NodeView, Upload, Who, router, wire};
use crate::metrics::Metrics;
use crate::pipeline::{Request, SharedState};

pub(super) const LOCAL: &str = "127.0.0.1:7117";
pub(super) const OPEN: &str = "192.0.2.1:7117";
pub(super) const QUEUE: usize = 8;
pub(super) const TOKENS: [(&str, Role, &str); 3] = [
    ("vera", Role::Viewer, "vera-vera-vera-vera"),
    ("otto", Role::Operator, "otto-otto-otto-otto"),
    ("anna", Role::Admin, "anna-anna-anna-anna"),
];

pub(super) struct Fixture {
    pub(super) router: Router,
    pub(super) node: Arc<FakeNode>,
    pub(super) alerts: Alerts,
    pub(super) metrics: Arc<Metrics>,
    pub(super) closing: CancellationToken,
}

impl Fixture {
    pub(super) fn new(listen: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = TOKENS.map(|(name, role, token)| {
            let file = folder.path().join(name);
            std::fs::write(&file, token).expect("a token file");
            Token { name: name.to_owned(), role, file }
        });
        let auth = Auth::open(folder.path(), listen.parse().expect("an address"), &tokens).expect("tokens");
        let node = Arc::new(FakeNode::default());
        let metrics = Arc::new(Metrics::new().expect("metrics"));
        let closing = CancellationToken::new();
        let alerts = alerts();
        let front = Front::new(
            Arc::clone(&node) as Arc<dyn NodeView>,
            alerts.clone(),
            auth,
            Arc::new(FakeLog::default()),
            Arc::clone(&metrics),
            closing.clone(),
        );
        Self { router: router(front), node, alerts, metrics, closing }
    }
}

/// What the fixtures' clock says; it does not move.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

#[derive(Debug)]
struct Still;

impl WallClock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// A state of its own, advanced by a thread that stands for the pipeline.
fn alerts() -> Alerts {
    let state = SharedState::default();
    let (sender, mut requests) = mpsc::channel::<Request>(4);
    let shared = Arc::clone(&state);
    std::thread::spawn(move || {
        while let Some(Request { events, committed }) = requests.blocking_recv() {
            let mut state = shared.write().expect("the state");
            for event in &events {
                let _changed = pipeline::advance(&mut state, event, NOW);
            }
            let _left = committed.send(());
        }
    });
    Alerts::new(Arc::new(Still), state, sender)
}

#[derive(Default)]
pub(super) struct FakeLog(Mutex<Vec<api::AuditEntry>>);

impl AuditLog for FakeLog {
    fn append(&self, change: Audited) -> BoxFuture<'_, Result<(), Problem>> {
        self.0.lock().expect("the log").push(api::AuditEntry {
            at: api::Time::default(),
            who: change.who.name,
            role: auth::name(change.who.role).to_owned(),
            action: change.action.as_str().to_owned(),
            target: change.target,
            before: change.before,
            after: change.after,
            outcome: change.failed.unwrap_or_else(|| "ok".to_owned()),
        });
        ready(Ok(())).boxed()
    }

    fn newest(&self, limit: usize) -> BoxFuture<'_, Result<Vec<api::AuditEntry>, Problem>> {
        ready(Ok(self.0.lock().expect("the log").iter().take(limit).cloned().collect())).boxed()
    }
}

pub(super) struct FakeNode {
    changes: broadcast::Sender<Arc<api::Change>>,
    uploads: Mutex<Vec<Upload>>,
    subscribed: Notify,
}

impl Default for FakeNode {
    fn default() -> Self {
        Self { changes: broadcast::channel(QUEUE).0, uploads: Mutex::default(), subscribed: Notify::new() }
    }
}

impl FakeNode {
    pub(super) fn uploads(&self) -> Vec<Upload> {
        self.uploads.lock().expect("the uploads").clone()
    }

    pub(super) async fn subscribed(&self) {
        self.subscribed.notified().await;
    }

    pub(super) fn publish(&self, change: api::Change) {
        self.changes.send(Arc::new(change)).expect("a subscriber");
    }
}

impl NodeView for FakeNode {
    fn status(&self) -> api::Status {
        api::Status {
            node: "node".into(),
            version: "0.1.0".into(),
            uptime_seconds: 60,
            plugins: 2,
            checks: api::CheckCounts { total: 3, ok: 2, critical: 1, ..Default::default() },
            alerts: api::AlertCounts::default(),
            incidents: api::IncidentCounts::default(),
            runs: api::RunCounts::default(),
        }
    }

    fn not_ready(&self) -> Option<String> {
        None
    }

    fn checks(&self) -> Vec<api::CheckSummary> {
        vec![
            check("db", "probe-tcp", CheckStatus::Ok, &[("team", "core"), ("tier", "1")]),
            check("disk", "probe-node", CheckStatus::Ok, &[("team", "core")]),
            check("web", "probe-http", CheckStatus::Critical, &[("team", "shop")]),
        ]
    }

    fn recent(&self, _: &CheckName) -> Vec<api::RecentRun> {
        vec![wire::recent(&record())]
    }

    fn check<'a>(&'a self, name: &'a CheckName) -> Answer<'a, api::CheckDetail> {
        let found = self.checks().into_iter().find(|check| check.name == name.as_str());
        let detail = found.map(|summary| api::CheckDetail {
            summary,
            config: serde_json::json!({"url": "http://127.0.0.1"}),
            rights: Vec::new(),
            limits: wire::limits(&tocsin_core::limits::Limits::default()),
            overrun: "skip".into(),
            priority: "normal".into(),
            place: "tocsin.yaml:1:1".into(),
            observation: None,
            trouble: Some(wire::run(&record())),
            runs: vec![wire::brief(&record())],
        });
        ready(detail.ok_or_else(|| not_found(Code::CheckNotFound, name.as_str()))).boxed()
    }

    fn plugins(&self) -> Vec<api::PluginSummary> {
        vec![plugin()]
    }

    fn recorded<'a>(&'a self, _: &'a SeriesKey, _: Slot, _: Slot) -> Answer<'a, Vec<(Slot, Counts)>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn seen<'a>(&'a self, _: &'a CheckName) -> Answer<'a, Vec<Seen>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn detectors(&self) -> Answer<'_, api::Detectors> {
        ready(Ok(api::Detectors::default())).boxed()
    }

    fn run<'a>(&'a self, run: &'a RunId) -> Answer<'a, api::Run> {
        let known = run.as_str() == "run-1";
        ready(known.then(|| wire::run(&record())).ok_or_else(|| not_found(Code::RunNotFound, run.as_str()))).boxed()
    }

    fn transcript<'a>(&'a self, _: &'a RunId) -> Answer<'a, Bytes> {
        ready(Ok(Bytes::from_static(b"transcript"))).boxed()
    }

    fn component_of<'a>(&'a self, _: &'a RunId) -> Answer<'a, Bytes> {
        ready(Ok(Bytes::from_static(b"component"))).boxed()
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<api::Change>> {
        self.subscribed.notify_one();
        self.changes.subscribe()
    }

    fn run_check<'a>(&'a self, name: &'a CheckName, _: &'a Who) -> Answer<'a, api::Run> {
        let known = self.checks().iter().any(|check| check.name == name.as_str());
        ready(known.then(|| wire::run(&record())).ok_or_else(|| not_found(Code::CheckNotFound, name.as_str()))).boxed()
    }

    fn install(&self, upload: Upload, _: Who) -> Answer<'_, api::Installed> {
        let granted = upload.grant.is_some();
        self.uploads.lock().expect("the uploads").push(upload);
        let installed = api::Installed { plugin: plugin(), replaced: None };
        ready(if granted { Ok(installed) } else { Err(grant_required()) }).boxed()
    }

    fn remove<'a>(&'a self, _: &'a PluginName, _: &'a Who) -> Answer<'a, api::PluginSummary> {
        ready(Ok(plugin())).boxed()
    }

    fn rollback<'a>(&'a self, _: &'a PluginName, _: &'a Who) -> Answer<'a, api::Installed> {
        ready(Ok(api::Installed { plugin: plugin(), replaced: Some(plugin()) })).boxed()
    }

    fn reload<'a>(&'a self, _: &'a Who) -> Answer<'a, api::Reloaded> {
        ready(Ok(api::Reloaded::default())).boxed()
    }
}

fn not_found(code: Code, name: &str) -> Problem {
    Problem::new(code, format!("Nothing is named `{name}`."))
}

fn grant_required() -> Problem {
    let capabilities = serde_json::from_str(r#"{"http":["{url}"]}"#).expect("capabilities");
    let asked = wire::asked(&capabilities);
    let request = api::InstallRequest {
        name: "probe-http".into(),
        version: "0.1.0".into(),
        kind: "probe".into(),
        description: "Asks a web server.".into(),
        digest: "ab".repeat(32),
        signer: None,
        beyond: asked.clone(),
        asked,
        grant: serde_json::to_value(capabilities).expect("JSON"),
        installed: None,
    };
    Problem::new(Code::GrantRequired, "`probe-http` asks for rights it was not granted.").with_install(request)
}

fn plugin() -> api::PluginSummary {
    api::PluginSummary {
        name: "probe-http".into(),
        version: "0.1.0".into(),
        kind: "probe".into(),
        target: "core".into(),
        description: "Asks a web server.".into(),
        license: "Apache-2.0".into(),
        digest: "ab".repeat(32),
        size_bytes: 51_000,
        signer: None,
        asked: Vec::new(),
        granted: Vec::new(),
        state: api::PluginState::Loaded,
        error: None,
        generation: 1,
        previous: None,
        installed_at: api::Time::default(),
        installed_by: "anna".into(),
        source: None,
        used_by: 1,
        cost: api::PluginCost::default(),
    }
}

fn check(name: &str, plugin: &str, status: CheckStatus, labels: &[(&str, &str)]) -> api::CheckSummary {
    api::CheckSummary {
        name: name.into(),
        plugin: plugin.into(),
        status,
        since: api::Time::default(),
        summary: "as the plugin says".into(),
        labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        schedule: "every 10s".into(),
        next_run_at: None,
        last_run: Some(wire::brief(&record())),
        paused: None,
        soft: None,
        flapping: false,
        unreachable_behind: None,
        headline: None,
        recent: Vec::new(),
    }
}

pub(super) fn ran(check: &str, status: CheckStatus) -> api::Change {
    api::Change::Run {
        check: check.into(),
        status,
        since: api::Time::default(),
        summary: "as the plugin says".into(),
        next_run_at: None,
        paused: None,
        last_run: wire::brief(&record()),
        value: None,
    }
}

pub(super) fn record() -> RunRecord {
    RunRecord {
        id: RunId::new("run-1"),
        check: CheckName::new("web"),
        plugin: PluginName::new("probe-http"),
        digest: "ab".into(),
        cause: RunCause::Schedule,
        due_at: Timestamp::from_millis(1_000),
        started_at: Timestamp::from_millis(1_002),
        outcome: RunOutcome::Completed,
        cost: RunCost { wall_us: 1_500, cpu_us: 90, memory_peak_bytes: 1 << 20, host_calls: 1, host_bytes: 512 },
        observation: Some(Observation::new(Status::Ok, "200 in 1.5 ms")),
        problems: Vec::new(),
        transcript: true,
    }
}

/// Holds the text against `promtool check metrics`, where that is installed.
pub(super) fn promtool(text: &str) {
    let tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut tool = match tool {
        Ok(tool) => tool,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => panic!("promtool does not start: {error}"),
    };
    tool.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
    let output = tool.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}
