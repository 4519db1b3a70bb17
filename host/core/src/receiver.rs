//! Receivers: who is told, by which integrations, at most how often. Those of Alertmanager's file, with what only
//! `tocsin.yaml` can say of them: SMS, tickets, notifier plugins, escalation, a rate limit, a sign of life.
//! Knows nothing of how anything is sent.

use std::time::Duration;

use crate::alertmanager::{EmailConfig, HttpConfig, PagerDutyConfig, SlackConfig, WebhookConfig};
use crate::capability::Rights;
use crate::config::SecretSource;
use crate::id::{PluginName, ReceiverName};
use crate::limits::Limits;

#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    pub name: ReceiverName,
    pub integrations: Vec<Integration>,
    /// The escalation policy that a page to this receiver climbs.
    pub escalation: Option<String>,
    pub rate_limit: Option<RateLimit>,
    /// How often it is told that this node lives.
    pub heartbeat: Option<Duration>,
}

impl Receiver {
    /// One that tells nobody yet.
    #[must_use]
    pub const fn new(name: ReceiverName) -> Self {
        Self { name, integrations: Vec::new(), escalation: None, rate_limit: None, heartbeat: None }
    }
}

/// At most so many notifications in any such stretch of time; what is held back is sent when there is room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub notifications: u32,
    pub per: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Integration {
    pub kind: Kind,
    pub send_resolved: bool,
    /// Of one attempt; none means the sender's own.
    pub timeout: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Webhook(WebhookConfig),
    Email(EmailConfig),
    Slack(Box<SlackConfig>),
    PagerDuty(Box<PagerDutyConfig>),
    Sms(SmsConfig),
    Ticket(TicketConfig),
    Notifier(NotifierConfig),
}

impl Kind {
    /// As Alertmanager names its own in explanations and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Email(_) => "email",
            Self::Slack(_) => "slack",
            Self::PagerDuty(_) => "pagerduty",
            Self::Sms(_) => "sms",
            Self::Ticket(_) => "ticket",
            Self::Notifier(_) => "notifier",
        }
    }
}

/// A message through an API like Twilio's: a form with `From`, `To` and `Body`, posted with basic authentication.
#[derive(Clone, Debug, PartialEq)]
pub struct SmsConfig {
    /// Of the account's messages: `https://.../2010-04-01/Accounts/AC.../Messages.json`.
    pub url: String,
    pub account: String,
    pub token: SecretSource,
    pub from: String,
    pub to: String,
    /// A template; one line by default.
    pub text: String,
}

/// A ticket opened, and closed again, by requests whose texts are templates.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketConfig {
    pub open: TicketRequest,
    pub resolve: Option<TicketRequest>,
    pub http: HttpConfig,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TicketRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A plugin of kind `notifier`.
#[derive(Clone, Debug, PartialEq)]
pub struct NotifierConfig {
    pub plugin: PluginName,
    pub config: serde_json::Value,
    pub rights: Rights,
    pub limits: Limits,
}
