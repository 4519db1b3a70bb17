//! `http`: one request a call.

use crate::limits::Stop;
use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::http::{Error, Host, Request, Response};

impl Host for Guest {
    async fn send(&mut self, _request: Request) -> wasmtime::Result<Result<Response, Error>> {
        Err(Stop::Host { message: "this build has no network".to_owned() }.into())
    }
}
