//! `dns`: one query a call. Only translates: who may be asked and how is [`crate::net`]'s.

use std::time::Duration;

use super::tls::micros;
use super::types::denial;
use crate::net::CallError;
use crate::net::dns as net;
use crate::transcript::exchange::DnsQuery;
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::dns::{
    Answer, Error, Failure, FailureKind, Host, QueryInput, RecordType, ResourceRecord,
};

impl Host for Guest {
    async fn query(&mut self, input: QueryInput) -> wasmtime::Result<Result<Answer, Error>> {
        match self.ask::<DnsQuery>(input)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(input) => {
                let found = self.network.dns(&query(&input), &self.caller()).await;
                self.answer::<DnsQuery>(input, found.map(answer).map_err(error))
            }
        }
    }
}

fn query(input: &QueryInput) -> net::Query {
    net::Query {
        name: input.name.clone(),
        record_type: match input.record_type {
            RecordType::A => net::RecordType::A,
            RecordType::Aaaa => net::RecordType::Aaaa,
            RecordType::Caa => net::RecordType::Caa,
            RecordType::Cname => net::RecordType::Cname,
            RecordType::Mx => net::RecordType::Mx,
            RecordType::Ns => net::RecordType::Ns,
            RecordType::Ptr => net::RecordType::Ptr,
            RecordType::Soa => net::RecordType::Soa,
            RecordType::Srv => net::RecordType::Srv,
            RecordType::Txt => net::RecordType::Txt,
        },
        server: input.server.clone(),
        timeout: input.timeout_ms.map(|ms| Duration::from_millis(ms.into())),
    }
}

fn answer(answer: net::Answer) -> Answer {
    Answer {
        code: answer.code,
        records: answer.records.into_iter().map(record).collect(),
        authoritative: answer.authoritative,
        server: Some(answer.server.to_string()),
        duration_us: micros(answer.duration),
    }
}

fn record(record: net::ResourceRecord) -> ResourceRecord {
    let net::ResourceRecord { name, record_type, ttl_seconds, data } = record;
    ResourceRecord { name, record_type, ttl_seconds, data }
}

fn error(error: CallError<net::Failure>) -> Error {
    match error {
        CallError::Refused(refused) => Error::Denied(denial(refused)),
        CallError::Failed(failure) => Error::Failed(Failure {
            kind: match failure.kind {
                net::FailureKind::InvalidRequest => FailureKind::InvalidRequest,
                net::FailureKind::Timeout => FailureKind::Timeout,
                net::FailureKind::Network => FailureKind::Network,
                net::FailureKind::Protocol => FailureKind::Protocol,
            },
            message: failure.message,
            duration_us: micros(failure.duration),
        }),
    }
}
