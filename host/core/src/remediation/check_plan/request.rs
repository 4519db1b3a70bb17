//! An HTTP request of a plan: one address in so many words, a method that is known, and the statuses that mean success.

use url::Url;

use super::Faults;
use crate::nearest::nearest;
use crate::plan::{HeaderValue, HttpCall};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const URL_BYTES_MAX: usize = 8_192;
const BODY_BYTES_MAX: usize = 1024 * 1024;
const HEADERS_MAX: usize = 50;
const HEADER_BYTES_MAX: usize = 8_192;
const STATUSES_MAX: usize = 50;
/// Set by whoever sends the request.
const OWN_HEADERS: [&str; 7] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "proxy-authorization"];

/// `what` it is of its verb: the request, or what takes it back.
pub(super) fn check(what: &str, call: &HttpCall, faults: &mut Faults) {
    if !METHODS.contains(&call.method.as_str()) {
        let way_out = nearest(&call.method, METHODS)
            .map_or_else(|| format!("use one of {}", METHODS.join(", ")), |near| format!("did you mean `{near}`?"));
        faults.say(format!("the method `{}` of its {what} is not known", call.method), way_out);
    }
    check_url(what, &call.url, faults);
    check_headers(what, call, faults);
    if call.body.len() > BODY_BYTES_MAX {
        let problem =
            format!("the body of its {what} has {} bytes, and {BODY_BYTES_MAX} are possible", call.body.len());
        faults.say(problem, "send less");
    }
    let is_status = |status: &u16| (200..600).contains(status);
    if call.expected_status.is_empty() || !call.expected_status.iter().all(is_status) {
        let problem = format!("its {what} does not say which status means success");
        faults.say(problem, "name each, such as 200 and 204; none does not mean all");
    }
    faults.at_most("expected statuses", call.expected_status.len(), STATUSES_MAX);
}

fn check_url(what: &str, written: &str, faults: &mut Faults) {
    let url = Url::parse(written).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url.filter(|_| written.len() <= URL_BYTES_MAX) else {
        let shown: String = written.chars().take(200).collect();
        faults.say(format!("`{shown}` of its {what} is no address of the web"), "write it as `https://host/path`");
        return;
    };
    if !url.username().is_empty() || url.password().is_some() {
        let problem = format!("the address of its {what} holds a user or a password");
        faults.say(problem, "name a secret in a header instead");
    }
    // Many an API takes a pattern, or nothing at all, for everything there is.
    let lower = written.to_ascii_lowercase();
    if lower.contains('*') || lower.contains("%2a") {
        faults.say(format!("`{written}` of its {what} holds a wildcard"), "name the one thing that is meant");
    }
    let mut parts = url.path().split('/').skip(1).peekable();
    let mut is_hollow = false;
    while let Some(part) = parts.next() {
        is_hollow |= part.is_empty() && parts.peek().is_some();
    }
    let queries = url.query().unwrap_or_default().split('&');
    if is_hollow || queries.into_iter().any(|pair| pair.ends_with('=')) {
        let problem = format!("`{written}` of its {what} has an empty part of its path or an empty value");
        faults.say(problem, "name what is meant: to many an API nothing is everything");
    }
}

fn check_headers(what: &str, call: &HttpCall, faults: &mut Faults) {
    faults.at_most("headers", call.headers.len(), HEADERS_MAX);
    for (name, value) in call.headers.iter().take(HEADERS_MAX) {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || name.len() > 128 || !name.chars().all(is_token) {
            faults.say(format!("`{name}` of its {what} is no header's name"), "write it as `Content-Type`");
        } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            faults.say(format!("the header `{name}` of its {what} is the host's own to set"), "leave it out");
        }
        if let HeaderValue::Text(text) = value
            && (text.len() > HEADER_BYTES_MAX || text.chars().any(|c| c != '\t' && c.is_control()))
        {
            let problem = format!("the header `{name}` of its {what} has control characters or too many bytes");
            faults.say(problem, "write it on one line, in 8192 bytes at most");
        }
    }
}
