//! A query on the wire: by UDP, again where nothing came back, by TCP where the answer was cut short.
//! Asks addresses that were judged before; judges none.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use super::FailureKind;

/// How long one server has for one try, and how often each is tried: packets get lost.
const TRY: Duration = Duration::from_secs(2);
const TRIES: usize = 3;

/// What avoids fragments on today's networks (DNS flag day 2020).
const UDP_PAYLOAD: u16 = 1232;

#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("it cannot be reached: {0}")]
    Io(#[from] io::Error),
    #[error("its answer is not DNS, or is not for this question")]
    Malformed,
}

pub(super) async fn ask(
    servers: &[SocketAddr],
    name: &Name,
    record_type: RecordType,
    deadline: Instant,
) -> Result<(SocketAddr, Message), (FailureKind, String)> {
    let started = Instant::now();
    let mut failed = None;
    for &server in servers.iter().cycle().take(servers.len() * TRIES) {
        let query = query(name, record_type);
        let wire = query
            .to_vec()
            .map_err(|error| (FailureKind::InvalidRequest, format!("{name} cannot be asked for: {error}")))?;
        match timeout_at(deadline.min(Instant::now() + TRY), exchange(server, &query, &wire)).await {
            Ok(Ok(message)) => return Ok((server, message)),
            Ok(Err(error)) => {
                let kind = if matches!(error, AskError::Io(_)) { FailureKind::Network } else { FailureKind::Protocol };
                failed = Some((kind, format!("asked {server}: {error}")));
            }
            Err(_) if Instant::now() >= deadline => break,
            Err(_) => {}
        }
    }
    let all: Vec<_> = servers.iter().map(SocketAddr::to_string).collect();
    let silence = || format!("no answer from {} within {} ms", all.join(", "), started.elapsed().as_millis());
    Err(failed.unwrap_or_else(|| (FailureKind::Timeout, silence())))
}

/// A fresh query: each try has its own number and its own port, both hard to guess.
fn query(name: &Name, record_type: RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name.clone(), record_type));
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD);
    message.set_edns(edns);
    message
}

async fn exchange(server: SocketAddr, query: &Message, wire: &[u8]) -> Result<Message, AskError> {
    let message = by_udp(server, query, wire).await?;
    if message.metadata.truncation { by_tcp(server, query, wire).await } else { Ok(message) }
}

async fn by_udp(server: SocketAddr, query: &Message, wire: &[u8]) -> Result<Message, AskError> {
    let any = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(server).await?;
    socket.send(wire).await?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let length = socket.recv(&mut buffer).await?;
        // What does not answer this question may be forged: the true answer is waited for.
        if let Some(message) = buffer.get(..length).and_then(|bytes| Message::from_vec(bytes).ok())
            && answers(&message, query)
        {
            return Ok(message);
        }
    }
}

async fn by_tcp(server: SocketAddr, query: &Message, wire: &[u8]) -> Result<Message, AskError> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(wire.len()).map_err(|_| AskError::Malformed)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(wire);
    stream.write_all(&framed).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    let message = Message::from_vec(&answer).map_err(|_| AskError::Malformed)?;
    if answers(&message, query) { Ok(message) } else { Err(AskError::Malformed) }
}

/// A server that could not read the question may leave it out of its refusal.
fn answers(message: &Message, query: &Message) -> bool {
    let same_question = match (message.queries.as_slice(), query.queries.as_slice()) {
        ([], _) => message.metadata.response_code != ResponseCode::NoError,
        ([theirs], [ours]) => theirs.name == ours.name && theirs.query_type == ours.query_type,
        _ => false,
    };
    message.metadata.id == query.metadata.id && message.metadata.message_type == MessageType::Response && same_question
}
