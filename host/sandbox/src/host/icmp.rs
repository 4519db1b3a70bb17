//! `icmp`: declared by the WIT, not carried out by this version; says so.

use crate::transcript::exchange::{Echo, IcmpEcho};
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::icmp::{Error, Failure, FailureKind, Host, Reply};
use crate::world::v0_1::tocsin::plugin::types::Denial;

impl Host for Guest {
    async fn echo(
        &mut self,
        host: String,
        size: u16,
        timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Reply, Error>> {
        match self.ask::<IcmpEcho>(Echo { host, size, timeout_ms })? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let error = if self.rights.icmp.contains(&request.host) {
                    let message = "this version of Tocsin sends no ICMP echo".to_owned();
                    Error::Failed(Failure { kind: FailureKind::Unsupported, message })
                } else {
                    let reason = "the host is not among the check's `icmp`".to_owned();
                    Error::Denied(Denial { capability: "icmp".to_owned(), target: request.host.clone(), reason })
                };
                self.answer::<IcmpEcho>(request, Err(error))
            }
        }
    }
}
