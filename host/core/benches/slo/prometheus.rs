//! A real Prometheus of its own, on a free port: it is given a month of samples as blocks, evaluates rules once a second,
//! and is asked what that took and what came of it. Ended when dropped.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::node::clock;

const CONFIG: &str = "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n";
/// Blocks as long as compaction would make them in the end: nothing is left to compact while rules are timed.
const BLOCK: &str = "--max-block-duration=54h";
/// The first evaluations of a group read what later ones have in memory.
const COLD: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Prometheus {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Prometheus {
    /// None where it is not installed, which is said.
    pub(crate) fn start(rules: &str, open_metrics: &str) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("prometheus.yml"), CONFIG)?;
        fs::write(folder.path().join("rules.yml"), rules)?;
        fs::write(folder.path().join("counters"), open_metrics)?;
        let mut backfill = Command::new("promtool");
        backfill.current_dir(folder.path());
        backfill.args(["tsdb", "create-blocks-from", BLOCK, "openmetrics", "--quiet", "counters", "data"]);
        match backfill.stdin(Stdio::null()).stdout(Stdio::null()).status() {
            Ok(status) => ensure!(status.success(), "promtool takes no counters: {status}"),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                #[expect(clippy::print_stderr, reason = "whoever runs the bench must see that it was left out")]
                {
                    eprintln!("left out: Prometheus is not installed (Debian's package `prometheus`)");
                }
                return Ok(None);
            }
            Err(error) => return Err(error).context("promtool does not start"),
        }
        // Free now; it is asked for a moment later.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string();
        let mut command = Command::new("prometheus");
        command.current_dir(folder.path()).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
        command.args(["--storage.tsdb.retention.time=40d", &format!("--web.listen-address={address}")]);
        let said = File::create(folder.path().join("said"))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).spawn();
        let prometheus = Self { child: child.context("prometheus does not start")?, address, folder };
        prometheus.wait("ready", || prometheus.get("/-/ready").ok())?;
        Ok(Some(prometheus))
    }

    /// Seconds that an evaluation of one group took, of so many evaluations of each group.
    pub(crate) fn evaluations(&self, groups: usize, wanted: usize) -> Result<Vec<f64>> {
        let (mut counted, mut seconds) = (BTreeMap::new(), Vec::new());
        self.wait("so many evaluations", || {
            let text = self.get("/metrics").ok()?;
            let last = by_group(&text, "prometheus_rule_group_last_duration_seconds");
            for (group, iterations) in by_group(&text, "prometheus_rule_group_iterations_total") {
                #[expect(clippy::cast_possible_truncation, reason = "a small whole number")]
                let iterations = iterations as u64;
                let before = counted.insert(group.clone(), iterations).unwrap_or(COLD);
                seconds.extend(last.get(&group).filter(|_| iterations > before));
            }
            (counted.len() == groups && seconds.len() >= groups * wanted).then_some(())
        })?;
        Ok(seconds)
    }

    /// What an instant query finds: label sets with their samples, as the API writes them.
    pub(crate) fn query(&self, expression: &str) -> Result<Vec<Value>> {
        let encoded: String = expression.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut answer: Value = serde_json::from_str(&self.get(&format!("/api/v1/query?query={encoded}"))?)?;
        match answer.pointer_mut("/data/result").map(Value::take) {
            Some(Value::Array(found)) => Ok(found),
            _ => bail!("Prometheus answers `{expression}` with {answer}"),
        }
    }

    /// The body of an answer that is no error.
    fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.address)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("that is no answer")?;
        ensure!(head.lines().next().is_some_and(|status| status.contains(" 200 ")), "{head}\n{body}");
        Ok(body.to_owned())
    }

    fn wait<T>(&self, what: &str, mut is_there: impl FnMut() -> Option<T>) -> Result<T> {
        let began = clock();
        loop {
            if let Some(found) = is_there() {
                return Ok(found);
            }
            if began.elapsed() > PATIENCE {
                bail!("Prometheus gave not {what}: {}", fs::read_to_string(self.folder.path().join("said"))?);
            }
            std::thread::park_timeout(PAUSE);
        }
    }
}

/// A metric of rule groups, by the group.
fn by_group(text: &str, metric: &str) -> BTreeMap<String, f64> {
    let of = |line: &str| {
        let (labels, value) = line.strip_prefix(metric)?.strip_prefix('{')?.rsplit_once("} ")?;
        Some((labels.to_owned(), value.parse().ok()?))
    };
    text.lines().filter_map(of).collect()
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
