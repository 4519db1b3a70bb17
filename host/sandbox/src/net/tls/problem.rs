//! What is wrong with a chain or a handshake, as a sentence for people. Decides nothing.

use std::error::Error as StdError;
use std::io;

use tocsin_core::time::Timestamp;
use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::{CertificateError, Error};

/// The TLS error among the causes of another, if there is one.
pub(crate) fn tls_error_in<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // An IO error hides what it wraps from `source`.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}

pub(crate) fn explain(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(problem) => explain_certificate(problem),
        Error::AlertReceived(alert) => format!("the server refused the TLS handshake ({alert:?})"),
        Error::InvalidMessage(_) => "the server does not speak TLS on this port".to_owned(),
        Error::NoCertificatesPresented => "the server showed no certificate".to_owned(),
        Error::NoApplicationProtocol => "the server speaks none of the protocols asked for (ALPN)".to_owned(),
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn explain_certificate(problem: &CertificateError) -> String {
    match problem {
        CertificateError::Expired => "the certificate has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => format!("the certificate expired on {}", at(*not_after)),
        CertificateError::NotValidYet => "the certificate is not valid yet".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate is not valid before {}", at(*not_before))
        }
        CertificateError::UnknownIssuer => "the certificate's issuer is not trusted".to_owned(),
        CertificateError::NotValidForName => "the certificate is for another name".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } if presented.is_empty() => {
            format!("the certificate names no host, so it is not for {}", expected.to_str())
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // The names come as `DnsName("a.example")`.
            let bare = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name));
            format!("the certificate is not for {} but for {}", expected.to_str(), bare.collect::<Vec<_>>().join(", "))
        }
        CertificateError::Revoked => "the certificate was revoked".to_owned(),
        CertificateError::BadSignature => "the certificate's signature does not match".to_owned(),
        CertificateError::BadEncoding => "the certificate cannot be read".to_owned(),
        other => format!("the certificate is not acceptable: {other}"),
    }
}

fn at(time: UnixTime) -> Timestamp {
    Timestamp::from_millis(i64::try_from(time.as_secs()).unwrap_or(i64::MAX).saturating_mul(1_000))
}
