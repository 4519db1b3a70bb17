//! `slack_configs`, with Alertmanager's own templates where nothing is said.

use super::global::Defaults;
use super::read::{At, Fields, full, list, needed, or, refuse, secret_url, texts, truth};
use super::{IntegrationKind, SlackAction, SlackConfig, SlackConfirmation, SlackField, http};
use crate::config::ConfigErrors;

pub(super) fn read(fields: &mut Fields<'_>, defaults: &Defaults, errors: &mut ConfigErrors) -> Option<IntegrationKind> {
    let http = fields.optional("http_config", errors, http::read);
    let before = errors.count();
    let api_url = secret_url(fields, ["api_url", "api_url_file"], errors).or_else(|| defaults.slack_api_url.clone());
    if api_url.is_none() && errors.count() == before {
        let error = fields.at.error("missing-key", "one of the keys `api_url` and `api_url_file` is missing");
        errors.push(error.help("or set `slack_api_url` under `global`"));
    }
    for key in ["app_token", "app_token_file", "app_url"] {
        refuse(fields, key, "use `api_url` with an incoming webhook", errors);
    }
    refuse(fields, "update_message", "remove it: every notification is a message of its own", errors);
    let mut text = |key: &'static str, default: &str| or(fields, key, default, errors);
    let config = SlackConfig {
        http: http.unwrap_or_else(|| defaults.http.clone()),
        channel: text("channel", ""),
        username: text("username", r#"{{ template "slack.default.username" . }}"#),
        color: text("color", r#"{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}"#),
        title: text("title", r#"{{ template "slack.default.title" . }}"#),
        title_link: text("title_link", r#"{{ template "slack.default.titlelink" . }}"#),
        pretext: text("pretext", r#"{{ template "slack.default.pretext" . }}"#),
        text: text("text", r#"{{ template "slack.default.text" . }}"#),
        footer: text("footer", r#"{{ template "slack.default.footer" . }}"#),
        fallback: text("fallback", r#"{{ template "slack.default.fallback" . }}"#),
        callback_id: text("callback_id", r#"{{ template "slack.default.callbackid" . }}"#),
        icon_emoji: text("icon_emoji", r#"{{ template "slack.default.iconemoji" . }}"#),
        icon_url: text("icon_url", r#"{{ template "slack.default.iconurl" . }}"#),
        image_url: text("image_url", ""),
        thumb_url: text("thumb_url", ""),
        fields: entries(fields, "fields", field, errors),
        actions: entries(fields, "actions", action, errors),
        short_fields: fields.optional("short_fields", errors, truth).unwrap_or(false),
        link_names: fields.optional("link_names", errors, truth).unwrap_or(false),
        mrkdwn_in: fields.optional("mrkdwn_in", errors, texts).unwrap_or_default(),
        // Last, so that without one all else is read, and what is wrong there is said too.
        api_url: api_url?,
    };
    Some(IntegrationKind::Slack(Box::new(config)))
}

fn entries<T>(
    fields: &mut Fields<'_>,
    key: &'static str,
    read: fn(&mut Fields<'_>, &mut ConfigErrors) -> Option<T>,
    errors: &mut ConfigErrors,
) -> Vec<T> {
    let mut all = Vec::new();
    for at in fields.optional(key, errors, list).unwrap_or_default() {
        let Some(mut fields) = Fields::of(&at, errors) else { continue };
        all.extend(read(&mut fields, errors));
        fields.finish(errors);
    }
    all
}

fn field(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<SlackField> {
    let title = needed(fields, "title", errors);
    let value = needed(fields, "value", errors);
    let short = fields.optional("short", errors, truth);
    Some(SlackField { title: title?, value: value?, short })
}

/// With a `url` it is a link; else its `name` and `value` are sent back.
fn action(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<SlackAction> {
    let kind = needed(fields, "type", errors);
    let text = needed(fields, "text", errors);
    let url = or(fields, "url", "", errors);
    let style = or(fields, "style", "", errors);
    let name = full(fields, "name", errors);
    let value = or(fields, "value", "", errors);
    let confirm = fields.optional("confirm", errors, confirmation);
    let (kind, text) = (kind?, text?);
    match (url.is_empty(), name) {
        (false, _) => {
            let (name, value, confirm) = (String::new(), String::new(), None);
            Some(SlackAction { kind, text, url, style, name, value, confirm })
        }
        (true, Some(name)) => Some(SlackAction { kind, text, url, style, name, value, confirm }),
        (true, None) => {
            errors.push(fields.at.error("missing-key", "one of the keys `url` and `name` is missing"));
            None
        }
    }
}

fn confirmation(at: &At<'_>, errors: &mut ConfigErrors) -> Option<SlackConfirmation> {
    let mut fields = Fields::of(at, errors)?;
    let text = needed(&mut fields, "text", errors);
    let title = or(&mut fields, "title", "", errors);
    let ok_text = or(&mut fields, "ok_text", "", errors);
    let dismiss_text = or(&mut fields, "dismiss_text", "", errors);
    fields.finish(errors);
    Some(SlackConfirmation { text: text?, title, ok_text, dismiss_text })
}
