//! Asking, and asking again where a redirect leads to and the config allows it.

use tocsin_sdk::http::{self, Failure, Request, Response};
use tocsin_sdk::{CallError, Error};

use crate::config::{Auth, Config};
use crate::url;

/// What came of asking.
pub(crate) enum Asked {
    /// The last answer.
    Answered(Response),
    /// A redirect led where the config does not allow it.
    LedAstray { from: Response, to: String },
    /// No answer.
    Failed(Failure),
}

pub(crate) fn ask(config: &Config) -> Result<Asked, Error> {
    let mut at = config.url.clone();
    let mut method = config.method.as_str();
    for left in (0..=config.redirects_max).rev() {
        let response = match request(config, method, &at)?.send() {
            Ok(response) => response,
            Err(CallError::Failed(failure)) => return Ok(Asked::Failed(failure)),
            Err(denied) => return Err(denied.into()),
        };
        let leads_on = left > 0 && matches!(response.status, 301 | 302 | 303 | 307 | 308);
        let Some(location) = response.header("location").filter(|_| leads_on) else {
            return Ok(Asked::Answered(response));
        };
        let allowed = |to: &String| {
            std::iter::once(&config.url).chain(&config.redirect_origins).any(|one| url::same_origin(one, to))
        };
        match url::join(&at, location) {
            Some(to) if allowed(&to) => at = to,
            elsewhere => {
                let to = elsewhere.unwrap_or_else(|| location.to_owned());
                return Ok(Asked::LedAstray { from: response, to });
            }
        }
        // As browsers do: what was posted is not posted again, unless the status says so.
        if response.status == 303 || (response.status < 303 && method == "POST") {
            method = "GET";
        }
    }
    Err(Error::new("the redirects never ended")) // Not reached: the last round always answers.
}

fn request(config: &Config, method: &str, at: &str) -> Result<Request, Error> {
    let mut request =
        http::request(method, at).timeout(config.timeout).body_max(config.body_bytes_max).tls(config.tls.options());
    for header in &config.headers {
        request = request.header(&header.name, &header.value);
    }
    if let Some(body) = config.body.as_ref().filter(|_| method == config.method) {
        request = request.body(body.as_bytes());
    }
    // Secrets go to the origin they were given for, and to no other.
    if !url::same_origin(&config.url, at) {
        return Ok(request);
    }
    for header in &config.secret_headers {
        request = request.secret_header(&header.name, &header.secret);
    }
    match &config.auth {
        None => Ok(request),
        Some(Auth { bearer: Some(secret), user: None, password: None }) => Ok(request.bearer(secret)),
        Some(Auth { bearer: None, user: Some(user), password: Some(secret) }) => Ok(request.basic(user, secret)),
        Some(_) => Err(Error::new("config: `auth` wants either `bearer`, or `user` and `password`")),
    }
}
