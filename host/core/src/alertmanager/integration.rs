//! What a receiver can be told by: the kinds that are sent from here, with every field filled in. A field that is a
//! template is kept as it is written; whoever sends expands it.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::{HttpConfig, SecretSource, TlsConfig};

#[derive(Clone, Debug, PartialEq)]
pub struct Integration {
    pub kind: IntegrationKind,
    /// Among those of its kind in its receiver, from 0.
    pub index: usize,
    pub send_resolved: bool,
    /// Of one attempt; none means the sender's own.
    pub timeout: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum IntegrationKind {
    Webhook(WebhookConfig),
    Email(EmailConfig),
    Slack(Box<SlackConfig>),
    PagerDuty(Box<PagerDutyConfig>),
}

impl IntegrationKind {
    /// As Alertmanager names it in metrics and in its log of notifications.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Email(_) => "email",
            Self::Slack(_) => "slack",
            Self::PagerDuty(_) => "pagerduty",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct WebhookConfig {
    pub http: HttpConfig,
    /// A template.
    pub url: SecretSource,
    /// Of one message; 0 means all.
    pub max_alerts: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EmailConfig {
    /// A template of one or more addresses, separated by commas.
    pub to: String,
    /// A template.
    pub from: String,
    pub hello: String,
    pub smarthost: Smarthost,
    /// Empty: no authentication.
    pub auth_username: String,
    /// For LOGIN and PLAIN.
    pub auth_password: Option<SecretSource>,
    /// For CRAM-MD5.
    pub auth_secret: Option<SecretSource>,
    pub auth_identity: String,
    /// By canonical name; the values are templates.
    pub headers: BTreeMap<String, String>,
    /// A template; empty: no such part.
    pub html: String,
    /// A template; empty: no such part.
    pub text: String,
    /// Whether an unencrypted connection must become an encrypted one before the mail is sent.
    pub require_tls: bool,
    /// Whether the connection is encrypted from its start: as configured, else on port 465.
    pub implicit_tls: bool,
    pub tls: TlsConfig,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smarthost {
    pub host: String,
    pub port: u16,
}

/// Every text is a template.
#[derive(Clone, Debug, PartialEq)]
pub struct SlackConfig {
    pub http: HttpConfig,
    pub api_url: SecretSource,
    pub channel: String,
    pub username: String,
    pub color: String,
    pub title: String,
    pub title_link: String,
    pub pretext: String,
    pub text: String,
    pub fields: Vec<SlackField>,
    /// For fields that do not say.
    pub short_fields: bool,
    pub footer: String,
    pub fallback: String,
    pub callback_id: String,
    pub icon_emoji: String,
    pub icon_url: String,
    pub image_url: String,
    pub thumb_url: String,
    pub link_names: bool,
    pub mrkdwn_in: Vec<String>,
    pub actions: Vec<SlackAction>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackField {
    pub title: String,
    pub value: String,
    pub short: Option<bool>,
}

/// A button. With a `url` there is no name, value and confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackAction {
    /// `type`
    pub kind: String,
    pub text: String,
    pub url: String,
    pub style: String,
    pub name: String,
    pub value: String,
    pub confirm: Option<SlackConfirmation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackConfirmation {
    pub text: String,
    pub title: String,
    pub ok_text: String,
    pub dismiss_text: String,
}

/// For PagerDuty's Events API v2. Every text is a template.
#[derive(Clone, Debug, PartialEq)]
pub struct PagerDutyConfig {
    pub http: HttpConfig,
    /// A template where it is inline.
    pub routing_key: SecretSource,
    pub url: Url,
    pub client: String,
    pub client_url: String,
    pub description: String,
    pub details: BTreeMap<String, String>,
    pub images: Vec<PagerDutyImage>,
    pub links: Vec<PagerDutyLink>,
    pub source: String,
    pub severity: String,
    pub class: String,
    pub component: String,
    pub group: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerDutyImage {
    pub src: String,
    pub alt: String,
    pub href: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerDutyLink {
    pub href: String,
    pub text: String,
}
