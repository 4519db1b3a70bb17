//! From `http_config` and `tls_config` to how requests are made.

use url::Url;

use super::{Authorization, ClientCertificate, HttpConfig, HttpHeader, TlsConfig, TlsVersion};
use crate::alertmanager::read::{At, Fields, full, map, or, refuse, secret, text, texts, truth, url};
use crate::alertmanager::{Secret, SecretSource};
use crate::config::ConfigErrors;
use crate::config::read::word;

/// TLS 1.0 and 1.1 are known words, and refused.
const TLS_VERSIONS: [(&str, Option<TlsVersion>); 4] =
    [("TLS10", None), ("TLS11", None), ("TLS12", Some(TlsVersion::Tls12)), ("TLS13", Some(TlsVersion::Tls13))];

/// What the request itself sets.
const OWN_HEADERS: [&str; 8] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
];

pub(crate) fn read(at: &At<'_>, errors: &mut ConfigErrors) -> Option<HttpConfig> {
    let mut fields = Fields::of(at, errors)?;
    let config = HttpConfig {
        authorization: authorization(&mut fields, errors),
        tls: fields.optional("tls_config", errors, tls).unwrap_or_default(),
        follow_redirects: fields.optional("follow_redirects", errors, truth).unwrap_or(true),
        proxy: fields.optional("proxy_url", errors, proxy),
        headers: fields.optional("http_headers", errors, headers).unwrap_or_default(),
    };
    // Requests are made by HTTP/1.1, which every server of HTTP/2 speaks too.
    fields.optional("enable_http2", errors, truth);
    refuse(&mut fields, "oauth2", "use `authorization` with `credentials_file`, kept fresh by another program", errors);
    refuse(&mut fields, "proxy_from_environment", "write the proxy as `proxy_url`", errors);
    refuse(&mut fields, "no_proxy", "leave `proxy_url` out of the receivers that need no proxy", errors);
    refuse(&mut fields, "proxy_connect_header", "write the proxy's user and password into `proxy_url`", errors);
    fields.finish(errors);
    Some(config)
}

/// At most one of the ways to be known.
fn authorization(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<Authorization> {
    let basic = fields.optional("basic_auth", errors, basic);
    let scheme = fields.optional("authorization", errors, scheme);
    let bearer = secret(fields, ["bearer_token", "bearer_token_file"], errors)
        .map(|credentials| Authorization::Scheme { scheme: "Bearer".to_owned(), credentials });
    let given: Vec<Authorization> = [basic, scheme, bearer].into_iter().flatten().collect();
    if given.len() > 1 {
        let error =
            fields.at.error("both", "more than one of `basic_auth`, `authorization` and `bearer_token` is given");
        errors.push(error.help("keep one of them"));
    }
    given.into_iter().next()
}

fn basic(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Authorization> {
    let mut fields = Fields::of(at, errors)?;
    let none = || SecretSource::Inline(Secret::new(""));
    let username = secret(&mut fields, ["username", "username_file"], errors).unwrap_or_else(none);
    let password = secret(&mut fields, ["password", "password_file"], errors).unwrap_or_else(none);
    fields.finish(errors);
    Some(Authorization::Basic { username, password })
}

fn scheme(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Authorization> {
    let mut fields = Fields::of(at, errors)?;
    let scheme = or(&mut fields, "type", "Bearer", errors);
    if scheme.eq_ignore_ascii_case("basic") {
        let error = at.error("unsupported", "the type `Basic` is not possible here");
        errors.push(error.help("use `basic_auth`"));
    }
    let before = errors.count();
    let credentials = secret(&mut fields, ["credentials", "credentials_file"], errors);
    if credentials.is_none() && errors.count() == before {
        errors.push(at.error("missing-key", "one of the keys `credentials` and `credentials_file` is missing"));
    }
    fields.finish(errors);
    Some(Authorization::Scheme { scheme, credentials: credentials? })
}

fn proxy(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Url> {
    // An empty one is none.
    if text(at, errors)?.is_empty() {
        return None;
    }
    let proxy = url(at, errors)?;
    if proxy.scheme() != "http" {
        let error = at.error("unsupported", "a proxy that is itself spoken to by TLS is not supported here");
        errors.push(error.help("write the proxy as `http://host:port`"));
        return None;
    }
    Some(proxy)
}

fn headers(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<HttpHeader>> {
    let mut headers = Vec::new();
    for (key, node) in map(at, errors)? {
        let lower = key.name.to_ascii_lowercase();
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if OWN_HEADERS.contains(&lower.as_str()) || !is_name(&lower) {
            let message = format!("the header `{}` cannot be set", key.name);
            errors.push(at.error_at_key(key, "header", message));
            continue;
        }
        let Some(mut fields) = Fields::of(&at.of_key(&key.name, node), errors) else { continue };
        let values = fields.optional("values", errors, texts).unwrap_or_default();
        let secrets = fields.optional("secrets", errors, texts).unwrap_or_default();
        let files = fields.optional("files", errors, texts).unwrap_or_default();
        fields.finish(errors);
        let inline = values.into_iter().chain(secrets).map(|value| SecretSource::Inline(Secret::new(value)));
        let files = files.into_iter().map(|file| SecretSource::File(at.source.folder.join(file)));
        headers.push(HttpHeader { name: key.name.clone(), values: inline.chain(files).collect() });
    }
    Some(headers)
}

pub(in crate::alertmanager) fn tls(at: &At<'_>, errors: &mut ConfigErrors) -> Option<TlsConfig> {
    let mut fields = Fields::of(at, errors)?;
    let ca = secret(&mut fields, ["ca", "ca_file"], errors);
    let certificate = secret(&mut fields, ["cert", "cert_file"], errors);
    let key = secret(&mut fields, ["key", "key_file"], errors);
    if certificate.is_some() != key.is_some() {
        let error = at.error("missing-key", "a client's certificate needs its key, and a key its certificate");
        errors.push(error.help("give both `cert_file` and `key_file`"));
    }
    let certificate = certificate.zip(key).map(|(certificate, key)| ClientCertificate { certificate, key });
    let server_name = full(&mut fields, "server_name", errors);
    let insecure_skip_verify = fields.optional("insecure_skip_verify", errors, truth).unwrap_or(false);
    let min_version = fields.optional("min_version", errors, tls_version);
    let max_version = fields.optional("max_version", errors, tls_version);
    if max_version.is_some_and(|max| min_version.is_some_and(|min| min > max)) {
        errors.push(at.error("range", "`min_version` is above `max_version`"));
    }
    for key in ["ca_ref", "cert_ref", "key_ref"] {
        refuse(&mut fields, key, "name a file instead", errors);
    }
    fields.finish(errors);
    Some(TlsConfig { ca, certificate, server_name, insecure_skip_verify, min_version, max_version })
}

fn tls_version(at: &At<'_>, errors: &mut ConfigErrors) -> Option<TlsVersion> {
    let version = word(at, &TLS_VERSIONS, errors)?;
    if version.is_none() {
        let error = at.error("unsupported", "TLS 1.0 and 1.1 are not supported here");
        errors.push(error.help("use `TLS12` or `TLS13`"));
    }
    version
}
