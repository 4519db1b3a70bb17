//! Client settings, prepared once for each combination that is asked for and kept: reading a trust store for every
//! request would cost more than the request. Knows nothing of connections.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest, Sha256};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::{TlsError, TlsOptions};

/// Combinations kept; one more starts afresh. Checks number thousands, their TLS settings a handful.
const KEPT_MAX: usize = 64;

/// What is ready to shake hands with a server.
#[derive(Clone)]
pub(crate) struct TlsClient {
    pub(super) connector: TlsConnector,
    pub(super) server_name: Option<String>,
    /// Where the handshake itself takes any certificate: what the chain is held against afterwards. The inner none means
    /// that there is nothing to hold it against.
    pub(super) judge_later: Option<Option<Arc<WebPkiServerVerifier>>>,
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

/// All clients of one network.
#[derive(Debug)]
pub(crate) struct TlsClients {
    provider: Arc<CryptoProvider>,
    /// Trusted beside the system's.
    extra: Vec<CertificateDer<'static>>,
    /// The system's and the extra ones, read when first needed.
    roots: OnceLock<Arc<RootCertStore>>,
    kept: Mutex<HashMap<[u8; 32], TlsClient>>,
}

impl TlsClients {
    pub(crate) fn new(ca_pem: Option<&[u8]>) -> Result<Self, TlsError> {
        let extra = ca_pem.map(certificates).transpose()?.unwrap_or_default();
        let provider = Arc::new(ring::default_provider());
        Ok(Self { provider, extra, roots: OnceLock::new(), kept: Mutex::new(HashMap::new()) })
    }

    /// `identity` is the value of the secret that the options name.
    pub(crate) fn client(&self, options: &TlsOptions, identity: Option<&str>) -> Result<TlsClient, TlsError> {
        let key = key(options, identity);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let client = match kept {
            Some(client) => client,
            None => {
                let client = self.prepare(options, identity)?;
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() >= KEPT_MAX {
                    kept.clear();
                }
                kept.insert(key, client.clone());
                client
            }
        };
        Ok(TlsClient { server_name: options.server_name.clone(), ..client })
    }

    fn prepare(&self, options: &TlsOptions, identity: Option<&str>) -> Result<TlsClient, TlsError> {
        let roots = match &options.ca_pem {
            Some(pem) => Arc::new(store(certificates(pem.as_bytes())?)?),
            None => Arc::clone(self.roots.get_or_init(|| Arc::new(self.system_roots()))),
        };
        let judge = if roots.is_empty() {
            None
        } else {
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&self.provider)).build();
            Some(verifier.map_err(|error| TlsError::Settings { reason: error.to_string() })?)
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider));
        let builder = builder.with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| TlsError::Settings { reason: error.to_string() })?.dangerous();
        let (builder, judge_later) = if options.verify {
            (builder.with_custom_certificate_verifier(judge.ok_or(TlsError::NoRoots)?), None)
        } else {
            (builder.with_custom_certificate_verifier(Arc::new(TakesAny(Arc::clone(&self.provider)))), Some(judge))
        };
        let mut config = match (&options.client_identity, identity) {
            (Some(secret), Some(pem)) => {
                let unusable = || TlsError::Identity { secret: secret.clone() };
                let chain = certificates(pem.as_bytes()).map_err(|_| unusable())?;
                let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| unusable())?;
                builder.with_client_auth_cert(chain, key).map_err(|_| unusable())?
            }
            _ => builder.with_no_client_auth(),
        };
        // A resumed session shows no certificate afresh, and takes less time than a first visitor needs.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = options.alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok(TlsClient { connector: TlsConnector::from(Arc::new(config)), server_name: None, judge_later })
    }

    fn system_roots(&self) -> RootCertStore {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(error = %error, "some of the system's trusted certificates cannot be read");
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs.into_iter().chain(self.extra.iter().cloned()));
        roots
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(TlsError::Ca)
}

fn store(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 { Err(TlsError::Ca) } else { Ok(roots) }
}

/// Everything that shapes the settings, but not the server's name. A digest, so that no secret is kept as a key.
fn key(options: &TlsOptions, identity: Option<&str>) -> [u8; 32] {
    let mut digest = Sha256::new();
    let mut part = |bytes: &[u8]| {
        digest.update(bytes.len().to_be_bytes());
        digest.update(bytes);
    };
    part(&[u8::from(options.verify), u8::from(options.ca_pem.is_some())]);
    part(options.ca_pem.as_deref().unwrap_or_default().as_bytes());
    part(identity.unwrap_or_default().as_bytes());
    for protocol in &options.alpn {
        part(protocol.as_bytes());
    }
    digest.finalize().into()
}

/// Takes any certificate, but holds the server to its signature: the chain shown is still the server's own.
#[derive(Debug)]
struct TakesAny(Arc<CryptoProvider>);

impl ServerCertVerifier for TakesAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
