//! The file's `global` part: what holds where a receiver says nothing.

use std::time::Duration;

use url::Url;

use super::read::{Fields, duration, full, or, secret, secret_url, truth, url};
use super::{HttpConfig, SecretSource, Smarthost, TlsConfig, email, http};
use crate::config::ConfigErrors;

const RESOLVE_TIMEOUT: Duration = Duration::from_secs(300);
const PAGERDUTY_URL: &str = "https://events.pagerduty.com/v2/enqueue";

/// Settings of receivers that are refused by their own names: without one of those they mean nothing.
const UNUSED: [&str; 19] = [
    "jira_api_url",
    "mattermost_webhook_url",
    "mattermost_webhook_url_file",
    "opsgenie_api_key",
    "opsgenie_api_key_file",
    "opsgenie_api_url",
    "rocketchat_api_url",
    "rocketchat_token",
    "rocketchat_token_file",
    "rocketchat_token_id",
    "rocketchat_token_id_file",
    "telegram_api_url",
    "victorops_api_key",
    "victorops_api_key_file",
    "victorops_api_url",
    "webex_api_url",
    "wechat_api_corp_id",
    "wechat_api_secret",
    "wechat_api_url",
];

#[derive(Debug)]
pub(super) struct Defaults {
    pub(super) resolve_timeout: Duration,
    pub(super) http: HttpConfig,
    pub(super) slack_api_url: Option<SecretSource>,
    pub(super) pagerduty_url: Option<Url>,
    pub(super) smtp: Smtp,
}

#[derive(Debug)]
pub(super) struct Smtp {
    pub(super) from: Option<String>,
    pub(super) hello: String,
    pub(super) smarthost: Option<Smarthost>,
    pub(super) auth_username: String,
    pub(super) auth_password: Option<SecretSource>,
    pub(super) auth_secret: Option<SecretSource>,
    pub(super) auth_identity: String,
    pub(super) require_tls: bool,
    pub(super) implicit_tls: Option<bool>,
    pub(super) tls: TlsConfig,
}

pub(super) fn read(file: &mut Fields<'_>, errors: &mut ConfigErrors) -> Defaults {
    let mut defaults = silent();
    file.optional("global", errors, |at, errors| {
        let mut fields = Fields::of(at, errors)?;
        if let Some(timeout) = fields.optional("resolve_timeout", errors, duration) {
            defaults.resolve_timeout = timeout;
        }
        if let Some(http) = fields.optional("http_config", errors, http::read) {
            defaults.http = http;
        }
        defaults.slack_api_url = secret_url(&mut fields, ["slack_api_url", "slack_api_url_file"], errors);
        if let Some(url) = fields.optional("pagerduty_url", errors, url) {
            defaults.pagerduty_url = Some(url);
        }
        defaults.smtp = smtp(&mut fields, errors);
        for key in UNUSED {
            fields.get(key);
        }
        fields.finish(errors);
        Some(())
    });
    defaults
}

fn smtp(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Smtp {
    Smtp {
        from: full(fields, "smtp_from", errors),
        hello: or(fields, "smtp_hello", "localhost", errors),
        smarthost: fields.optional("smtp_smarthost", errors, email::smarthost),
        auth_username: or(fields, "smtp_auth_username", "", errors),
        auth_password: secret(fields, ["smtp_auth_password", "smtp_auth_password_file"], errors),
        auth_secret: secret(fields, ["smtp_auth_secret", "smtp_auth_secret_file"], errors),
        auth_identity: or(fields, "smtp_auth_identity", "", errors),
        require_tls: fields.optional("smtp_require_tls", errors, truth).unwrap_or(true),
        implicit_tls: fields.optional("smtp_force_implicit_tls", errors, truth),
        tls: fields.optional("smtp_tls_config", errors, http::tls).unwrap_or_default(),
    }
}

/// What holds where the file says nothing.
fn silent() -> Defaults {
    Defaults {
        resolve_timeout: RESOLVE_TIMEOUT,
        http: HttpConfig::default(),
        slack_api_url: None,
        pagerduty_url: Url::parse(PAGERDUTY_URL).ok(),
        smtp: Smtp {
            from: None,
            hello: "localhost".to_owned(),
            smarthost: None,
            auth_username: String::new(),
            auth_password: None,
            auth_secret: None,
            auth_identity: String::new(),
            require_tls: true,
            implicit_tls: None,
            tls: TlsConfig::default(),
        },
    }
}
