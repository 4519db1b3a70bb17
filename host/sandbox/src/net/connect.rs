//! From a permit to an open connection: lookup, the policy for every address, connect, TLS. Each phase is timed.
//! Knows nothing of what is then said.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

use super::Network;
use super::error::{CallError, told};
use super::policy::Permit;
use super::stream::Stream;
use super::tls::{Session, TlsClient};

/// When an address has not answered for this long, the next one is tried beside it (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// How long each phase took; none where it was not reached or not needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    pub lookup: Option<Duration>,
    pub connect: Option<Duration>,
    pub tls: Option<Duration>,
    /// From the request's last byte sent to the response's first byte.
    pub first_byte: Option<Duration>,
    pub total: Duration,
}

/// An open connection to an address that the policy has seen.
#[derive(Debug)]
pub struct Connected {
    pub stream: Stream,
    pub peer: SocketAddr,
    pub tls: Option<Session>,
    pub phases: Phases,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectStage {
    Lookup,
    Connect,
    Tls,
    Timeout,
}

/// There is no connection. The message is a sentence for the guest and for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConnectFailure {
    pub stage: ConnectStage,
    pub message: String,
    pub peer: Option<SocketAddr>,
    pub phases: Phases,
}

/// One attempt: what is known of it so far, also when it fails.
struct Attempt {
    started: Instant,
    phases: Phases,
    peer: Option<SocketAddr>,
}

/// Opens a connection to what the permit is for. The name is asked once, every address it has is judged, and only
/// judged addresses are connected to.
pub(crate) async fn open(
    network: &Network,
    permit: &Permit,
    tls: Option<&TlsClient>,
    deadline: Instant,
) -> Result<Connected, CallError<ConnectFailure>> {
    let mut attempt = Attempt { started: Instant::now(), phases: Phases::default(), peer: None };
    let addresses = attempt.look_up(network, permit, deadline).await?;
    let (stream, peer) = attempt.connect(permit, &addresses, deadline).await?;
    let (stream, session) = match tls {
        None => (Stream::Plain(stream), None),
        Some(client) => {
            let (stream, session) = attempt.secure(stream, permit, client, deadline).await?;
            (stream, Some(session))
        }
    };
    attempt.phases.total = attempt.started.elapsed();
    Ok(Connected { stream, peer, tls: session, phases: attempt.phases })
}

impl Attempt {
    async fn look_up(
        &mut self,
        network: &Network,
        permit: &Permit,
        deadline: Instant,
    ) -> Result<Vec<SocketAddr>, CallError<ConnectFailure>> {
        let found = timeout_at(deadline, network.resolver().addresses(permit.host())).await;
        self.phases.lookup = Some(self.started.elapsed());
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(self.failed(ConnectStage::Lookup, told(&error))),
            Err(_) => return Err(self.timed_out(&format!("looking up {}", permit.host()))),
        };
        Ok(found.into_iter().map(|address| permit.address(address, network.owned())).collect::<Result<_, _>>()?)
    }

    async fn connect(
        &mut self,
        permit: &Permit,
        addresses: &[SocketAddr],
        deadline: Instant,
    ) -> Result<(TcpStream, SocketAddr), CallError<ConnectFailure>> {
        let begun = Instant::now();
        if let [only] = addresses {
            self.peer = Some(*only);
        }
        let first = timeout_at(deadline, first_to_answer(addresses)).await;
        self.phases.connect = Some(begun.elapsed());
        match first {
            Ok(Ok((stream, peer))) => {
                self.peer = Some(peer);
                Ok((stream, peer))
            }
            Ok(Err(refusals)) => {
                let refusals: Vec<_> = refusals.iter().map(|(peer, error)| format!("{peer}: {error}")).collect();
                Err(self.failed(ConnectStage::Connect, format!("cannot connect to {}", refusals.join("; "))))
            }
            Err(_) => Err(self.timed_out(&format!("connecting to {}", permit.host().with_port(permit.port())))),
        }
    }

    async fn secure(
        &mut self,
        stream: TcpStream,
        permit: &Permit,
        client: &TlsClient,
        deadline: Instant,
    ) -> Result<(Stream, Session), CallError<ConnectFailure>> {
        let begun = Instant::now();
        let shaken = timeout_at(deadline, client.handshake(stream, permit.host())).await;
        self.phases.tls = Some(begun.elapsed());
        match shaken {
            Ok(Ok((stream, session))) => Ok((Stream::Tls(Box::new(stream)), session)),
            Ok(Err(error)) => Err(self.failed(ConnectStage::Tls, told(&error))),
            Err(_) => Err(self.timed_out(&format!("the TLS handshake with {}", permit.host()))),
        }
    }

    fn timed_out(&self, doing: &str) -> CallError<ConnectFailure> {
        let waited = self.started.elapsed().as_millis();
        self.failed(ConnectStage::Timeout, format!("no answer within {waited} ms, while {doing}"))
    }

    fn failed(&self, stage: ConnectStage, message: String) -> CallError<ConnectFailure> {
        let phases = Phases { total: self.started.elapsed(), ..self.phases };
        CallError::Failed(ConnectFailure { stage, message, peer: self.peer, phases })
    }
}

/// Tries the addresses in order, the next one as soon as one failed or hesitates. The first connection wins.
async fn first_to_answer(addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), Vec<(SocketAddr, io::Error)>> {
    let mut waiting = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut refusals = Vec::new();
    loop {
        if let Some(&address) = waiting.next() {
            attempts.push(async move { (address, TcpStream::connect(address).await) });
        } else if attempts.is_empty() {
            return Err(refusals);
        }
        tokio::select! {
            Some((address, result)) = attempts.next() => match result {
                Ok(stream) => {
                    // Without it small writes wait for each other; a socket that refuses the option still works.
                    stream.set_nodelay(true).ok();
                    return Ok((stream, address));
                }
                Err(error) => refusals.push((address, error)),
            },
            () = sleep(STAGGER), if waiting.len() > 0 => {}
        }
    }
}
