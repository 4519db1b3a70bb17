//! A receiver's integrations: the kinds that are sent from here, and a way out for each of the others.

use std::time::Duration;

use super::global::Defaults;
use super::read::{At, Fields, duration, is_filled, list, secret_url, truth, whole};
use super::{Integration, IntegrationKind, WebhookConfig, email, http, pagerduty, slack};
use crate::config::ConfigErrors;

/// Alertmanager's other kinds, and its own words for them.
const OTHERS: [(&str, &str); 14] = [
    ("discord_configs", "Discord"),
    ("incidentio_configs", "incident.io"),
    ("jira_configs", "Jira"),
    ("mattermost_configs", "Mattermost"),
    ("msteams_configs", "Microsoft Teams"),
    ("msteamsv2_configs", "Microsoft Teams"),
    ("opsgenie_configs", "OpsGenie"),
    ("pushover_configs", "Pushover"),
    ("rocketchat_configs", "Rocket.Chat"),
    ("sns_configs", "Amazon SNS"),
    ("telegram_configs", "Telegram"),
    ("victorops_configs", "VictorOps"),
    ("webex_configs", "Webex"),
    ("wechat_configs", "WeChat"),
];

type Reader = fn(&mut Fields<'_>, &Defaults, &mut ConfigErrors) -> Option<IntegrationKind>;

/// The kinds that are read, in Alertmanager's order, and whether they tell of what is resolved where nothing is said.
const KINDS: [(&str, bool, Reader); 4] = [
    ("email_configs", false, email::read),
    ("pagerduty_configs", true, pagerduty::read),
    ("slack_configs", false, slack::read),
    ("webhook_configs", true, webhook),
];

/// Reads what stands beside the name.
pub(super) fn read(mut fields: Fields<'_>, defaults: &Defaults, errors: &mut ConfigErrors) -> Vec<Integration> {
    let mut all = Vec::new();
    for (key, send_resolved, read) in KINDS {
        let entries = fields.optional(key, errors, list).unwrap_or_default();
        for (index, at) in entries.iter().enumerate() {
            all.extend(integration(at, index, send_resolved, read, defaults, errors));
        }
    }
    for (key, what) in OTHERS {
        let Some(at) = fields.get(key).filter(is_filled) else { continue };
        let error = at.error("unsupported", format!("{what} is not told from here"));
        errors
            .push(error.help("use `webhook_configs`, or a notifier plugin under this receiver's name in tocsin.yaml"));
    }
    fields.finish(errors);
    all
}

fn integration(
    at: &At<'_>,
    index: usize,
    send_resolved: bool,
    read: Reader,
    defaults: &Defaults,
    errors: &mut ConfigErrors,
) -> Option<Integration> {
    let mut fields = Fields::of(at, errors)?;
    let send_resolved = fields.optional("send_resolved", errors, truth).unwrap_or(send_resolved);
    let kind = read(&mut fields, defaults, errors);
    let timeout = match kind {
        Some(IntegrationKind::Email(_)) => None,
        _ => fields.optional("timeout", errors, duration).filter(|timeout: &Duration| !timeout.is_zero()),
    };
    fields.finish(errors);
    Some(Integration { kind: kind?, index, send_resolved, timeout })
}

fn webhook(fields: &mut Fields<'_>, defaults: &Defaults, errors: &mut ConfigErrors) -> Option<IntegrationKind> {
    let http = fields.optional("http_config", errors, http::read);
    let before = errors.count();
    let url = secret_url(fields, ["url", "url_file"], errors);
    if url.is_none() && errors.count() == before {
        errors.push(fields.at.error("missing-key", "one of the keys `url` and `url_file` is missing"));
    }
    let max_alerts = fields.optional("max_alerts", errors, |at, errors| whole(at, 0, u32::MAX, errors)).unwrap_or(0);
    let http = http.unwrap_or_else(|| defaults.http.clone());
    Some(IntegrationKind::Webhook(WebhookConfig { http, url: url?, max_alerts }))
}
