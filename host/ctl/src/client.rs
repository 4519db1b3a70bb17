//! The way to a node: where it is, with which token, and what its answers mean. Problem documents become sentences.
//! Knows no subcommand.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    #[error("{detail}{}", hint(*status))]
    Refused { status: u16, code: String, detail: String, problem: Value },
    #[error("the node could not do it ({status} at {path}): {detail}")]
    Failed { status: u16, path: String, detail: String },
    #[error("what {path} answered is not what this pluginctl understands; are both of the same version?")]
    Unreadable { path: String, source: serde_json::Error },
    #[error("{path} could not be asked")]
    Transport { path: String, source: Box<ureq::Error> },
}

fn hint(status: u16) -> &'static str {
    match status {
        401 => {
            "\nThe admin token lies in the node's data folder: name that with --data or TOCSIN_DATA, or pass --token."
        }
        403 => "\nThis token's role does not allow it.",
        _ => "",
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
            400..500 => Err(refused(status, &body)),
            _ => Err(NodeError::Failed { status, path: path.to_owned(), detail: Problem::read(&body).detail }),
        }
    }
}

type Answer = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

fn refused(status: u16, body: &[u8]) -> NodeError {
    let Problem { code, detail, document } = Problem::read(body);
    NodeError::Refused { status, code, detail, problem: document }
}

/// A problem document (RFC 9457), or whatever came in its place.
struct Problem {
    code: String,
    detail: String,
    document: Value,
}

impl Problem {
    fn read(body: &[u8]) -> Self {
        let document: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |key: &str| document.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let detail = match (text("title"), text("detail")) {
            (_, Some(detail)) => detail.to_owned(),
            (Some(title), None) => title.to_owned(),
            (None, None) => String::from_utf8_lossy(body.get(..500).unwrap_or(body)).into_owned(),
        };
        Self { code: text("code").unwrap_or_default().to_owned(), detail, document: document.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_becomes_its_detail_and_the_way_out() {
        let body = br#"{"type":"about:blank","title":"Unauthorized","status":401,"code":"no-token","detail":"A token is needed."}"#;
        let error = refused(401, body);
        assert!(error.to_string().starts_with("A token is needed.\nThe admin token lies in"), "{error}");
        assert!(matches!(error, NodeError::Refused { code, .. } if code == "no-token"));
    }

    #[test]
    fn an_answer_that_is_no_problem_document_is_shown_as_it_came() {
        assert_eq!(refused(404, b"not here").to_string(), "not here");
    }

    #[test]
    fn a_port_without_a_node_says_so() {
        let args = NodeArgs { url: "http://127.0.0.1:1".to_owned(), token: Some("t".to_owned()), data: None };
        let error = Node::new(&args).get::<Value>("/api/v1/status").unwrap_err();
        assert!(matches!(error, NodeError::Unreachable { .. }), "{error:?}");
    }
}
