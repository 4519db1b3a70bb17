//! PagerDuty's Events API, version 2: an event that opens an incident, or closes the one with the same key.

use std::collections::BTreeMap;

use serde::Serialize;

use super::texts::Texts;
use super::{Request, Unsendable, truncated};
use crate::alert::AlertStatus;
use crate::alertmanager::PagerDutyConfig;

/// Characters of a summary.
const SUMMARY: usize = 1_024;
/// PagerDuty takes no larger event.
const EVENT_BYTES: usize = 512_000;

#[derive(Serialize)]
struct Event {
    routing_key: String,
    dedup_key: String,
    event_action: &'static str,
    payload: Details,
    #[serde(skip_serializing_if = "String::is_empty")]
    client: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    client_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<Image>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Details {
    summary: String,
    source: String,
    severity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    component: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    custom_details: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Image {
    src: String,
    alt: String,
    href: String,
}

#[derive(Serialize)]
struct Link {
    href: String,
    text: String,
}

pub(super) fn write(texts: &mut Texts<'_>, config: &PagerDutyConfig, key: &str) -> Result<Request, Unsendable> {
    let routing_key = texts.strict("routing_key", key)?.trim().to_owned();
    if routing_key.is_empty() {
        return Err(Unsendable::Empty("routing_key"));
    }
    let mut event = event(texts, config, routing_key);
    let url = config.url.to_string();
    let request = Request::json(url.clone(), &event);
    if request.body.len() <= EVENT_BYTES {
        return Ok(request);
    }
    let why = format!("the details were left out: with them the event is larger than {EVENT_BYTES} bytes");
    event.payload.custom_details = BTreeMap::from([("error".to_owned(), why)]);
    Ok(Request::json(url, &event))
}

fn event(texts: &mut Texts<'_>, config: &PagerDutyConfig, routing_key: String) -> Event {
    let details = config.details.iter().map(|(name, template)| (name.clone(), texts.telling("details", template)));
    let mut custom_details: BTreeMap<String, String> = details.collect();
    if let Some(remark) = &texts.notice.remark {
        custom_details.insert("remark".to_owned(), remark.clone());
    }
    let source = if config.source.is_empty() { &config.client } else { &config.source };
    let severity = texts.detail("severity", &config.severity);
    let images = config.images.iter().map(|image| Image {
        src: texts.detail("images.src", &image.src),
        alt: texts.detail("images.alt", &image.alt),
        href: texts.detail("images.href", &image.href),
    });
    let images = images.filter(|image| !image.src.is_empty()).collect();
    let links = config.links.iter().map(|link| Link {
        href: texts.detail("links.href", &link.href),
        text: texts.detail("links.text", &link.text),
    });
    let links = links.filter(|link| !link.href.is_empty()).collect();
    Event {
        routing_key,
        dedup_key: texts.group_hash(),
        event_action: if texts.data.status == AlertStatus::Firing { "trigger" } else { "resolve" },
        payload: Details {
            summary: truncated(texts.telling("description", &config.description), SUMMARY),
            source: texts.detail("source", source),
            // PagerDuty refuses an event without one.
            severity: if severity.is_empty() { "error".to_owned() } else { severity },
            class: texts.detail("class", &config.class),
            component: texts.detail("component", &config.component),
            group: texts.detail("group", &config.group),
            custom_details,
        },
        client: texts.detail("client", &config.client),
        client_url: texts.detail("client_url", &config.client_url),
        images,
        links,
    }
}
