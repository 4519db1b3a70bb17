//! `tls` holds words only; the sessions are those of `http` and `tcp`, and are translated here for both.

use std::time::Duration;

use crate::net::{Certificate as NetCertificate, Session as NetSession, TlsOptions};
use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::tls::{self, Certificate, Options, Session};

impl tls::Host for Guest {}

pub(super) fn options(options: &Options) -> TlsOptions {
    TlsOptions {
        verify: options.verify,
        server_name: options.server_name.clone(),
        alpn: options.alpn.clone(),
        ca_pem: options.ca_pem.clone(),
        client_identity: options.client_identity.clone(),
    }
}

pub(super) fn session(session: NetSession) -> Session {
    Session {
        version: session.version,
        cipher: session.cipher,
        alpn: session.alpn,
        certificates: session.certificates.into_iter().map(certificate).collect(),
        problem: session.problem,
    }
}

fn certificate(certificate: NetCertificate) -> Certificate {
    Certificate {
        subject: certificate.subject,
        issuer: certificate.issuer,
        serial: certificate.serial,
        names: certificate.names,
        not_before: certificate.not_before.as_millis(),
        not_after: certificate.not_after.as_millis(),
        sha256: certificate.sha256,
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
