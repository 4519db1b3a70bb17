//! `tcp`: a connection, bare or under TLS. Only translates: what may be reached and how it is spoken to is
//! [`crate::net`]'s. In a replay a connection is a handle with nothing behind it.

use std::time::Duration;

use wasmtime::component::Resource;

use super::tls::{micros, options, session};
use super::types::denial;
use crate::net::CallError;
use crate::net::tcp as net;
use crate::transcript::exchange::{
    TcpConnect, TcpReceive, TcpReceiving, TcpSend, TcpSending, TcpStartTls, TcpStartingTls,
};
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::tcp::{
    Error, Failure, FailureKind, Host, HostConnection, Opened, Received, Target,
};
use crate::world::v0_1::tocsin::plugin::tls::{Options, Session};

/// What stands behind a guest's handle.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it within their own private module")]
pub struct Connection {
    opened: Opened,
    /// None in a replay, and while a call is at work with it.
    live: Option<net::Connection>,
}

impl Host for Guest {
    async fn connect(&mut self, target: Target) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let (opened, live) = match self.ask::<TcpConnect>(target)? {
            Turn::Replayed(answer) => (answer, None),
            Turn::Perform(target) => {
                let connected = self.network.tcp_connect(&outward(&target), &self.open, &self.caller()).await;
                let (answer, live) = match connected {
                    Ok(live) => (Ok(opened(live.opened())), Some(live)),
                    Err(failed) => (Err(error(failed)), None),
                };
                (self.answer::<TcpConnect>(target, answer)?, live)
            }
        };
        match opened {
            Ok(opened) => Ok(Ok(self.table.push(Connection { opened, live })?)),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl HostConnection for Guest {
    fn opened(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Opened> {
        Ok(self.table.get(&connection)?.opened.clone())
    }

    async fn send(
        &mut self,
        connection: Resource<Connection>,
        bytes: Vec<u8>,
        timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<(), Error>> {
        match self.ask::<TcpSend>(TcpSending { connection: connection.rep(), bytes, timeout_ms })? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let Some(mut live) = self.take(&connection)? else {
                    return self.answer::<TcpSend>(request, Err(gone()));
                };
                let sent = live.send(&request.bytes, timeout(timeout_ms), self.caller().budget).await;
                self.give_back(&connection, live)?;
                self.answer::<TcpSend>(request, sent.map_err(failed))
            }
        }
    }

    async fn receive(
        &mut self,
        connection: Resource<Connection>,
        until: Vec<u8>,
        max: u32,
        timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Received, Error>> {
        match self.ask::<TcpReceive>(TcpReceiving { connection: connection.rep(), until, max, timeout_ms })? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let Some(mut live) = self.take(&connection)? else {
                    return self.answer::<TcpReceive>(request, Err(gone()));
                };
                let received = live.receive(&request.until, max, timeout(timeout_ms), self.caller().budget).await;
                self.give_back(&connection, live)?;
                let received = received.map(|net::Received { bytes, closed }| Received { bytes, closed });
                self.answer::<TcpReceive>(request, received.map_err(failed))
            }
        }
    }

    async fn start_tls(
        &mut self,
        connection: Resource<Connection>,
        asked: Options,
        timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Session, Error>> {
        let request = TcpStartingTls { connection: connection.rep(), options: asked, timeout_ms };
        match self.ask::<TcpStartTls>(request)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let Some(mut live) = self.take(&connection)? else {
                    return self.answer::<TcpStartTls>(request, Err(gone()));
                };
                let asked = options(&request.options);
                let found = live.start_tls(&self.network, &asked, timeout(timeout_ms), &self.caller()).await;
                self.give_back(&connection, live)?;
                self.answer::<TcpStartTls>(request, found.map(session).map_err(error))
            }
        }
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl Guest {
    /// Takes a connection out of its handle for as long as a call works with it.
    fn take(&mut self, connection: &Resource<Connection>) -> wasmtime::Result<Option<net::Connection>> {
        Ok(self.table.get_mut(connection)?.live.take())
    }

    fn give_back(&mut self, connection: &Resource<Connection>, live: net::Connection) -> wasmtime::Result<()> {
        self.table.get_mut(connection)?.live = Some(live);
        Ok(())
    }
}

fn outward(target: &Target) -> net::Target {
    net::Target {
        host: target.host.clone(),
        port: target.port,
        timeout: timeout(target.timeout_ms),
        tls: target.tls.as_ref().map(options),
    }
}

fn timeout(ms: Option<u32>) -> Option<Duration> {
    ms.map(|ms| Duration::from_millis(ms.into()))
}

fn opened(opened: &net::Opened) -> Opened {
    Opened {
        peer: opened.peer.to_string(),
        lookup_us: opened.phases.lookup.map_or(0, micros),
        connect_us: opened.phases.connect.map_or(0, micros),
        tls_us: opened.phases.tls.map(micros),
        tls: opened.tls.clone().map(session),
    }
}

fn error(error: CallError<net::Failure>) -> Error {
    match error {
        CallError::Refused(refused) => Error::Denied(denial(refused)),
        CallError::Failed(failure) => failed(failure),
    }
}

fn failed(failure: net::Failure) -> Error {
    let kind = match failure.kind {
        net::FailureKind::Lookup => FailureKind::Lookup,
        net::FailureKind::Connect => FailureKind::Connect,
        net::FailureKind::Tls => FailureKind::Tls,
        net::FailureKind::Timeout => FailureKind::Timeout,
        net::FailureKind::Closed => FailureKind::Closed,
        net::FailureKind::Reset => FailureKind::Reset,
        net::FailureKind::TooLarge => FailureKind::TooLarge,
    };
    Error::Failed(Failure { kind, message: failure.message })
}

/// A call on a connection that a call before it never gave back.
fn gone() -> Error {
    Error::Failed(Failure { kind: FailureKind::Closed, message: "the connection is gone".to_owned() })
}
