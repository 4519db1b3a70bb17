//! What to ask, and what answer is good.

use tocsin_sdk::serde_json::Value;
use tocsin_sdk::tls::{CertificateLimits, Options};
use tocsin_sdk::{LatencyLimits, Period};

/// What to ask, and what answer is good.
#[tocsin_sdk::config]
pub(crate) struct Config {
    /// `http://` or `https://`, a host, and what follows.
    pub(crate) url: String,
    #[serde(default = "get")]
    pub(crate) method: String,
    /// Headers to send.
    #[serde(default)]
    pub(crate) headers: Vec<Header>,
    /// Headers to send whose values are secrets.
    #[serde(default)]
    pub(crate) secret_headers: Vec<SecretHeader>,
    pub(crate) auth: Option<Auth>,
    /// The body to send.
    pub(crate) body: Option<String>,
    /// How long one request may take.
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Period,
    /// How many redirects to follow, each to the address's own origin or one of `redirect_origins`.
    #[schemars(range(max = 10))]
    #[serde(default)]
    pub(crate) redirects_max: u8,
    /// Other origins that redirects may lead to: `https://www.example.org`.
    #[serde(default)]
    pub(crate) redirect_origins: Vec<String>,
    /// How many bytes of the body to look at.
    #[schemars(range(max = 1_000_000))]
    #[serde(default = "body_bytes")]
    pub(crate) body_bytes_max: u32,
    #[serde(default)]
    pub(crate) expect: Expect,
    /// Limits on the whole request, redirects included.
    #[serde(default)]
    pub(crate) latency: LatencyLimits,
    #[serde(default)]
    pub(crate) tls: Tls,
}

#[tocsin_sdk::config]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[tocsin_sdk::config]
pub(crate) struct SecretHeader {
    pub(crate) name: String,
    /// The name of the secret.
    pub(crate) secret: String,
}

/// Either a bearer token, or a user and a password.
#[tocsin_sdk::config]
pub(crate) struct Auth {
    /// The name of the secret that is the token.
    pub(crate) bearer: Option<String>,
    pub(crate) user: Option<String>,
    /// The name of the secret that is the password.
    pub(crate) password: Option<String>,
}

/// What makes an answer good; all of it must hold.
#[tocsin_sdk::config]
#[serde(default)]
pub(crate) struct Expect {
    /// Good statuses: `200`, `200-299`, `3xx`.
    pub(crate) status: Vec<String>,
    /// Texts that must be in the body.
    pub(crate) body_contains: Vec<String>,
    /// Texts that must not be in the body.
    pub(crate) body_lacks: Vec<String>,
    /// Conditions on the body as JSON.
    pub(crate) json: Vec<JsonCondition>,
    /// Conditions on the headers.
    pub(crate) headers: Vec<HeaderCondition>,
}

impl Default for Expect {
    fn default() -> Self {
        let none = Vec::new;
        Self {
            status: vec!["200-399".to_owned()],
            body_contains: none(),
            body_lacks: none(),
            json: vec![],
            headers: vec![],
        }
    }
}

/// A value in the body, by its path. Without `equals`, `min` and `max` it must just be there.
#[tocsin_sdk::config]
pub(crate) struct JsonCondition {
    /// `$`, then `.name` and `[index]` as often as needed: `$.queues[0].length`.
    pub(crate) path: String,
    pub(crate) equals: Option<Value>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// A header. Without `equals` and `contains` it must just be there.
#[tocsin_sdk::config]
pub(crate) struct HeaderCondition {
    pub(crate) name: String,
    pub(crate) equals: Option<String>,
    pub(crate) contains: Option<String>,
    /// It must not be there.
    #[serde(default)]
    pub(crate) absent: bool,
}

/// What to ask of TLS, where the address is `https://`.
#[tocsin_sdk::config]
#[serde(default)]
pub(crate) struct Tls {
    /// Whether an untrusted chain ends the request. If not, it is a finding.
    pub(crate) verify: bool,
    /// The name to ask for and to verify, if not the host's.
    pub(crate) server_name: Option<String>,
    /// A PEM bundle to trust instead of the system's.
    pub(crate) ca_pem: Option<String>,
    /// The name of a secret that holds the client's PEM certificate and key.
    pub(crate) client_identity: Option<String>,
    /// How many days the certificate must have left.
    pub(crate) certificate: CertificateLimits,
}

impl Default for Tls {
    fn default() -> Self {
        let certificate = CertificateLimits::default();
        Self { verify: true, server_name: None, ca_pem: None, client_identity: None, certificate }
    }
}

impl Tls {
    pub(crate) fn options(&self) -> Options {
        let mut options = if self.verify { Options::verified() } else { Options::unverified() };
        options.server_name.clone_from(&self.server_name);
        options.ca_pem.clone_from(&self.ca_pem);
        options.client_identity.clone_from(&self.client_identity);
        options
    }
}

fn get() -> String {
    "GET".to_owned()
}

fn ten_seconds() -> Period {
    Period::from_secs(10)
}

fn body_bytes() -> u32 {
    65_536
}
