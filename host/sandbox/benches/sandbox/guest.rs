//! The bench's guest twice: loaded into the sandbox, and called by Wasmtime alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tocsin_core::capability::Rights;
use tocsin_core::time::Timestamp;
use tocsin_sandbox::bench::Floor;
use tocsin_sandbox::package::Package;
use tocsin_sandbox::{Call, NetworkConfig, Plugin, ProbeInput, Sandbox, SandboxConfig, Secrets, WallClock};
use tokio_util::sync::CancellationToken;

use crate::Outcome;

pub(crate) struct Guest {
    plugin: Plugin,
    floor: Floor,
    rights: Arc<Rights>,
}

impl Guest {
    pub(crate) async fn load(sandbox: &Sandbox, name: &str) -> Outcome<Self> {
        let path = folder().join(format!("{name}.wasm"));
        let bytes = std::fs::read(&path)
            .map_err(|error| format!("{}: {error}; `cargo xtask plugins` builds it", path.display()))?;
        let plugin = sandbox.load(&Package::parse(bytes)?).await?;
        let floor = Floor::new(&plugin, input())?;
        Ok(Self { plugin, floor, rights: Arc::default() })
    }

    /// A fresh instance called by Wasmtime alone.
    pub(crate) async fn bare(&self) -> Outcome<()> {
        self.floor.run().await
    }

    /// A fresh run through the sandbox, with all that a node asks of one.
    pub(crate) async fn sandboxed(&self) -> Outcome<()> {
        let call = Call {
            rights: Arc::clone(&self.rights),
            limits: self.plugin.manifest().limits,
            secrets: Arc::new(NoSecrets),
            state: BTreeMap::new(),
            cancel: CancellationToken::new(),
        };
        let run = self.plugin.probe(call, input()).await;
        if run.value.is_some_and(|observation| observation.metrics.len() == 3) {
            Ok(())
        } else {
            Err(format!("the guest did not return its three metrics: {}", run.outcome).into())
        }
    }
}

pub(crate) fn sandbox() -> Outcome<Sandbox> {
    Ok(Sandbox::new(SandboxConfig {
        cache: None,
        concurrency: 16,
        memory_bytes_max: 16 * 1024 * 1024,
        network: NetworkConfig::default(),
        clock: Arc::new(Clock),
    })?)
}

/// Where `cargo xtask bench` says that built guests are.
fn folder() -> PathBuf {
    std::env::var_os("TOCSIN_PLUGINS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/plugins")), PathBuf::from)
}

fn input() -> ProbeInput {
    let config = Arc::from(r#"{"target":"the shop's front page","value":{"warning":2000.0,"critical":5000.0}}"#);
    ProbeInput { check: "shop".into(), labels: Arc::from([("team".to_owned(), "web".to_owned())]), config }
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, _name: &str) -> Option<String> {
        None
    }
}

/// The machine's clock, as a node reads it.
struct Clock;

impl WallClock for Clock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the bench's one home of wall time")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
