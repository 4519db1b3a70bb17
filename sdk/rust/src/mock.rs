//! The world a plugin's native unit test runs in: programmed by the test, asserted on afterwards. One host a thread, and
//! so one a test. What was not programmed fails the test and says how to program it.
//!
//! ```
//! use tocsin_sdk::{http, mock};
//!
//! let host = mock::host();
//! host.http("http://example.org/").responds(503, "down").header("retry-after", "5");
//! assert_eq!(http::get("http://example.org/").send()?.status, 503);
//! assert_eq!(host.requests().len(), 1);
//! # Ok::<(), tocsin_sdk::Error>(())
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) mod calls;
mod http;
mod incident;
mod tcp;
mod world;

pub use http::HttpScript;
pub use incident::IncidentScript;
pub use tcp::TcpScript;

use crate::bindings::host::{dns as wit_dns, node as wit_node};
use crate::log::Level;
use crate::{bindings, dns, node, tls};
use world::World;

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::default());
}

/// A fresh mock host for this test: nothing programmed, the clock at 2026-01-01T00:00:00Z.
#[must_use]
pub fn host() -> Host {
    with(|world| *world = World::default());
    Host(())
}

/// The handle of this thread's mock host.
#[derive(Clone, Copy, Debug)]
pub struct Host(());

impl Host {
    /// Programs the next answer for this URL. Several answers come in order; the last one stays.
    pub fn http(&self, url: &str) -> HttpScript {
        HttpScript::new(url)
    }

    /// The HTTP requests made so far.
    #[must_use]
    pub fn requests(&self) -> Vec<bindings::host::http::Request> {
        requests()
    }

    /// Programs the next connection to this host and port.
    pub fn tcp(&self, host: &str, port: u16) -> TcpScript {
        TcpScript::new(host, port)
    }

    /// Programs an answer of records to this name: `(type, data)` as in a zone file.
    pub fn dns(&self, name: &str, records: &[(&str, &str)]) {
        let record = |(record_type, data): &(&str, &str)| dns::ResourceRecord {
            name: name.to_owned(),
            record_type: (*record_type).to_owned(),
            ttl_seconds: 300,
            data: (*data).to_owned(),
        };
        let records = records.iter().map(record).collect();
        self.dns_answer(
            name,
            Ok(dns::Answer { code: "NOERROR".into(), records, authoritative: false, server: None, duration_us: 4_000 }),
        );
    }

    /// Programs any answer, or failure, to this name.
    pub fn dns_answer(&self, name: &str, answer: Result<dns::Answer, dns::Failure>) {
        with(|world| world.dns.push(name, answer.map_err(wit_dns::Error::Failed)));
    }

    /// Sets what `node::cpu` returns; several come in order, the last one stays.
    pub fn cpu(&self, cpu: node::Cpu) {
        with(|world| world.cpu.push("", Ok(cpu)));
    }

    /// Sets what `node::memory` returns.
    pub fn memory(&self, memory: node::Memory) {
        with(|world| world.memory.push("", Ok(memory)));
    }

    /// Sets what `node::disks` returns.
    pub fn disks(&self, disks: Vec<node::Disk>) {
        with(|world| world.disks.push("", Ok(disks)));
    }

    /// Sets what `node::network` returns.
    pub fn network(&self, interfaces: Vec<node::InterfaceCounters>) {
        with(|world| world.network.push("", Ok(interfaces)));
    }

    /// Sets what `node::load` returns.
    pub fn load(&self, load: node::Load) {
        with(|world| world.load.push("", Ok(load)));
    }

    /// Sets what `node::pressure` returns.
    pub fn pressure(&self, pressure: node::Pressure) {
        with(|world| world.pressure.push("", Ok(pressure)));
    }

    /// This kernel has no pressure-stall information.
    pub fn pressure_unsupported(&self) {
        with(|world| {
            world.pressure.push("", Err(wit_node::Error::Unsupported("this kernel has no /proc/pressure".into())))
        });
    }

    /// Sets the processes of this name.
    pub fn processes(&self, name: &str, processes: Vec<node::Process>) {
        with(|world| world.processes.push(name, Ok(processes)));
    }

    /// Sets what `node::who` returns.
    pub fn who(&self, identity: node::Identity) {
        with(|world| world.who.push("", Ok(identity)));
    }

    /// Sets what `node::units` returns.
    pub fn units(&self, units: Vec<node::Unit>) {
        with(|world| world.units.push("", Ok(units)));
    }

    /// Sets what `node::containers` returns.
    pub fn containers(&self, containers: Vec<node::Container>) {
        with(|world| world.containers.push("", Ok(containers)));
    }

    /// Programs a reply to an echo request.
    pub fn icmp(&self, host: &str, reply: Result<crate::icmp::Reply, crate::icmp::Failure>) {
        with(|world| world.icmp.push(host, reply.map_err(bindings::host::icmp::Error::Failed)));
    }

    /// Puts a file there. Its folders can be listed.
    pub fn file(&self, path: &str, body: impl Into<Vec<u8>>) {
        with(|world| world.files.insert(path.to_owned(), body.into()));
    }

    /// Sets when a file that is there was last changed, in milliseconds since the Unix epoch; else it is the clock's start.
    pub fn file_modified(&self, path: &str, at_ms: i64) {
        with(|world| world.modified.insert(path.to_owned(), at_ms));
    }

    /// Sets a secret.
    pub fn secret(&self, name: &str, value: &str) {
        with(|world| world.secrets.insert(name.to_owned(), value.to_owned()));
    }

    /// What the plugin keeps between runs. It lasts as long as the test, so a second call is a second run.
    #[must_use]
    pub fn state(&self) -> BTreeMap<String, Vec<u8>> {
        with(|world| world.state.clone())
    }

    /// Sets the wall clock, in milliseconds since the Unix epoch.
    pub fn set_clock(&self, now_ms: i64) {
        with(|world| world.now_ms = now_ms);
    }

    /// Moves both clocks forward. The guest's own sleeps do the same.
    pub fn advance(&self, by: Duration) {
        with(|world| world.advance(by));
    }

    /// The lines logged so far.
    #[must_use]
    pub fn log(&self) -> Vec<(Level, String)> {
        with(|world| world.log.clone())
    }
}

/// An incident for an action to answer: severity 2, without labels and evidence yet.
///
/// ```
/// use tocsin_sdk::{Observation, mock};
///
/// let input = mock::incident("web is down").evidence("web", Observation::critical("no answer")).input();
/// assert_eq!(input.critical().count(), 1);
/// ```
#[must_use]
pub fn incident(title: &str) -> IncidentScript {
    IncidentScript::new(title)
}

/// The HTTP requests that this test has made so far.
#[must_use]
pub fn requests() -> Vec<bindings::host::http::Request> {
    with(|world| world.requests.clone())
}

/// A TLS 1.3 session with a certificate of `example.org` that is valid until `not_after` (milliseconds since the epoch).
#[must_use]
pub fn tls_session(not_after: i64) -> tls::Session {
    let certificate = tls::Certificate {
        subject: "CN=example.org".into(),
        issuer: "CN=Example CA".into(),
        serial: "01".into(),
        names: vec!["example.org".into()],
        not_before: 0,
        not_after,
        sha256: "00".repeat(32),
    };
    let (version, cipher) = ("TLSv1.3".into(), "TLS13_AES_128_GCM_SHA256".into());
    tls::Session { version, cipher, alpn: None, certificates: vec![certificate], problem: None }
}

fn clock_ms() -> i64 {
    with(|world| world.now_ms)
}

pub(crate) fn with<T>(visit: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with_borrow_mut(visit)
}
