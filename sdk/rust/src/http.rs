//! HTTP requests, one a call. Redirects are not followed: the plugin asks again, and is checked again.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::bindings::host::http as wit;
use crate::{CallError, Error, tls};

pub use crate::bindings::host::http::{Failure, FailureKind, HeaderValue, Phases, Response};

/// A request in the making.
///
/// ```no_run
/// use std::time::Duration;
/// use tocsin_sdk::http;
///
/// let response = http::get("https://example.org/health")
///     .header("accept", "application/json")
///     .bearer("api-token") // the name of a secret: the host fills its value in
///     .timeout(Duration::from_secs(5))
///     .send()?;
/// # Ok::<(), tocsin_sdk::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Request(wit::Request);

/// A GET request.
pub fn get(url: impl Into<String>) -> Request {
    request("GET", url)
}

/// A POST request.
pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Request {
    request("POST", url).body(body)
}

/// A request of any method.
pub fn request(method: impl Into<String>, url: impl Into<String>) -> Request {
    let (method, url) = (method.into(), url.into());
    Request(wit::Request {
        method,
        url,
        headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: None,
        body_max: None,
        tls: None,
    })
}

impl Request {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.header_value(name, HeaderValue::Text(value.into()))
    }

    /// Adds a header whose value is the named secret.
    #[must_use]
    pub fn secret_header(self, name: impl Into<String>, secret: impl Into<String>) -> Self {
        self.header_value(name, HeaderValue::Secret(secret.into()))
    }

    /// `Authorization: Bearer` and the value of the named secret.
    #[must_use]
    pub fn bearer(self, secret: impl Into<String>) -> Self {
        self.header_value("authorization", HeaderValue::Bearer(secret.into()))
    }

    /// Basic authentication: the user, and the name of the secret that is the password.
    #[must_use]
    pub fn basic(self, user: impl Into<String>, secret: impl Into<String>) -> Self {
        self.header_value("authorization", HeaderValue::Basic((user.into(), secret.into())))
    }

    fn header_value(mut self, name: impl Into<String>, value: HeaderValue) -> Self {
        self.0.headers.push((name.into(), value));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = body.into();
        self
    }

    /// Gives up after this long.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Duration>) -> Self {
        self.0.timeout_ms = Some(crate::call::milliseconds(timeout.into()));
        self
    }

    /// Returns at most this many bytes of the body.
    #[must_use]
    pub fn body_max(mut self, bytes: u32) -> Self {
        self.0.body_max = Some(bytes);
        self
    }

    /// What to ask of TLS; by default the chain must be trusted by the node.
    #[must_use]
    pub fn tls(mut self, options: tls::Options) -> Self {
        self.0.tls = Some(options);
        self
    }

    /// Sends it. Any status is a response; only a request that got none is an error.
    #[expect(clippy::result_large_err, reason = "one call a run; matching on a plain failure is worth the bytes")]
    pub fn send(self) -> Result<Response, CallError<Failure>> {
        crate::call::http_send(&self.0).map_err(|error| match error {
            wit::Error::Denied(denial) => CallError::Denied(denial),
            wit::Error::Failed(failure) => CallError::Failed(failure),
        })
    }
}

impl Response {
    /// The first header of this name, which is compared without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::from(error).while_doing("the body is not the JSON expected"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
