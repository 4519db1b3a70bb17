//! Slack's incoming webhook: one message with one attachment.

use serde::Serialize;

use super::texts::Texts;
use super::{Request, Unsendable, truncated};
use crate::alertmanager::{SlackAction, SlackConfig};

/// Characters of a title.
const TITLE: usize = 1_024;

#[derive(Serialize)]
struct Message {
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_emoji: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_url: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    link_names: bool,
    attachments: [Attachment; 1],
}

#[derive(Serialize)]
struct Attachment {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_link: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pretext: String,
    text: String,
    fallback: String,
    callback_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
    #[serde(skip_serializing_if = "String::is_empty")]
    image_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thumb_url: String,
    footer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    color: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mrkdwn_in: Vec<String>,
}

#[derive(Serialize)]
struct Field {
    title: String,
    value: String,
    short: bool,
}

#[derive(Serialize)]
struct Action {
    #[serde(rename = "type")]
    kind: String,
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    style: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirmation>,
}

#[derive(Serialize)]
struct Confirmation {
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ok_text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dismiss_text: String,
}

pub(super) fn write(texts: &mut Texts<'_>, config: &SlackConfig, url: &str) -> Result<Request, Unsendable> {
    if url.trim().is_empty() {
        return Err(Unsendable::Empty("api_url"));
    }
    let channel = texts.strict("channel", &config.channel)?;
    let attachment = attachment(texts, config);
    let message = Message {
        channel,
        username: texts.detail("username", &config.username),
        icon_emoji: texts.detail("icon_emoji", &config.icon_emoji),
        icon_url: texts.detail("icon_url", &config.icon_url),
        link_names: config.link_names,
        attachments: [attachment],
    };
    Ok(Request::json(url.trim().to_owned(), &message))
}

fn attachment(texts: &mut Texts<'_>, config: &SlackConfig) -> Attachment {
    let pretext = texts.detail("pretext", &config.pretext);
    let parts = texts.notice.remark.iter().chain([&pretext]).filter(|part| !part.is_empty()).map(String::as_str);
    let pretext = parts.collect::<Vec<_>>().join("\n");
    let markdown_in = if config.mrkdwn_in.is_empty() {
        ["fallback", "pretext", "text"].map(str::to_owned).to_vec()
    } else {
        config.mrkdwn_in.clone()
    };
    let fields = config.fields.iter().map(|field| Field {
        title: texts.detail("fields.title", &field.title),
        value: texts.telling("fields.value", &field.value),
        short: field.short.unwrap_or(config.short_fields),
    });
    let fields = fields.collect();
    let actions = config.actions.iter().map(|written| action(texts, written)).collect();
    Attachment {
        title: truncated(texts.telling("title", &config.title), TITLE),
        title_link: texts.detail("title_link", &config.title_link),
        pretext,
        text: texts.telling("text", &config.text),
        fallback: texts.telling("fallback", &config.fallback),
        callback_id: texts.detail("callback_id", &config.callback_id),
        fields,
        actions,
        image_url: texts.detail("image_url", &config.image_url),
        thumb_url: texts.detail("thumb_url", &config.thumb_url),
        footer: texts.detail("footer", &config.footer),
        color: texts.detail("color", &config.color),
        mrkdwn_in: markdown_in,
    }
}

fn action(texts: &mut Texts<'_>, action: &SlackAction) -> Action {
    Action {
        kind: texts.detail("actions.type", &action.kind),
        text: texts.detail("actions.text", &action.text),
        url: texts.detail("actions.url", &action.url),
        style: texts.detail("actions.style", &action.style),
        name: texts.detail("actions.name", &action.name),
        value: texts.detail("actions.value", &action.value),
        confirm: action.confirm.as_ref().map(|confirm| Confirmation {
            text: texts.detail("actions.confirm.text", &confirm.text),
            title: texts.detail("actions.confirm.title", &confirm.title),
            ok_text: texts.detail("actions.confirm.ok_text", &confirm.ok_text),
            dismiss_text: texts.detail("actions.confirm.dismiss_text", &confirm.dismiss_text),
        }),
    }
}
