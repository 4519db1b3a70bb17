//! What templates are given: a notification as Alertmanager documents it, or what a rule found. Also the very object that
//! a webhook is sent, so its names and their order are a contract.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::alert::AlertStatus;
use crate::label::{Fingerprint, Labels};
use crate::notify::{Notice, NoticeAlert};
use crate::time::Timestamp;

/// One notification: a group of alerts on its way to a receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    pub receiver: String,
    pub status: AlertStatus,
    pub alerts: Arc<Vec<Arc<Alert>>>,
    pub group_labels: Labels,
    pub common_labels: Labels,
    pub common_annotations: Labels,
    #[serde(rename = "externalURL")]
    pub external_url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    pub status: AlertStatus,
    pub labels: Labels,
    pub annotations: Labels,
    #[serde(serialize_with = "as_go_writes")]
    pub starts_at: Timestamp,
    /// `None` while it fires.
    #[serde(serialize_with = "as_go_writes_or_zero")]
    pub ends_at: Option<Timestamp>,
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    pub fingerprint: Fingerprint,
}

impl Data {
    /// With what is common to the alerts, and the status they have together: firing while one of them is.
    #[must_use]
    pub fn new(receiver: &str, group_labels: Labels, alerts: Vec<Alert>, external_url: &str) -> Self {
        let fires = alerts.iter().any(|alert| alert.status == AlertStatus::Firing);
        Self {
            receiver: quoted(receiver),
            status: if fires { AlertStatus::Firing } else { AlertStatus::Resolved },
            group_labels,
            common_labels: common(alerts.iter().map(|alert| &alert.labels)),
            common_annotations: common(alerts.iter().map(|alert| &alert.annotations)),
            external_url: external_url.to_owned(),
            alerts: Arc::new(alerts.into_iter().map(Arc::new).collect()),
        }
    }

    /// What a notice tells.
    #[must_use]
    pub fn of(notice: &Notice, external_url: &str) -> Self {
        let alerts = notice.alerts.iter().map(Alert::of).collect();
        Self::new(notice.to.receiver.as_str(), notice.group_labels.clone(), alerts, external_url)
    }

    /// Of the first so many alerts alone, with what is common to them.
    #[must_use]
    pub fn first(&self, most: usize) -> Self {
        let alerts = self.alerts.iter().take(most).map(|alert| Alert::clone(alert)).collect();
        let group_labels = self.group_labels.clone();
        Self { receiver: self.receiver.clone(), ..Self::new("", group_labels, alerts, &self.external_url) }
    }
}

impl Alert {
    fn of(told: &NoticeAlert) -> Self {
        let alert = &told.alert;
        Self {
            status: told.status,
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            starts_at: alert.starts_at,
            ends_at: alert.ends_at.filter(|_| told.status == AlertStatus::Resolved),
            generator_url: alert.generator_url.clone(),
            fingerprint: alert.fingerprint(),
        }
    }
}

/// As Alertmanager hands it out: ready to stand in a regular expression, as in the link to its page.
fn quoted(receiver: &str) -> String {
    let mut quoted = String::with_capacity(receiver.len());
    for character in receiver.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

/// What all of them have, with one value.
fn common<'l>(mut sets: impl Iterator<Item = &'l Labels>) -> Labels {
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(
        first,
        |common, set| {
            if common.is_empty() { common } else { common.filtered(|name| common.get(name) == set.get(name)) }
        },
    )
}

/// What a rule found, for its annotations and labels: `$labels`, `$value`, `$externalLabels` and `$externalURL`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Finding {
    pub labels: Labels,
    pub value: f64,
    pub external_labels: Labels,
    pub external_url: String,
}

/// The point in time that Go calls zero: the first of January of the year 1.
pub(super) const ZERO: Timestamp = Timestamp::from_millis(-62_135_596_800_000);

/// RFC 3339 without the zeros at a fraction's end.
fn as_go_writes<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(at) => serializer.collect_str(&at),
        Err(_) => serializer.collect_str(at),
    }
}

#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn as_go_writes_or_zero<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    as_go_writes(&at.unwrap_or(ZERO), serializer)
}
