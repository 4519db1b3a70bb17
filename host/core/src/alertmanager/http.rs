//! How a receiver's HTTP requests are made: `http_config` and `tls_config`.

use url::Url;

use super::SecretSource;

mod read;

pub(crate) use read::read;
pub(super) use read::tls;

#[derive(Clone, Debug, PartialEq)]
pub struct HttpConfig {
    pub authorization: Option<Authorization>,
    pub tls: TlsConfig,
    pub follow_redirects: bool,
    /// An `http` proxy that every request goes through.
    pub proxy: Option<Url>,
    pub headers: Vec<HttpHeader>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            authorization: None,
            tls: TlsConfig::default(),
            follow_redirects: true,
            proxy: None,
            headers: Vec::new(),
        }
    }
}

/// What the `Authorization` header is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    Basic {
        username: SecretSource,
        password: SecretSource,
    },
    /// `Bearer` or another scheme, and what follows it.
    Scheme {
        scheme: String,
        credentials: SecretSource,
    },
}

/// One of `http_headers`, sent once for each value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHeader {
    pub name: String,
    pub values: Vec<SecretSource>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// PEM; trusted instead of the system's.
    pub ca: Option<SecretSource>,
    pub certificate: Option<ClientCertificate>,
    /// Expected of the server instead of the host's name.
    pub server_name: Option<String>,
    pub insecure_skip_verify: bool,
    pub min_version: Option<TlsVersion>,
    pub max_version: Option<TlsVersion>,
}

/// PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    pub certificate: SecretSource,
    pub key: SecretSource,
}

/// Older ones are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    Tls12,
    Tls13,
}
