//! `pagerduty_configs`, for its Events API v2.

use std::collections::BTreeMap;

use super::global::Defaults;
use super::read::{At, Fields, list, or, secret, text_map, url};
use super::{IntegrationKind, PagerDutyConfig, PagerDutyImage, PagerDutyLink, SecretSource, http};
use crate::config::ConfigErrors;

const DETAILS: [(&str, &str); 4] = [
    ("firing", r#"{{ template "pagerduty.default.instances" .Alerts.Firing }}"#),
    ("num_firing", "{{ .Alerts.Firing | len }}"),
    ("num_resolved", "{{ .Alerts.Resolved | len }}"),
    ("resolved", r#"{{ template "pagerduty.default.instances" .Alerts.Resolved }}"#),
];

pub(super) fn read(fields: &mut Fields<'_>, defaults: &Defaults, errors: &mut ConfigErrors) -> Option<IntegrationKind> {
    let http = fields.optional("http_config", errors, http::read);
    let routing_key = routing_key(fields, errors);
    let url = fields.optional("url", errors, url).or_else(|| defaults.pagerduty_url.clone());
    let mut details: BTreeMap<String, String> = fields.optional("details", errors, text_map).unwrap_or_default();
    for (key, template) in DETAILS {
        details.entry(key.to_owned()).or_insert_with(|| template.to_owned());
    }
    let images = fields.optional("images", errors, images).unwrap_or_default();
    let links = fields.optional("links", errors, links).unwrap_or_default();
    let mut text = |key: &'static str, default: &str| or(fields, key, default, errors);
    let client = text("client", r#"{{ template "pagerduty.default.client" . }}"#);
    let client_url = text("client_url", r#"{{ template "pagerduty.default.clientURL" . }}"#);
    let description = text("description", r#"{{ template "pagerduty.default.description" .}}"#);
    let [source, severity, class, component, group] =
        ["source", "severity", "class", "component", "group"].map(|key| text(key, ""));
    Some(IntegrationKind::PagerDuty(Box::new(PagerDutyConfig {
        http: http.unwrap_or_else(|| defaults.http.clone()),
        routing_key: routing_key?,
        url: url?,
        client_url,
        description,
        details,
        images,
        links,
        source: if source.is_empty() { client.clone() } else { source },
        severity: if severity.is_empty() { "error".to_owned() } else { severity },
        class,
        component,
        group,
        client,
    })))
}

/// That of Events API v2; a key of v1 is known, and refused.
fn routing_key(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<SecretSource> {
    let before = errors.count();
    let routing_key = secret(fields, ["routing_key", "routing_key_file"], errors);
    for key in ["service_key", "service_key_file"] {
        if let Some(at) = fields.get(key) {
            let error = at.error(
                "unsupported",
                format!("`{key}` belongs to PagerDuty's Events API v1, which is not spoken here"),
            );
            errors.push(
                error.help(
                    "add an integration of type \"Events API v2\" to the service and give its key as `routing_key`",
                ),
            );
        }
    }
    if routing_key.is_none() && errors.count() == before {
        errors.push(fields.at.error("missing-key", "one of the keys `routing_key` and `routing_key_file` is missing"));
    }
    routing_key
}

fn images(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<PagerDutyImage>> {
    let mut all = Vec::new();
    for at in list(at, errors)? {
        let Some(mut fields) = Fields::of(&at, errors) else { continue };
        let mut text = |key: &'static str| or(&mut fields, key, "", errors);
        all.push(PagerDutyImage { src: text("src"), alt: text("alt"), href: text("href") });
        fields.finish(errors);
    }
    Some(all)
}

fn links(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<PagerDutyLink>> {
    let mut all = Vec::new();
    for at in list(at, errors)? {
        let Some(mut fields) = Fields::of(&at, errors) else { continue };
        let mut text = |key: &'static str| or(&mut fields, key, "", errors);
        all.push(PagerDutyLink { href: text("href"), text: text("text") });
        fields.finish(errors);
    }
    Some(all)
}
