//! Alertmanager's webhook message, version 4, and the same notice as a notifier plugin is given it.

use serde::Serialize;

use super::texts::Texts;
use super::{Request, Unsendable};
use crate::alertmanager::WebhookConfig;
use crate::delivery::{Notification, NotifiedAlert};
use crate::label::Labels;
use crate::template::Data;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'m> {
    #[serde(flatten)]
    data: &'m Data,
    version: &'static str,
    group_key: String,
    truncated_alerts: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'m str>,
}

pub(super) fn write(texts: &Texts<'_>, config: &WebhookConfig, url: &str) -> Result<Request, Unsendable> {
    let url = texts.strict("url", url)?.trim().to_owned();
    if url.is_empty() {
        return Err(Unsendable::Empty("url"));
    }
    let most = usize::try_from(config.max_alerts).unwrap_or(usize::MAX);
    let data = if most == 0 { texts.data.clone() } else { texts.data.first(most) };
    let message = Message {
        truncated_alerts: texts.data.alerts.len() - data.alerts.len(),
        data: &data,
        version: "4",
        group_key: texts.notice.group.to_string(),
        remark: texts.notice.remark.as_deref(),
    };
    Ok(Request::json(url, &message))
}

pub(super) fn for_plugin(texts: &mut Texts<'_>) -> Notification {
    let title = texts.telling("title", r#"{{ template "__subject" . }}"#);
    let text = texts.detail("body", r#"{{ template "__text_alerts" . }}"#);
    let body = texts.notice.remark.iter().chain([&text]).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    let labels = |set: &Labels| set.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let link = |url: &str| (!url.is_empty()).then(|| url.to_owned());
    let alerts = texts.data.alerts.iter().map(|alert| NotifiedAlert {
        fingerprint: alert.fingerprint.to_string(),
        status: alert.status,
        labels: labels(&alert.labels),
        annotations: labels(&alert.annotations),
        starts_at: alert.starts_at,
        ends_at: alert.ends_at,
        url: link(&alert.generator_url),
    });
    Notification {
        id: texts.notice.id.to_string(),
        receiver: texts.notice.to.receiver.to_string(),
        group: texts.group_hash(),
        status: texts.data.status,
        title,
        body,
        alerts: alerts.collect(),
        url: link(&texts.data.external_url),
    }
}
