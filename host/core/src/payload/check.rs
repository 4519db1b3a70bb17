//! Every template of an integration, read when the configuration is: what is not supported is refused then, by name.

use crate::alertmanager::{PagerDutyConfig, SecretSource, SlackConfig};
use crate::receiver::Kind;
use crate::template::{TemplateError, Templates};

/// What is wrong with an integration's templates; in each error, the field stands where a file would.
#[must_use]
pub fn check(kind: &Kind, templates: &Templates) -> Vec<TemplateError> {
    let mut errors = Vec::new();
    for (field, text) in texts(kind) {
        errors.extend(templates.check(text, &field).err());
    }
    errors
}

type Field<'c> = (String, &'c str);

fn texts(kind: &Kind) -> Vec<Field<'_>> {
    let named = |name: &str, text| (name.to_owned(), text);
    match kind {
        Kind::Webhook(config) => inline("url", &config.url),
        Kind::Email(config) => {
            let own = [("to", &config.to), ("from", &config.from), ("html", &config.html), ("text", &config.text)];
            let headers = config.headers.iter().map(|(name, text)| (format!("headers.{name}"), text.as_str()));
            own.into_iter().map(|(name, text)| named(name, text.as_str())).chain(headers).collect()
        }
        Kind::Slack(config) => slack(config),
        Kind::PagerDuty(config) => pagerduty(config),
        Kind::Sms(config) => vec![named("text", config.text.as_str())],
        Kind::Ticket(config) => {
            [Some(("open", &config.open)), config.resolve.as_ref().map(|request| ("resolve", request))]
                .into_iter()
                .flatten()
                .flat_map(|(when, request)| {
                    let headers = request
                        .headers
                        .iter()
                        .map(move |(name, text)| (format!("{when}.headers.{name}"), text.as_str()));
                    let own = [
                        (format!("{when}.url"), request.url.as_str()),
                        (format!("{when}.body"), request.body.as_str()),
                    ];
                    own.into_iter().chain(headers)
                })
                .collect()
        }
        Kind::Notifier(_) => Vec::new(),
    }
}

/// A file's content is not known yet.
fn inline<'c>(name: &str, source: &'c SecretSource) -> Vec<Field<'c>> {
    match source {
        SecretSource::Inline(secret) => vec![(name.to_owned(), secret.reveal())],
        SecretSource::File(_) => Vec::new(),
    }
}

fn slack(config: &SlackConfig) -> Vec<Field<'_>> {
    let own = [
        ("channel", &config.channel),
        ("username", &config.username),
        ("color", &config.color),
        ("title", &config.title),
        ("title_link", &config.title_link),
        ("pretext", &config.pretext),
        ("text", &config.text),
        ("footer", &config.footer),
        ("fallback", &config.fallback),
        ("callback_id", &config.callback_id),
        ("icon_emoji", &config.icon_emoji),
        ("icon_url", &config.icon_url),
        ("image_url", &config.image_url),
        ("thumb_url", &config.thumb_url),
    ];
    let mut all: Vec<Field<'_>> = own.into_iter().map(|(name, text)| (name.to_owned(), text.as_str())).collect();
    for (at, field) in config.fields.iter().enumerate() {
        all.push((format!("fields[{at}].title"), &field.title));
        all.push((format!("fields[{at}].value"), &field.value));
    }
    for (at, action) in config.actions.iter().enumerate() {
        let mut add = |name: &str, text| all.push((format!("actions[{at}].{name}"), text));
        add("type", &action.kind);
        add("text", &action.text);
        add("url", &action.url);
        add("style", &action.style);
        add("name", &action.name);
        add("value", &action.value);
        if let Some(confirm) = &action.confirm {
            add("confirm.text", &confirm.text);
            add("confirm.title", &confirm.title);
            add("confirm.ok_text", &confirm.ok_text);
            add("confirm.dismiss_text", &confirm.dismiss_text);
        }
    }
    all
}

fn pagerduty(config: &PagerDutyConfig) -> Vec<Field<'_>> {
    let own = [
        ("client", &config.client),
        ("client_url", &config.client_url),
        ("description", &config.description),
        ("source", &config.source),
        ("severity", &config.severity),
        ("class", &config.class),
        ("component", &config.component),
        ("group", &config.group),
    ];
    let mut all = inline("routing_key", &config.routing_key);
    all.extend(own.into_iter().map(|(name, text)| (name.to_owned(), text.as_str())));
    all.extend(config.details.iter().map(|(name, text)| (format!("details.{name}"), text.as_str())));
    for (at, image) in config.images.iter().enumerate() {
        let texts = [("src", &image.src), ("alt", &image.alt), ("href", &image.href)];
        all.extend(texts.map(|(name, text)| (format!("images[{at}].{name}"), text.as_str())));
    }
    for (at, link) in config.links.iter().enumerate() {
        all.extend(
            [("href", &link.href), ("text", &link.text)]
                .map(|(name, text)| (format!("links[{at}].{name}"), text.as_str())),
        );
    }
    all
}
