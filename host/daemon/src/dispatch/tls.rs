//! TLS of a receiver: whom we trust, who we are, what name we expect. From PEM texts to a client's configuration.

use std::sync::{Arc, OnceLock};

use tocsin_core::alertmanager::TlsVersion;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, SupportedProtocolVersion, version,
};

/// Everything that a client's TLS is made of, read from its files: while it is the same, so is the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Material {
    /// PEM; trusted instead of the system's authorities.
    pub(super) ca: Option<String>,
    /// PEM; trusted besides them.
    pub(super) besides: Option<String>,
    pub(super) identity: Option<Identity>,
    pub(super) server_name: Option<String>,
    pub(super) insecure: bool,
    pub(super) min: Option<TlsVersion>,
    pub(super) max: Option<TlsVersion>,
}

/// PEM.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<secret>")
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("`{what}` holds no {expected} in PEM")]
    Pem { what: &'static str, expected: &'static str },
    #[error("the server name `{0}` is none")]
    ServerName(String),
    #[error("no version of TLS is within `min_version` and `max_version`")]
    Versions,
    #[error("TLS cannot be set up")]
    Setup(#[source] Error),
    #[error("the certificates to trust cannot be used")]
    Roots(#[source] tokio_rustls::rustls::client::VerifierBuilderError),
}

impl Material {
    pub(super) fn config(&self) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions()?)
            .map_err(TlsError::Setup)?
            .dangerous()
            .with_custom_certificate_verifier(self.verifier(provider)?);
        let Some(Identity { certificate, key }) = &self.identity else { return Ok(builder.with_no_client_auth()) };
        let chain = certificates(certificate, "cert")?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
            .map_err(|_| TlsError::Pem { what: "key", expected: "private key" })?;
        builder.with_client_auth_cert(chain, key).map_err(TlsError::Setup)
    }

    fn versions(&self) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
        let both = [(TlsVersion::Tls12, &version::TLS12), (TlsVersion::Tls13, &version::TLS13)];
        let is_wanted = |wanted: &TlsVersion| {
            self.min.is_none_or(|min| *wanted >= min) && self.max.is_none_or(|max| *wanted <= max)
        };
        let wanted: Vec<_> = both.into_iter().filter(|(wanted, _)| is_wanted(wanted)).map(|(_, it)| it).collect();
        if wanted.is_empty() { Err(TlsError::Versions) } else { Ok(wanted) }
    }

    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
        if self.insecure {
            return Ok(Arc::new(Anyone(provider)));
        }
        let mut roots = if self.ca.is_some() { RootCertStore::empty() } else { system_roots().clone() };
        for (pem, what) in [(&self.ca, "ca"), (&self.besides, "network.ca_file")] {
            for certificate in pem.as_ref().map(|pem| certificates(pem, what)).transpose()?.unwrap_or_default() {
                roots.add(certificate).map_err(TlsError::Setup)?;
            }
        }
        let inner =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(TlsError::Roots)?;
        let Some(name) = &self.server_name else { return Ok(inner) };
        let name = ServerName::try_from(name.clone()).map_err(|_| TlsError::ServerName(name.clone()))?;
        Ok(Arc::new(Named { name, inner }))
    }
}

pub(super) fn certificates(pem: &str, what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::Pem { what, expected: "certificate" })
}

/// Read once: they change with the system's packages.
fn system_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    })
}

/// Expects one name, whatever the host's is.
#[derive(Debug)]
struct Named {
    name: ServerName<'static>,
    inner: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.inner.verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// `insecure_skip_verify`: whoever answers is believed.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
