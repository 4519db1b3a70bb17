//! What an action is asked and what it answers: a plan of typed verbs, or a refusal. A plan is data; nothing here
//! carries one out.

use serde::{Deserialize, Serialize};

use crate::id::CheckName;
use crate::observation::{Label, Observation, Status};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionInput {
    pub playbook: String,
    /// JSON that fits the plugin's own schema.
    pub config: String,
    pub incident: IncidentBrief,
    pub evidence: Vec<CheckEvidence>,
}

/// What an action needs to know of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentBrief {
    pub id: String,
    pub title: String,
    /// 1 (worst) to 4.
    pub severity: u8,
    pub labels: Vec<Label>,
    pub opened_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckEvidence {
    pub check: CheckName,
    pub labels: Vec<Label>,
    pub at: Timestamp,
    pub observation: Observation,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    Plan(Plan),
    /// The reason not to act.
    Refuse(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub summary: String,
    pub why: String,
    pub steps: Vec<Step>,
    pub preconditions: Vec<Precondition>,
    pub verification: Verification,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub verb: Verb,
    pub why: String,
    pub timeout_ms: u32,
}

/// A typed effect the host can carry out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Verb {
    RestartService { unit: String },
    StartService { unit: String },
    StopService { unit: String },
    SignalProcess { name: String, executable: String, pid: u32, started_at: Timestamp, signal: String },
    RunCommand { command: String, arguments: Vec<String> },
    HttpRequest { request: HttpCall, compensate: Option<HttpCall> },
    WriteFile { path: String, content: Vec<u8>, mode: u32 },
    SetSysctl { key: String, value: String },
    DeleteFiles { folder: String, pattern: String, older_than_seconds: u64, count_max: u32, bytes_max: u64 },
    RunCheck { check: CheckName },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCall {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, HeaderValue)>,
    pub body: Vec<u8>,
    pub expected_status: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderValue {
    Text(String),
    /// A secret's name: the host fills its value in.
    Secret(String),
    Bearer(String),
}

/// Must hold right before the first verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precondition {
    pub check: CheckName,
    pub status: Vec<Status>,
    pub why: String,
}

/// What proves that the plan worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub checks: Vec<CheckName>,
    pub settle_ms: u32,
    /// How many times in a row.
    pub times: u32,
}
