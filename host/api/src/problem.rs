//! How a request fails: RFC 9457 problem documents, with codes that stay. Knows no HTTP library.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::plugin::InstallRequest;

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:tocsin:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    pub code: Code,
    /// What happened this time and what to do about it.
    pub detail: String,
    /// Every error of a configuration or of an upload, where there can be more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemError>,
    /// What a component asks before it can be installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<Box<InstallRequest>>,
}

/// One of several errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemError {
    /// `tocsin.yaml:12:5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// `checks[3].interval`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Stable and for machines: `unknown-key`.
    pub code: String,
    pub message: String,
    /// The way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Problem {
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:tocsin:problem:{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            install: None,
        }
    }

    #[must_use]
    pub fn with_errors(mut self, errors: Vec<ProblemError>) -> Self {
        self.errors = errors;
        self
    }

    #[must_use]
    pub fn with_install(mut self, install: InstallRequest) -> Self {
        self.install = Some(Box::new(install));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for Problem {}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// What went wrong, for machines. Codes are added, never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Code {$(
            $(#[doc = $doc])*
            #[serde(rename = $code)]
            $name,
        )+}

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status it goes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

codes! {
    BadRequest = "bad-request", 400, "The request cannot be read";
    ConfigInvalid = "config-invalid", 422, "The configuration is not valid";
    PluginInvalid = "plugin-invalid", 422, "The file is not a plugin this node can run";
    DigestMismatch = "digest-mismatch", 422, "The file is not the one that was pinned";
    SignatureInvalid = "signature-invalid", 422, "The signature does not fit the file";
    Unauthorized = "unauthorized", 401, "A token is needed";
    Forbidden = "forbidden", 403, "The token's role does not reach this";
    HostNotAllowed = "host-not-allowed", 403, "The request names another host";
    NotFound = "not-found", 404, "There is nothing here";
    CheckNotFound = "check-not-found", 404, "There is no such check";
    PluginNotFound = "plugin-not-found", 404, "There is no such plugin";
    RunNotFound = "run-not-found", 404, "There is no such run";
    AlertNotFound = "alert-not-found", 404, "There is no such alert";
    SilenceNotFound = "silence-not-found", 404, "There is no such silence";
    PageNotFound = "page-not-found", 404, "There is no such page";
    IncidentNotFound = "incident-not-found", 404, "There is no such incident";
    RemediationNotFound = "remediation-not-found", 404, "There is no such remediation";
    PlaybookNotFound = "playbook-not-found", 404, "There is no such playbook";
    SwitchNotThrown = "switch-not-thrown", 404, "No kill switch is thrown there";
    WindowNotFound = "window-not-found", 404, "There is no such maintenance window";
    SloNotFound = "slo-not-found", 404, "There is no such SLO";
    SliNotFound = "sli-not-found", 404, "No SLO is fed by events of this name";
    TranscriptNotKept = "transcript-not-kept", 404, "No transcript was kept of this run";
    MethodNotAllowed = "method-not-allowed", 405, "This cannot be done here";
    /// `install` names what is asked.
    GrantRequired = "grant-required", 409, "The plugin asks for more than it was granted";
    /// `install` names the signer.
    SignerUntrusted = "signer-untrusted", 409, "The signer is not trusted on this node";
    Unsigned = "unsigned", 409, "The plugin is not signed";
    PluginInUse = "plugin-in-use", 409, "Checks use this plugin";
    NoPrevious = "no-previous", 409, "There is no earlier version to go back to";
    AlreadyOver = "already-over", 409, "It is over already";
    WindowConfigured = "window-configured", 409, "The maintenance window stands in the configuration";
    NotAcknowledged = "not-acknowledged", 409, "It is not acknowledged";
    NotApprovable = "not-approvable", 409, "There is nothing to approve";
    PluginFailed = "plugin-failed", 409, "The plugin is not loaded";
    BodyTooLarge = "body-too-large", 413, "The body is too large";
    HeadersTooLarge = "headers-too-large", 431, "The headers are too large";
    Internal = "internal", 500, "The node failed";
    Saturated = "saturated", 503, "The node has no room for this now";
    ShuttingDown = "shutting-down", 503, "The node is shutting down";
    NotReady = "not-ready", 503, "The node is not ready";
    TimedOut = "timed-out", 504, "It took too long";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_the_same_on_the_wire_and_in_words() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
            let wire = serde_json::to_value(code).expect("it serialises");
            assert_eq!(wire, serde_json::json!(code.as_str()));
            assert!((400..600).contains(&code.status()), "{}", code.as_str());
        }
    }

    #[test]
    fn a_problem_document_has_the_members_of_rfc_9457() {
        let document =
            serde_json::to_value(Problem::new(Code::CheckNotFound, "No check is named `web`.")).expect("JSON");
        assert_eq!(
            document,
            serde_json::json!({
                "type": "urn:tocsin:problem:check-not-found",
                "title": "There is no such check",
                "status": 404,
                "code": "check-not-found",
                "detail": "No check is named `web`."
            })
        );
    }
}
