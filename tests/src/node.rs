//! A running `pluginhost`: asked over HTTP and by `pluginctl`, told by signals, ended when dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::home::{Home, shown};
use crate::programs::Said;
use crate::wait::wait_for;

#[derive(Debug)]
pub struct Node<'h> {
    child: Child,
    home: &'h Home,
    log: PathBuf,
    pub url: String,
}

impl<'h> Node<'h> {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(home: &'h Home) -> Self {
        let log = home.path("pluginhost.log");
        let written = File::create(&log).expect("a log can be written");
        let mut command = home.pluginhost();
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(written);
        let child = command.spawn().expect("pluginhost starts");
        let mut node = Self { child, home, log, url: String::new() };
        node.url = wait_for("pluginhost says where it listens", || node.listening());
        wait_for("the node is ready", || (node.status_of("/readyz") == Some(200)).then_some(()));
        node
    }

    /// Where it says it listens; fails if it ended.
    fn listening(&mut self) -> Option<String> {
        if let Some(status) = self.child.try_wait().expect("a child can be asked") {
            panic!("pluginhost ended with {status}:\n{}", self.log());
        }
        let log = self.log();
        let (_, rest) = log.split_once("listening on ")?;
        let (address, _) = rest.split_once("/\n").or_else(|| rest.split_once('\n'))?;
        Some(address.trim_end_matches('/').to_owned())
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log can be read")
    }

    /// The status code of a path; none where nothing answers.
    pub fn status_of(&self, path: &str) -> Option<u16> {
        agent().get(format!("{}{path}", self.url)).call().ok().map(|response| response.status().as_u16())
    }

    /// The text of a path.
    pub fn text(&self, path: &str) -> String {
        let mut response =
            agent().get(format!("{}{path}", self.url)).call().unwrap_or_else(|error| panic!("{path}: {error}"));
        response.body_mut().read_to_string().unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The JSON of a path.
    pub fn get(&self, path: &str) -> Value {
        let text = self.text(path);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}:\n{text}"))
    }

    /// A check as the API shows it.
    pub fn check(&self, name: &str) -> Value {
        self.get(&format!("/api/v1/checks/{name}"))
    }

    /// Waits until a check has this status, and returns it.
    pub fn await_status(&self, check: &str, status: &str) -> Value {
        let mut last = Value::Null;
        let found = std::panic::AssertUnwindSafe(|| {
            wait_for(&format!("{check} is {status}"), || {
                last = self.check(check);
                (last["status"] == status && !last["last_run"].is_null()).then(|| last.clone())
            })
        });
        found()
    }

    /// `pluginctl` against this node.
    pub fn pluginctl(&self, arguments: &[&str]) -> Said {
        let mut command = self.home.pluginctl_command(arguments);
        Said::of(shown("pluginctl", arguments), command.env("TOCSIN_URL", &self.url))
    }

    /// Installs a component, its signer trusted, with this grant.
    pub fn install(&self, component: &Path, grant: &str) -> Said {
        let component = component.display().to_string();
        self.pluginctl(&["install", &component, "--yes", "--trust", "--grant", grant])
    }

    /// Runs a check now; the run as JSON.
    pub fn run_check(&self, name: &str) -> Value {
        self.pluginctl(&["run-check", name, "--json"]).json()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child has an id");
        kill_process(pid, signal).expect("a child can be signalled");
    }

    /// SIGTERM, and waits until it has drained.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        wait_for("pluginhost has ended", || self.child.try_wait().expect("a child can be asked"))
    }

    /// SIGKILL: as if the power had gone.
    pub fn kill(mut self) {
        self.child.kill().expect("a child can be killed");
        let _status = self.child.wait();
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        // Already gone after `stop` or `kill`.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    let timeout = Some(std::time::Duration::from_secs(20));
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(timeout).build().into()
}
