//! The exchange itself: one request out, one bounded response in, and the connection closed. Knows no rights.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::HeaderMap;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use super::super::connect::{Connected, Phases};
use super::super::error::told;
use super::super::tls::{Session, explain, tls_error_in};
use super::hidden::Hidden;
use super::timed::{Marks, Timed};
use super::{Failure, FailureKind, Response};

const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What an answer carries beside headers and body: phases, the peer, a certificate chain.
const REST_BYTES: usize = 8 * 1024;

/// What is known of an exchange so far, also when it fails.
struct Exchange {
    peer: SocketAddr,
    phases: Phases,
    tls: Option<Session>,
    started: Instant,
    marks: Marks,
}

/// `room` is what is left for the whole answer, its head included; `body_max` what was asked for of the body.
pub(super) async fn exchange(
    request: http::Request<Full<Bytes>>,
    connected: Connected,
    (room, body_max): (usize, usize),
    deadline: Instant,
    hidden: &Hidden,
) -> Result<Response, Failure> {
    let Connected { stream, peer, tls, phases } = connected;
    let exchange = Exchange { peer, phases, tls, started: Instant::now(), marks: Marks::default() };
    let io = TokioIo::new(Timed { stream, marks: exchange.marks.clone() });
    let opened = http1::Builder::new().max_header_size(HEAD_BYTES_MAX).title_case_headers(true).handshake(io).await;
    let (mut sender, connection) = opened.map_err(|error| exchange.broken(&error))?;
    let work = async {
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let (body, body_truncated) = bounded(body, room.saturating_sub(weight(&head.headers)).min(body_max)).await?;
        Ok::<_, hyper::Error>((head, body, body_truncated))
    };
    let done = timeout_at(deadline, beside(connection, work)).await;
    let (head, mut body, body_truncated) = match done {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => return Err(exchange.broken(&error)),
        Err(_) => return Err(exchange.timed_out()),
    };
    hidden.body(&mut body);
    let phases = exchange.phases();
    let Exchange { peer, tls, .. } = exchange;
    let headers = hidden.headers(&head.headers);
    Ok(Response { status: head.status.as_u16(), headers, body, body_truncated, phases, peer, tls })
}

/// Works while the connection moves bytes beside it, and closes the connection at the end by dropping it.
async fn beside<T>(connection: impl Future, work: impl Future<Output = T>) -> T {
    let mut connection = pin!(connection.fuse());
    let mut work = pin!(work);
    loop {
        // What ends the connection is reported to the work as well.
        tokio::select! {
            done = &mut work => return done,
            _ = &mut connection => {}
        }
    }
}

/// The body's first `max` bytes, and whether there were more.
async fn bounded(mut body: Incoming, max: usize) -> Result<(Vec<u8>, bool), hyper::Error> {
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = max - kept.len();
        kept.extend_from_slice(&data.slice(..data.len().min(room)));
        if data.len() > room {
            return Ok((kept, true));
        }
    }
    Ok((kept, false))
}

/// What a response carries beside its body.
fn weight(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 8).sum::<usize>() + REST_BYTES
}

/// Whether the connection ended in the middle of a body.
fn cut_short(error: &hyper::Error) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        next = error.source();
    }
    false
}

impl Exchange {
    fn phases(&self) -> Phases {
        let total = self.phases.total + self.started.elapsed();
        Phases { first_byte: self.marks.first_byte(), total, ..self.phases }
    }

    fn timed_out(&self) -> Failure {
        let phases = self.phases();
        let doing = if phases.first_byte.is_some() { "reading the response of" } else { "waiting for an answer of" };
        let message = format!("not done within {} ms, while {doing} {}", phases.total.as_millis(), self.peer);
        self.failed(FailureKind::Timeout, message)
    }

    fn broken(&self, error: &hyper::Error) -> Failure {
        let peer = self.peer;
        if let Some(error) = tls_error_in(error) {
            return self.failed(FailureKind::Tls, explain(error));
        }
        let message = if error.is_parse_too_large() {
            format!("the head of the response of {peer} is larger than {HEAD_BYTES_MAX} bytes")
        } else if error.is_parse() {
            format!("{peer} does not answer in HTTP/1.1: {}", told(error))
        } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() || cut_short(error) {
            format!("{peer} closed the connection before the response was complete")
        } else {
            format!("the connection to {peer} broke: {}", told(error))
        };
        self.failed(FailureKind::Protocol, message)
    }

    fn failed(&self, kind: FailureKind, message: String) -> Failure {
        Failure { kind, message, phases: self.phases(), peer: Some(self.peer) }
    }
}
