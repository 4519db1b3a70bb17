//! TLS as a client: what is trusted, what is asked for, and what was found. Client settings are prepared once and kept.
//! Knows neither rights nor the protocol inside.

mod certificate;
mod problem;
mod settings;

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};

pub use certificate::Certificate;
pub(crate) use problem::{explain, tls_error_in};
pub(crate) use settings::{TlsClient, TlsClients};

use super::host::Host;

/// What to ask of the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// False records what is wrong with the chain and goes on.
    pub verify: bool,
    /// The name to ask for and to verify, if not the host's.
    pub server_name: Option<String>,
    pub alpn: Vec<String>,
    /// A PEM bundle to trust instead of the system's.
    pub ca_pem: Option<String>,
    /// The name of a secret that holds the client's PEM certificate and key.
    pub client_identity: Option<String>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self { verify: true, server_name: None, alpn: Vec::new(), ca_pem: None, client_identity: None }
    }
}

/// What the handshake agreed on and showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `TLSv1.3`.
    pub version: String,
    /// `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
    pub alpn: Option<String>,
    /// Leaf first.
    pub certificates: Vec<Certificate>,
    /// Why the chain is not trusted; only where `verify` was false.
    pub problem: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("the certificates to trust are no PEM bundle with at least one usable certificate")]
    Ca,
    #[error("this node trusts no certificate authority: install the system's (ca-certificates) or give `ca_pem`")]
    NoRoots,
    #[error("the secret `{secret}` is no PEM certificate with its private key")]
    Identity { secret: String },
    #[error("`{name}` is no name a certificate could be for")]
    ServerName { name: String },
    #[error("the TLS settings cannot be used: {reason}")]
    Settings { reason: String },
    #[error("{reason}")]
    Handshake { reason: String },
}

impl TlsClient {
    pub(crate) async fn handshake(
        &self,
        stream: TcpStream,
        host: &Host,
    ) -> Result<(TlsStream<TcpStream>, Session), TlsError> {
        let name = self.server_name.clone().unwrap_or_else(|| host.to_string());
        let server = ServerName::try_from(name.clone()).map_err(|_| TlsError::ServerName { name })?;
        let stream = match self.connector.connect(server.clone(), stream).await {
            Ok(stream) => stream,
            Err(error) => return Err(TlsError::Handshake { reason: refused(&error) }),
        };
        let session = self.found(&stream, &server);
        Ok((stream, session))
    }

    fn found(&self, stream: &TlsStream<TcpStream>, server: &ServerName<'_>) -> Session {
        let (_, connection) = stream.get_ref();
        let chain = connection.peer_certificates().unwrap_or_default();
        let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("unknown");
        Session {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
                other => format!("{other:?}"),
            },
            // rustls names the suites of TLS 1.3 its own way; everybody else as IANA does.
            cipher: cipher.replacen("TLS13_", "TLS_", 1),
            alpn: connection.alpn_protocol().map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
            certificates: chain.iter().map(Certificate::read).collect(),
            problem: self.judge_later.as_ref().and_then(|judge| {
                let (leaf, intermediates) = chain.split_first()?;
                let Some(judge) = judge else { return Some(TlsError::NoRoots.to_string()) };
                let verdict = judge.verify_server_cert(leaf, intermediates, server, &[], UnixTime::now());
                verdict.err().map(|error| explain(&error))
            }),
        }
    }
}

/// A handshake's end as a sentence.
fn refused(error: &io::Error) -> String {
    match tls_error_in(error) {
        Some(error) => explain(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the server ended the TLS handshake".to_owned(),
        None => format!("the TLS handshake broke off: {error}"),
    }
}
