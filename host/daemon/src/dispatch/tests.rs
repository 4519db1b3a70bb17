//! The dispatcher against real sinks on loopback that hang, refuse, break off, greylist and show bad certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tocsin_core::alert::{Alert, AlertStatus, Origin};
use tocsin_core::config::{self, Catalog, Config, Defaults, Files, Source};
use tocsin_core::id::{GroupKey, NoticeId, PluginName, ReceiverName};
use tocsin_core::label::Labels;
use tocsin_core::notify::{NoticeAlert, Outcome, Reason};
use tocsin_core::receiver::{Integration, Kind, NotifierConfig};
use tocsin_core::time::Timestamp;
use tocsin_sandbox::net::NetworkConfig;
use tocsin_sandbox::{Sandbox, SandboxConfig};
use tocsin_tests::{Answer, Manners, Reply, Sink, Smtp, wait_for};
use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::clock::SystemClock;
use crate::registry::Registry;

mod http;
mod mail;
mod room;

/// One alert that fires, for the receiver's first way.
pub(super) fn notice(receiver: &str, id: &str) -> Arc<Notice> {
    let now = Timestamp::from_millis(1_000_000);
    let labels = Labels::new([("alertname", "Down"), ("host", "web-1")]).expect("two");
    let alert = Alert {
        labels: labels.clone(),
        annotations: Labels::default(),
        starts_at: now,
        ends_at: None,
        timeout: false,
        updated_at: now,
        generator_url: String::new(),
        origin: Origin::Posted,
    };
    Arc::new(Notice {
        id: NoticeId::new(id),
        to: Destination { receiver: ReceiverName::new(receiver), integration: 0 },
        group: GroupKey::new("{}:{alertname=\"Down\"}"),
        group_labels: labels,
        alerts: Arc::new([NoticeAlert { status: AlertStatus::Firing, alert: Arc::new(alert) }]),
        reason: Reason::First,
        remark: None,
        created_at: now,
        attempts: 0,
        due_at: now,
        last_error: None,
    })
}

struct Fixture {
    carrier: Arc<Carrier>,
    config: watch::Sender<Arc<Config>>,
    metrics: Arc<Metrics>,
    folder: TempDir,
}

impl Fixture {
    /// With the receivers of Alertmanager's file, and what `tocsin.yaml` adds.
    async fn new(alertmanager: &str, own: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = compiled(folder.path(), alertmanager, own);
        let clock = Arc::new(SystemClock);
        let sandbox = Sandbox::new(SandboxConfig {
            cache: None,
            concurrency: 1,
            memory_bytes_max: 1 << 20,
            network: NetworkConfig::default(),
            clock: Arc::clone(&clock) as Arc<dyn tocsin_sandbox::WallClock>,
        })
        .expect("a sandbox");
        let metrics = Arc::new(Metrics::new().expect("metrics"));
        let (config, watched) = watch::channel(Arc::new(config));
        let carrier = Carrier {
            clock,
            config: watched,
            registry: Arc::new(Registry::open(folder.path(), sandbox).await.expect("an empty folder")),
            secrets: Arc::default(),
            metrics: Arc::clone(&metrics),
            clients: Clients::default(),
        };
        Self { carrier: Arc::new(carrier), config, metrics, folder }
    }

    /// What became of a notice to `ops`, as a line.
    async fn carried(&self) -> String {
        shown(&self.carrier.carry(&notice("ops", "n1")).await.outcome)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }
}

fn compiled(folder: &Path, alertmanager: &str, own: &str) -> Config {
    let source =
        |name: &str, text: &str| Source { name: name.to_owned(), folder: folder.to_owned(), text: text.to_owned() };
    let files = Files {
        alertmanager: Some(Ok(source("alertmanager.yml", alertmanager))),
        ..vec![source("tocsin.yaml", own)].into()
    };
    let defaults = Defaults { node: "node".to_owned(), data: folder.to_owned() };
    config::compile(&files, &Catalog::default(), &defaults).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A file with one receiver `ops` of one way.
fn only(way: &str) -> String {
    format!("route: {{receiver: ops}}\nreceivers:\n- name: ops\n  {way}\n")
}

fn webhook(url: &str, more: &str) -> String {
    only(&format!("webhook_configs: [{{url: \"{url}\"{more}}}]"))
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered(name) => format!("delivered {}", name.as_deref().unwrap_or("-")),
        Outcome::Failed { reason, after } => format!("failed {:?} {reason}", after.map(|after| after.as_secs())),
        Outcome::Rejected { reason } => format!("rejected {reason}"),
    }
}

/// A certificate for the name given, and the authority that vouches for it, as PEM.
fn certificate(name: &str) -> (Arc<ServerConfig>, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let leaf =
        CertificateParams::new(vec![name.to_owned()]).expect("a name").signed_by(&key, &authority).expect("signed");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a server");
    (Arc::new(config), authority.pem())
}
