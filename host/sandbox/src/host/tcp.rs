//! `tcp`: a connection, bare or under TLS.

use wasmtime::component::Resource;

use crate::limits::Stop;
use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::tcp::{Error, Host, HostConnection, Opened, Received, Target};
use crate::world::v0_1::tocsin::plugin::tls::{Options, Session};

/// What stands behind a guest's handle.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it within their own private module")]
pub struct Connection {
    opened: Opened,
}

fn no_network<T>() -> wasmtime::Result<T> {
    Err(Stop::Host { message: "this build has no network".to_owned() }.into())
}

impl Host for Guest {
    async fn connect(&mut self, _target: Target) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        no_network()
    }
}

impl HostConnection for Guest {
    fn opened(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Opened> {
        Ok(self.table.get(&connection)?.opened.clone())
    }

    async fn send(
        &mut self,
        _connection: Resource<Connection>,
        _bytes: Vec<u8>,
        _timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<(), Error>> {
        no_network()
    }

    async fn receive(
        &mut self,
        _connection: Resource<Connection>,
        _until: Vec<u8>,
        _max: u32,
        _timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Received, Error>> {
        no_network()
    }

    async fn start_tls(
        &mut self,
        _connection: Resource<Connection>,
        _options: Options,
        _timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Session, Error>> {
        no_network()
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}
