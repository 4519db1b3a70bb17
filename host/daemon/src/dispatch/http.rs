//! HTTP to a receiver: a client for each destination, as its `http_config` says, and one exchange with the answer
//! bounded. Knows nothing of what is said.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Proxy, Url, redirect};
use tocsin_core::alertmanager::{Authorization, HttpConfig, TlsConfig};
use tocsin_core::notify::{Answer, Cause, Destination, Dialect, Ended};
use tocsin_core::time::Timestamp;

use super::secret::{self, Revealed};
use super::tls::{Identity, Material};
use crate::registry::chain;

/// Of an answer; what is longer is cut off.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const REDIRECTS_MAX: usize = 10;
/// More destinations than a configuration has: then all clients are made anew.
const CLIENTS_MAX: usize = 20_000;

/// What is asked of the other side.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Clients with their open connections. One is used as long as everything it was made of is the same.
#[derive(Debug, Default)]
pub struct Clients(Mutex<HashMap<Destination, (Shape, Client)>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    tls: Material,
    follow_redirects: bool,
    proxy: Option<Url>,
}

impl Clients {
    pub(super) async fn client(
        &self,
        to: &Destination,
        config: &HttpConfig,
        ca_file: Option<&Path>,
        revealed: &mut Revealed,
    ) -> Result<Client, Ended> {
        let tls = material(&config.tls, ca_file, revealed).await?;
        let shape = Shape { tls, follow_redirects: config.follow_redirects, proxy: config.proxy.clone() };
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.get(to).filter(|(made_of, _)| *made_of == shape) {
            return Ok(client.clone());
        }
        let client = shape.client()?;
        if clients.len() >= CLIENTS_MAX {
            clients.clear();
        }
        clients.insert(to.clone(), (shape, client.clone()));
        Ok(client)
    }
}

impl Shape {
    fn client(&self) -> Result<Client, Ended> {
        let tls = self.tls.config().map_err(|error| secret::failed(format!("tls_config: {}", chain(&error))))?;
        let redirects =
            if self.follow_redirects { redirect::Policy::limited(REDIRECTS_MAX) } else { redirect::Policy::none() };
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(redirects)
            .user_agent(concat!("Tocsin/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        let builder = match &self.proxy {
            Some(url) => {
                let proxy = Proxy::all(url.clone()).map_err(|error| secret::failed(reason_of(error)))?;
                builder.proxy(proxy)
            }
            None => builder,
        };
        builder.build().map_err(|error| secret::failed(reason_of(error)))
    }
}

/// Reads what `tls_config` names.
pub(super) async fn material(
    tls: &TlsConfig,
    ca_file: Option<&Path>,
    revealed: &mut Revealed,
) -> Result<Material, Ended> {
    let mut material = Material {
        server_name: tls.server_name.clone(),
        insecure: tls.insecure_skip_verify,
        min: tls.min_version,
        max: tls.max_version,
        ..Material::default()
    };
    if let Some(ca) = &tls.ca {
        material.ca = Some(revealed.reveal(ca).await?);
    } else if let Some(file) = ca_file {
        material.besides = Some(secret::file(file).await?);
    }
    if let Some(own) = &tls.certificate {
        let certificate = revealed.reveal(&own.certificate).await?;
        material.identity = Some(Identity { certificate, key: revealed.reveal(&own.key).await? });
    }
    Ok(material)
}

/// One request and what its answer means.
pub(super) async fn exchange(
    client: &Client,
    (config, dialect): (&HttpConfig, Dialect),
    request: Request,
    (timeout, now): (Duration, Timestamp),
    revealed: &mut Revealed,
) -> Result<Ended, Ended> {
    let url = Url::parse(&request.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| Ended::rejected("what the address renders to is not an address of the web".to_owned()))?;
    let headers = headers(config, &request.headers, revealed).await?;
    let asked = client.request(request.method, url).headers(headers).body(request.body);
    let answered = async {
        let mut answer = asked.send().await.map_err(|error| Ended::failed(Cause::Other, reason_of(error), None))?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        let whole = loop {
            match answer.chunk().await {
                Ok(Some(bytes)) => body.extend_from_slice(&bytes),
                Ok(None) => break true,
                Err(_) => break false,
            }
            if body.len() >= ANSWER_BYTES_MAX {
                body.truncate(ANSWER_BYTES_MAX);
                break true;
            }
        };
        if !whole && dialect != Dialect::Plain && answer.status().is_success() {
            return Err(Ended::failed(Cause::Server, format!("status {status}, but the answer broke off"), None));
        }
        let body = String::from_utf8_lossy(&body);
        Ok(Ended::of_http(dialect, Answer { status, retry_after: retry_after.as_deref(), body: &body }, now))
    };
    tokio::time::timeout(timeout, answered).await.unwrap_or_else(|_| {
        let reason = format!("no answer within {} ms", timeout.as_millis());
        Err(Ended::failed(Cause::Deadline, reason, None))
    })
}

/// Those of the request, then those of the configuration, and who we are.
async fn headers(config: &HttpConfig, own: &[(String, String)], revealed: &mut Revealed) -> Result<HeaderMap, Ended> {
    let mut headers = HeaderMap::new();
    for (name, value) in own {
        headers.insert(header_name(name)?, header_value(name, value)?);
    }
    for header in &config.headers {
        for value in &header.values {
            let value = revealed.reveal(value).await?;
            headers.append(header_name(&header.name)?, header_value(&header.name, &value)?);
        }
    }
    let authorization = match &config.authorization {
        None => return Ok(headers),
        Some(Authorization::Basic { username, password }) => {
            basic(&revealed.reveal(username).await?, &revealed.reveal(password).await?)
        }
        Some(Authorization::Scheme { scheme, credentials }) => {
            format!("{scheme} {}", revealed.reveal(credentials).await?)
        }
    };
    let mut value = header_value("authorization", &authorization)?;
    value.set_sensitive(true);
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

pub(super) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

fn header_name(name: &str) -> Result<HeaderName, Ended> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| Ended::rejected(format!("`{name}` is not a header's name")))
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, Ended> {
    HeaderValue::from_str(value)
        .map_err(|_| Ended::rejected(format!("what the header `{name}` renders to cannot be sent")))
}

/// With everything that caused it, and without the address, which may be a secret.
fn reason_of(error: reqwest::Error) -> String {
    chain(&error.without_url())
}
