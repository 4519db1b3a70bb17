//! What to ask of TLS, what it found, and when a certificate is worth a finding.

use crate::{Evidence, Finding, Metric, Observation, Status, text};

pub use crate::bindings::host::tls::{Certificate, Options, Session};

impl Options {
    /// The chain must be trusted by the node.
    #[must_use]
    pub const fn verified() -> Self {
        Self { verify: true, server_name: None, alpn: Vec::new(), ca_pem: None, client_identity: None }
    }

    /// Goes on whatever is wrong with the chain, which [`Session::problem`] then tells.
    #[must_use]
    pub fn unverified() -> Self {
        Self { verify: false, ..Self::verified() }
    }

    /// The name to ask for and to verify, if not the host's.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// A PEM bundle to trust instead of the system's.
    #[must_use]
    pub fn trusting(mut self, ca_pem: impl Into<String>) -> Self {
        self.ca_pem = Some(ca_pem.into());
        self
    }

    /// The name of a secret that holds the client's PEM certificate and key.
    #[must_use]
    pub fn client_identity(mut self, secret: impl Into<String>) -> Self {
        self.client_identity = Some(secret.into());
        self
    }
}

impl Session {
    /// The server's own certificate.
    #[must_use]
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first()
    }
}

impl Certificate {
    /// Days until it expires; negative where it has.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any certificate's life fit")]
    pub fn days_left(&self, now_ms: i64) -> f64 {
        self.not_after.saturating_sub(now_ms) as f64 / 86_400_000.0
    }
}

/// When a certificate that will expire is worth telling: part of a probe's config.
///
/// ```
/// let limits: tocsin_sdk::tls::CertificateLimits = serde_json::from_str(r#"{"warning_days": 30}"#)?;
/// assert_eq!(limits.critical_days, 3.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CertificateLimits {
    /// A warning when fewer days are left.
    pub warning_days: f64,
    /// Critical when fewer days are left.
    pub critical_days: f64,
}

impl Default for CertificateLimits {
    fn default() -> Self {
        Self { warning_days: 14.0, critical_days: 3.0 }
    }
}

impl CertificateLimits {
    /// Adds what a session's certificates say to an observation: days left, a finding where they are few or the chain is
    /// not trusted, and the certificate as evidence where there is a finding.
    #[must_use]
    pub fn judge(&self, observation: Observation, session: &Session, now_ms: i64) -> Observation {
        let untrusted = session.problem.as_ref().map(|problem| Finding::critical("certificate-not-trusted", problem));
        let Some(leaf) = session.leaf() else {
            return untrusted.into_iter().fold(observation, Observation::finding);
        };
        let days = leaf.days_left(now_ms);
        let metric = Metric::gauge("certificate_days_left", days)
            .unit("days")
            .warning(self.warning_days..)
            .critical(self.critical_days..);
        let (code, message) = match days {
            gone if gone < 0.0 => (
                "certificate-expired",
                format!("the certificate expired {} ago", text::value(-gone * 86_400.0, "seconds")),
            ),
            left => (
                "certificate-expires-soon",
                format!("the certificate expires in {}", text::value(left * 86_400.0, "seconds")),
            ),
        };
        let expiry =
            (metric.status() != Status::Ok).then(|| Finding::new(metric.status(), code, message).about(&leaf.subject));
        let findings = expiry.into_iter().chain(untrusted).collect::<Vec<_>>();
        let bad = !findings.is_empty();
        let observation = findings.into_iter().fold(observation.metric(metric), Observation::finding);
        if bad { observation.evidence(leaf.evidence()) } else { observation }
    }
}

impl Certificate {
    /// The certificate as evidence, line by line.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let Self { subject, issuer, serial, names, not_before, not_after, sha256 } = self;
        let names = names.join(", ");
        Evidence::text(
            "certificate",
            format!(
                "subject {subject}\nissuer {issuer}\nserial {serial}\nnames {names}\nnot before {not_before} ms\nnot after {not_after} ms\nsha256 {sha256}\n"
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn a_certificate_is_judged_by_the_days_it_has_left() {
        let cases = [
            (30, None, Status::Ok, vec![]),
            (13, None, Status::Warning, vec!["the certificate expires in 13 d"]),
            (2, None, Status::Critical, vec!["the certificate expires in 2 d"]),
            (-5, None, Status::Critical, vec!["the certificate expired 5 d ago"]),
            (30, Some("self-signed"), Status::Critical, vec!["self-signed"]),
        ];
        for (days, problem, status, messages) in cases {
            let session = Session { problem: problem.map(str::to_owned), ..crate::mock::tls_session(days * DAY_MS) };
            let observation = CertificateLimits::default().judge(Observation::ok("up"), &session, 0);
            let found = observation.findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>();
            assert_eq!((observation.status, found), (status, messages), "{days} {problem:?}");
            assert_eq!(observation.evidence.is_empty(), status == Status::Ok);
        }
    }
}
