//! The way to a node: where it is, with which token, and what its answers mean. Problem documents become sentences.
//! Knows no subcommand.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tocsin_api::{Code, Problem};

mod token;

/// Where the node is and how to be let in. Every subcommand that talks to a node takes these.
#[derive(Args, Clone, Debug)]
pub struct NodeArgs {
    /// The node's address.
    #[arg(long, global = true, env = "TOCSIN_URL", default_value = "http://127.0.0.1:7117", value_name = "URL")]
    pub url: String,
    /// A bearer token; else the admin token in the node's data folder is used.
    #[arg(long, global = true, env = "TOCSIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<String>,
    /// The node's data folder, where its admin token and plugins.lock lie.
    #[arg(long, global = true, env = "TOCSIN_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// What went wrong on the way to a node, or what it said no to.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error("no node answers at {url}; is pluginhost running there? --url or TOCSIN_URL names another")]
    Unreachable { url: String, source: Box<ureq::Error> },
    #[error("{}", sentences(problem))]
    Refused { problem: Box<Problem> },
    #[error("the node could not do it ({status} at {path}): {detail}")]
    Failed { status: u16, path: String, detail: String },
    #[error("what {path} answered is not what this pluginctl understands; are both of the same version?")]
    Unreadable { path: String, source: serde_json::Error },
    #[error("{path} could not be asked")]
    Transport { path: String, source: Box<ureq::Error> },
}

/// The problem, each of its errors, and the way out.
fn sentences(problem: &Problem) -> String {
    let mut lines = vec![problem.detail.clone()];
    for error in &problem.errors {
        let place =
            [&error.place, &error.path].map(|part| part.as_ref().map(|part| format!("{part}: ")).unwrap_or_default());
        lines.push(format!("  {}{}", place.concat(), error.message));
        lines.extend(error.help.iter().map(|help| format!("    {help}")));
    }
    lines.extend(way_out(problem.code).map(str::to_owned));
    lines.join("\n")
}

const fn way_out(code: Code) -> Option<&'static str> {
    match code {
        Code::Unauthorized => Some(
            "The admin token lies in the node's data folder: name that with --data or TOCSIN_DATA, or pass --token.",
        ),
        Code::PluginInUse => Some("Take those out of the configuration and `pluginctl reload` first."),
        _ => None,
    }
}

impl NodeError {
    /// 1 failed, 3 the node refused, 4 no node there.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Unreachable { .. } => 4,
            Self::Refused { .. } => 3,
            Self::Failed { .. } | Self::Unreadable { .. } | Self::Transport { .. } => 1,
        })
    }
}

/// A node's HTTP API.
#[derive(Debug)]
pub struct Node {
    url: String,
    token: Option<String>,
    agent: ureq::Agent,
}

/// A loaded component compiles for a while on a slow machine; everything else answers at once.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Transcripts and components: the largest things a node sends.
const BODY_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Of an answer that is no problem document.
const SHOWN_BYTES_MAX: usize = 500;

impl Node {
    /// Reads the token, but does not connect yet.
    #[must_use]
    pub fn new(args: &NodeArgs) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("pluginctl/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { url: args.url.trim_end_matches('/').to_owned(), token: token::find(args), agent: config.into() }
    }

    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, NodeError> {
        self.read(path, self.authorised(self.agent.get(self.at(path))).call())
    }

    /// As [`Self::get`], with `query`'s fields as the query.
    pub fn get_with<T: DeserializeOwned>(&self, path: &str, query: &impl Serialize) -> Result<T, NodeError> {
        self.get(&format!("{path}{}", query_string(query)))
    }

    /// As [`Self::get`]; none where the node says that there is no such thing.
    pub fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, NodeError> {
        match self.get(path) {
            Ok(found) => Ok(Some(found)),
            Err(NodeError::Refused { problem }) if problem.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A body that is not JSON.
    pub fn get_bytes(&self, path: &str) -> Result<Vec<u8>, NodeError> {
        let response = self.authorised(self.agent.get(self.at(path))).call();
        self.accept(path, response)
    }

    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, NodeError> {
        self.read(path, self.authorised(self.agent.post(self.at(path))).send_json(body))
    }

    pub fn post_bytes<T: DeserializeOwned>(&self, path: &str, media_type: &str, body: &[u8]) -> Result<T, NodeError> {
        let request = self.authorised(self.agent.post(self.at(path))).content_type(media_type);
        self.read(path, request.send(body))
    }

    pub fn patch<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, NodeError> {
        self.read(path, self.authorised(self.agent.patch(self.at(path))).send_json(body))
    }

    pub fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, NodeError> {
        self.read(path, self.authorised(self.agent.put(self.at(path))).send_json(body))
    }

    pub fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, NodeError> {
        self.read(path, self.authorised(self.agent.delete(self.at(path))).call())
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn authorised<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    fn read<T: DeserializeOwned>(&self, path: &str, response: Answer) -> Result<T, NodeError> {
        let body = self.accept(path, response)?;
        // An empty body is JSON's null: what `()` and `Option` read.
        let body = if body.is_empty() { b"null".as_slice() } else { body.as_slice() };
        serde_json::from_slice(body).map_err(|source| NodeError::Unreadable { path: path.to_owned(), source })
    }

    fn accept(&self, path: &str, response: Answer) -> Result<Vec<u8>, NodeError> {
        let mut response = response.map_err(|source| match source {
            ureq::Error::ConnectionFailed | ureq::Error::HostNotFound | ureq::Error::Io(_) => {
                NodeError::Unreachable { url: self.url.clone(), source: Box::new(source) }
            }
            source => NodeError::Transport { path: path.to_owned(), source: Box::new(source) },
        })?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_vec();
        let body = body.map_err(|source| NodeError::Transport { path: path.to_owned(), source: Box::new(source) })?;
        match status {
            200..300 => Ok(body),
            _ => Err(failure(status, path, &body)),
        }
    }
}

type Answer = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// A name as one segment of a path.
#[must_use]
pub fn segment(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// `?key=value&...` of the fields that are set; empty where none is.
#[must_use]
pub fn query_string(query: &impl Serialize) -> String {
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(query) else { return String::new() };
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = fields.iter().filter(|(_, value)| !value.is_null());
    let fields: Vec<_> = fields.map(|(key, value)| format!("{key}={}", segment(&text(value)))).collect();
    if fields.is_empty() { String::new() } else { format!("?{}", fields.join("&")) }
}

/// A refusal with its reason, or what else came.
fn failure(status: u16, path: &str, body: &[u8]) -> NodeError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) if status < 500 => NodeError::Refused { problem: Box::new(problem) },
        Ok(problem) => NodeError::Failed { status, path: path.to_owned(), detail: problem.detail },
        Err(_) => {
            let shown = body.get(..SHOWN_BYTES_MAX).unwrap_or(body);
            NodeError::Failed { status, path: path.to_owned(), detail: String::from_utf8_lossy(shown).into_owned() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_where_and_the_way_out() {
        let error = tocsin_api::ProblemError {
            place: Some("tocsin.yaml:3:5".to_owned()),
            path: Some("checks[0].intervall".to_owned()),
            code: "unknown-key".to_owned(),
            message: "unknown key".to_owned(),
            help: Some("did you mean `interval`?".to_owned()),
        };
        let problem = Problem::new(Code::ConfigInvalid, "The configuration has 1 error.").with_errors(vec![error]);
        let body = serde_json::to_vec(&problem).unwrap();
        let expected = "The configuration has 1 error.\n  tocsin.yaml:3:5: checks[0].intervall: unknown key\n    did you mean `interval`?";
        assert_eq!(failure(422, "/api/v1/reload", &body).to_string(), expected);
    }

    #[test]
    fn a_query_holds_what_is_set_and_encodes_it() {
        let query =
            tocsin_api::CheckQuery { label: Some("team=web,tier=1".to_owned()), limit: Some(5), ..Default::default() };
        assert_eq!(query_string(&query), "?label=team%3Dweb%2Ctier%3D1&limit=5");
        assert_eq!(query_string(&tocsin_api::CheckQuery::default()), "");
    }

    #[test]
    fn an_answer_that_is_no_problem_document_is_shown_as_it_came() {
        let error = failure(502, "/api/v1/status", b"bad gateway").to_string();
        assert_eq!(error, "the node could not do it (502 at /api/v1/status): bad gateway");
    }

    #[test]
    fn a_port_without_a_node_says_so() {
        let args = NodeArgs { url: "http://127.0.0.1:1".to_owned(), token: Some("t".to_owned()), data: None };
        let error = Node::new(&args).get::<serde_json::Value>("/api/v1/status").unwrap_err();
        assert!(matches!(error, NodeError::Unreachable { .. }), "{error:?}");
    }
}
