//! A request as asked, checked: its form, its origin against the rights, the headers that are the host's own business.
//! Secrets are filled in here, at the last moment. Sends nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, Uri};
use http_body_util::Full;
use tocsin_core::capability::Rights;
use url::Url;

use super::super::Caller;
use super::super::error::CallError;
use super::super::host::Host;
use super::super::policy::{Permit, Purpose};
use super::super::secret::missing;
use super::super::tls::TlsOptions;
use super::hidden::Hidden;
use super::{HeaderValue, Request};

const HEADERS_MAX: usize = 100;
const HEADER_BYTES_MAX: usize = 64 * 1024;
const USER_AGENT: &str = concat!("tocsin/", env!("CARGO_PKG_VERSION"));

/// Headers that frame the message or choose the connection: a guest that set them could smuggle a second request past
/// the policy.
const HOSTS_OWN: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// A request that may be sent.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) permit: Permit,
    /// Options for TLS where the scheme is `https`.
    pub(super) tls: Option<TlsOptions>,
    method: Method,
    path: Uri,
    authority: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Checked {
    pub(super) fn of(request: Request, rights: &Rights) -> Result<Self, CallError<String>> {
        let invalid = CallError::Failed;
        let url = Url::parse(&request.url).map_err(|error| invalid(format!("`{}` is no URL: {error}", request.url)))?;
        let scheme = url.scheme();
        if !matches!(scheme, "http" | "https") {
            return Err(invalid(format!("`{scheme}` is no scheme to send requests by: use http or https")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("a URL holds no user and password: use a header value of kind `basic`".to_owned()));
        }
        let (host, port) = origin(&url).ok_or_else(|| invalid(format!("`{}` names no host", request.url)))?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| invalid(format!("`{}` is no HTTP method", request.method)))?;
        if matches!(method, Method::CONNECT | Method::TRACE) {
            // One opens a tunnel to anywhere, the other sends the secrets of a request back.
            return Err(invalid(format!("the method {method} is not sent for plugins")));
        }
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let purpose = Purpose::of_request(method.as_str(), &path, !request.body.is_empty());
        let permit = Permit::http(scheme, host, port, purpose, rights)?;
        let headers = headers(request.headers).map_err(invalid)?;
        let authority = match headers.iter().find(|(name, _)| *name == header::HOST) {
            Some((_, value)) => virtual_host(scheme, value, rights)?,
            None => url[url::Position::BeforeHost..url::Position::AfterPort].to_owned(),
        };
        let path = path.parse().map_err(|_| invalid(format!("the path of `{}` cannot be sent", request.url)))?;
        let tls = (scheme == "https").then(|| request.tls.unwrap_or_default());
        Ok(Self { permit, tls, method, path, authority, headers, body: request.body.into() })
    }

    /// The request as it goes over the wire, with the values of its secrets. Values are marked as sensitive, so that no
    /// `Debug` shows them, and told to `hidden`, so that no response gives them back.
    pub(super) fn filled(
        &self,
        caller: &Caller<'_>,
        hidden: &mut Hidden,
    ) -> Result<http::Request<Full<Bytes>>, CallError<String>> {
        let invalid = CallError::Failed;
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.clone();
        let headers = request.headers_mut();
        insert_default(headers, header::HOST, &self.authority).map_err(invalid)?;
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != header::HOST) {
            let (text, secret) = filled_value(value, caller, hidden)?;
            let mut value = http::HeaderValue::from_str(&text)
                .map_err(|_| invalid(format!("the value of the header `{name}` cannot be sent")))?;
            value.set_sensitive(secret);
            headers.append(name, value);
        }
        for (name, value) in [(header::USER_AGENT, USER_AGENT), (header::ACCEPT, "*/*")] {
            if !headers.contains_key(&name) {
                insert_default(headers, name, value).map_err(invalid)?;
            }
        }
        insert_default(headers, header::CONNECTION, "close").map_err(invalid)?;
        Ok(request)
    }
}

fn origin(url: &Url) -> Option<(Host, u16)> {
    Some((Host::parse(url.host_str()?).ok()?, url.port_or_known_default()?))
}

fn headers(asked: Vec<(String, HeaderValue)>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let bytes: usize = asked.iter().map(|(name, value)| name.len() + value.len()).sum();
    if asked.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(format!("a request has at most {HEADERS_MAX} headers and {HEADER_BYTES_MAX} bytes of them"));
    }
    let named = asked.into_iter().map(|(name, value)| match HeaderName::from_bytes(name.as_bytes()) {
        Ok(name) if HOSTS_OWN.contains(&name) => Err(format!("the header `{name}` is set by the host alone")),
        Ok(name) => Ok((name, value)),
        Err(_) => Err(format!("`{name}` is no header name")),
    });
    named.collect()
}

/// A `Host` header of the guest's own asks for another site of the same server (a virtual host): one origin more, which
/// the rights must reach as well. Behind a shared front it would else lead to anybody's site.
fn virtual_host(scheme: &str, value: &HeaderValue, rights: &Rights) -> Result<String, CallError<String>> {
    let invalid = |message: &str| CallError::Failed(message.to_owned());
    let HeaderValue::Text(text) = value else { return Err(invalid("the header `host` holds no secret")) };
    let url = Url::parse(&format!("{scheme}://{text}")).map_err(|_| invalid("the header `host` names no host"))?;
    let (host, port) = origin(&url).ok_or_else(|| invalid("the header `host` names no host"))?;
    Permit::http(scheme, host, port, Purpose::Anything, rights)?;
    Ok(url[url::Position::BeforeHost..url::Position::AfterPort].to_owned())
}

fn insert_default(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), String> {
    let value = value.parse().map_err(|_| format!("the value of the header `{name}` cannot be sent"))?;
    headers.insert(name, value);
    Ok(())
}

/// A header's text, and whether it holds a secret.
fn filled_value(
    value: &HeaderValue,
    caller: &Caller<'_>,
    hidden: &mut Hidden,
) -> Result<(String, bool), CallError<String>> {
    let name = match value {
        HeaderValue::Text(text) => return Ok((text.clone(), false)),
        HeaderValue::Secret(name) | HeaderValue::Bearer(name) | HeaderValue::Basic { secret: name, .. } => name,
    };
    let secret = caller.secret(name)?.ok_or_else(|| CallError::Failed(missing(name)))?;
    hidden.add(&secret);
    let text = match value {
        HeaderValue::Bearer(_) => format!("Bearer {secret}"),
        HeaderValue::Basic { user, .. } => {
            let credentials = STANDARD.encode(format!("{user}:{secret}"));
            hidden.add(&credentials);
            format!("Basic {credentials}")
        }
        HeaderValue::Text(_) | HeaderValue::Secret(_) => secret,
    };
    Ok((text, true))
}

impl HeaderValue {
    fn len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Secret(text) | Self::Bearer(text) => text.len(),
            Self::Basic { user, secret } => user.len() + secret.len(),
        }
    }
}
