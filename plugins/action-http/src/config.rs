//! What to read first, what holds the numbers, what to send, and what takes it back.
//!
//! Texts may hold values in braces: of the incident, of what was read (`{deployment.replicas}`), and of what was worked out
//! (`{scale.to}`). A string of `json` that is one such name takes the value as it is: a number stays a number.

use std::collections::BTreeMap;

use tocsin_sdk::actions::Verify;
use tocsin_sdk::serde_json::Value;
use tocsin_sdk::{Period, Status};

use crate::capacity::Capacity;
use crate::pick::Pick;
use crate::scale::Scale;

/// One request, and all that it depends on.
#[tocsin_sdk::config]
pub(crate) struct Config {
    /// What to read first, in this order. One that answers otherwise than expected ends it.
    #[schemars(length(max = 8))]
    #[serde(default)]
    pub(crate) reads: Vec<Read>,
    /// A number to multiply, within bounds: gives `{scale.from}` and `{scale.to}`.
    pub(crate) scale: Option<Scale>,
    /// What healthy peers can carry, which must stay above a floor: gives `{capacity.left}`.
    pub(crate) capacity: Option<Capacity>,
    /// The newest healthy one of a list before the current one: gives `{pick.value}`.
    pub(crate) pick: Option<Pick>,
    /// What to send.
    pub(crate) request: Call,
    /// What takes it back: sent to undo it.
    pub(crate) compensate: Option<Call>,
    /// Headers of both.
    #[serde(default)]
    pub(crate) headers: Vec<Header>,
    /// Headers of both whose values are secrets.
    #[serde(default)]
    pub(crate) secret_headers: Vec<SecretHeader>,
    /// The name of the secret that is the bearer token of both.
    pub(crate) bearer: Option<String>,
    /// How long it may take.
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Period,
    /// One line for people: what the plan does.
    pub(crate) summary: Option<String>,
    /// One sentence for people: why it helps.
    pub(crate) why: Option<String>,
    /// Acts only on a critical finding of this code.
    pub(crate) only_if: Option<String>,
    /// What must hold right before it is sent, however long ago the plan was made.
    #[serde(default)]
    pub(crate) preconditions: Vec<Require>,
    /// What must be ok afterwards.
    #[serde(default)]
    pub(crate) verify: Verify,
}

/// One GET.
#[tocsin_sdk::config]
pub(crate) struct Read {
    /// What its values are called by: `{deployment.replicas}`.
    pub(crate) name: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) headers: Vec<Header>,
    #[serde(default)]
    pub(crate) secret_headers: Vec<SecretHeader>,
    /// The name of the secret that is its bearer token.
    pub(crate) bearer: Option<String>,
    #[serde(default = "five_seconds")]
    pub(crate) timeout: Period,
    /// What the answer must be.
    #[serde(default)]
    pub(crate) expect: Expect,
    /// Values of the answer by name, each with its JSON pointer: `{ replicas: /spec/replicas }`.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
}

/// What makes an answer the one expected; all of it must hold.
#[tocsin_sdk::config]
#[serde(default)]
pub(crate) struct Expect {
    /// Good statuses.
    pub(crate) status: Vec<u16>,
    /// Conditions on the body as JSON.
    pub(crate) json: Vec<JsonCondition>,
}

/// A value in the body. Without `equals`, `min` and `max` it must just be there.
#[tocsin_sdk::config]
pub(crate) struct JsonCondition {
    /// A JSON pointer: `/status/ready`.
    pub(crate) pointer: String,
    pub(crate) equals: Option<Value>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// A request to send.
#[tocsin_sdk::config]
pub(crate) struct Call {
    #[serde(default)]
    pub(crate) method: Method,
    /// Its origin is written out; values may stand in path and query, where they are percent-encoded.
    pub(crate) url: String,
    /// The body as JSON.
    pub(crate) json: Option<Value>,
    /// The body as text.
    pub(crate) text: Option<String>,
    /// Statuses that say it was done.
    #[schemars(length(min = 1))]
    #[serde(default = "done")]
    pub(crate) expected_status: Vec<u16>,
}

#[tocsin_sdk::config]
#[derive(Copy, Default)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    #[default]
    Post,
    Put,
    Patch,
    Delete,
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

/// A check that must be so.
#[tocsin_sdk::config]
pub(crate) struct Require {
    pub(crate) check: String,
    /// Its status is one of these.
    #[schemars(length(min = 1))]
    #[serde(default = "only_ok")]
    pub(crate) status: Vec<Standing>,
}

#[tocsin_sdk::config]
#[derive(Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Standing {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl Default for Expect {
    fn default() -> Self {
        Self { status: vec![200], json: Vec::new() }
    }
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl From<Standing> for Status {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Ok => Self::Ok,
            Standing::Warning => Self::Warning,
            Standing::Critical => Self::Critical,
            Standing::Unknown => Self::Unknown,
        }
    }
}

fn five_seconds() -> Period {
    Period::from_secs(5)
}

fn ten_seconds() -> Period {
    Period::from_secs(10)
}

fn done() -> Vec<u16> {
    vec![200, 201, 202, 204]
}

fn only_ok() -> Vec<Standing> {
    vec![Standing::Ok]
}
