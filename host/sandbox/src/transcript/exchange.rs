//! Every kind of host call whose answer comes from outside the guest, as a pair of typed request and answer.
//! The list is the vocabulary of transcripts: adding a host function means adding its line here.

use serde::{Deserialize, Serialize};

use crate::world::v0_1::tocsin::plugin::{dns, files, http, icmp, node, secrets, state, tcp, tls, types};

/// One host function, as transcripts know it.
pub(crate) trait HostCall {
    const NAME: &'static str;
    type Request: Serialize + PartialEq + Clone;
    type Answer: Serialize + Clone + Refusable;

    fn exchange(request: Self::Request, answer: Self::Answer) -> Exchange;
    /// Request and answer, if the exchange is one of this function's.
    fn parts(exchange: &Exchange) -> Option<(&Self::Request, &Self::Answer)>;
}

macro_rules! host_calls {
    ($($name:literal $call:ident: $request:ty => $answer:ty;)+) => {
        /// One host call of a run: what the guest asked and what it was told.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(crate) enum Exchange {
            $(#[serde(rename = $name)] $call { request: $request, answer: $answer },)+
        }

        impl Exchange {
            pub(crate) const fn name(&self) -> &'static str {
                match self { $(Self::$call { .. } => $name,)+ }
            }
        }

        $(
            #[derive(Debug)]
            pub(crate) struct $call;

            impl HostCall for $call {
                const NAME: &'static str = $name;
                type Request = $request;
                type Answer = $answer;

                fn exchange(request: Self::Request, answer: Self::Answer) -> Exchange {
                    Exchange::$call { request, answer }
                }

                fn parts(exchange: &Exchange) -> Option<(&Self::Request, &Self::Answer)> {
                    match exchange {
                        Exchange::$call { request, answer } => Some((request, answer)),
                        _ => None,
                    }
                }
            }
        )+
    };
}

host_calls! {
    "clock.now" ClockNow: () => i64;
    "clock.elapsed-ns" ClockElapsed: () => u64;
    "clock.sleep-ms" ClockSleep: u32 => ();
    "secrets.available" SecretAvailable: String => Result<bool, secrets::Error>;
    "http.send" HttpSend: http::Request => Result<http::Response, http::Error>;
    "tcp.connect" TcpConnect: tcp::Target => Result<tcp::Opened, tcp::Error>;
    "tcp.send" TcpSend: TcpSending => Result<(), tcp::Error>;
    "tcp.receive" TcpReceive: TcpReceiving => Result<tcp::Received, tcp::Error>;
    "tcp.start-tls" TcpStartTls: TcpStartingTls => Result<tls::Session, tcp::Error>;
    "dns.query" DnsQuery: dns::QueryInput => Result<dns::Answer, dns::Error>;
    "icmp.echo" IcmpEcho: Echo => Result<icmp::Reply, icmp::Error>;
    "node.who" NodeWho: () => Result<node::Identity, node::Error>;
    "node.read-cpu" NodeCpu: () => Result<node::Cpu, node::Error>;
    "node.read-memory" NodeMemory: () => Result<node::Memory, node::Error>;
    "node.read-disks" NodeDisks: () => Result<Vec<node::Disk>, node::Error>;
    "node.read-network" NodeNetwork: () => Result<Vec<node::InterfaceCounters>, node::Error>;
    "node.read-load" NodeLoad: () => Result<node::Load, node::Error>;
    "node.read-pressure" NodePressure: () => Result<node::Pressure, node::Error>;
    "node.processes" NodeProcesses: String => Result<Vec<node::Process>, node::Error>;
    "node.units" NodeUnits: Vec<String> => Result<Vec<node::Unit>, node::Error>;
    "node.containers" NodeContainers: () => Result<Vec<node::Container>, node::Error>;
    "files.read" FileRead: FileReading => Result<files::Content, files::Error>;
    "files.stat" FileStat: String => Result<files::Entry, files::Error>;
    "files.list" FileList: FileListing => Result<Vec<files::Entry>, files::Error>;
    "wasi.wall-clock" WasiWall: () => (u64, u32);
    "wasi.monotonic-clock" WasiMonotonic: () => u64;
    "wasi.random" WasiRandom: u64 => Vec<u8>;
}

macro_rules! requests {
    ($($name:ident { $($field:ident: $type:ty),+ })+) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(crate) struct $name { $(pub(crate) $field: $type),+ }
    )+};
}

// What WIT passes as several parameters. A connection is named by its handle.
requests! {
    TcpSending { connection: u32, bytes: Vec<u8>, timeout_ms: Option<u32> }
    TcpReceiving { connection: u32, until: Vec<u8>, max: u32, timeout_ms: Option<u32> }
    TcpStartingTls { connection: u32, options: tls::Options, timeout_ms: Option<u32> }
    Echo { host: String, size: u16, timeout_ms: Option<u32> }
    FileReading { path: String, offset: u64, max: u32 }
    FileListing { path: String, max: u32 }
}

/// An answer that may be a refusal for want of a capability.
pub(crate) trait Refusable {
    fn denial(&self) -> Option<&types::Denial>;
}

impl<T, E: Refusable> Refusable for Result<T, E> {
    fn denial(&self) -> Option<&types::Denial> {
        self.as_ref().err()?.denial()
    }
}

macro_rules! refusable {
    ($($error:ty),+) => {$(
        impl Refusable for $error {
            fn denial(&self) -> Option<&types::Denial> {
                match self {
                    Self::Denied(denial) => Some(denial),
                    _ => None,
                }
            }
        }
    )+};
}

refusable!(secrets::Error, state::Error, http::Error, tcp::Error, dns::Error, icmp::Error, node::Error, files::Error);

macro_rules! never_refused {
    ($($answer:ty),+) => {$(
        impl Refusable for $answer {
            fn denial(&self) -> Option<&types::Denial> {
                None
            }
        }
    )+};
}

never_refused!((), i64, u64, (u64, u32), Vec<u8>);
