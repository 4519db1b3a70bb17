//! What a certificate says of itself. Judges nothing.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use tocsin_core::time::Timestamp;
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    /// Hex, in pairs with colons.
    pub serial: String,
    /// Names of the subject alternative name extension.
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// Of the whole certificate, in lower-case hex.
    pub sha256: String,
}

impl Certificate {
    /// A certificate that cannot be read still has its fingerprint; it says nothing else, and was never valid.
    pub(super) fn read(der: &CertificateDer<'_>) -> Self {
        let sha256 = Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect();
        let never = Timestamp::from_millis(0);
        let Ok((_, parsed)) = X509Certificate::from_der(der) else {
            let nothing = || "unreadable".to_owned();
            let (subject, issuer) = (nothing(), nothing());
            return Self {
                subject,
                issuer,
                serial: String::new(),
                names: Vec::new(),
                not_before: never,
                not_after: never,
                sha256,
            };
        };
        let alternative = parsed.subject_alternative_name().ok().flatten();
        let names = alternative.map(|extension| extension.value.general_names.iter().filter_map(name).collect());
        Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            serial: parsed.raw_serial_as_string(),
            names: names.unwrap_or_default(),
            not_before: Timestamp::from_millis(parsed.validity().not_before.timestamp().saturating_mul(1_000)),
            not_after: Timestamp::from_millis(parsed.validity().not_after.timestamp().saturating_mul(1_000)),
            sha256,
        }
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => Some((*text).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}
