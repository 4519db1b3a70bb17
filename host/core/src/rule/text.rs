//! The labels and annotations of a rule's alert. Templates are read once, when the configuration is; one that fails
//! while it is rendered leaves its error in its place, and never keeps an alert from firing.

use super::{Condition, Rule, Side, Threshold};
use crate::config::{Check, Config};
use crate::label::Labels;
use crate::template::{Compiled, Finding, Form, TemplateError, Templates, Value};
use crate::time::Timestamp;

/// Labels that every alert of a rule is given, and no rule can change.
pub const GIVEN_LABELS: [&str; 4] = ["alertname", "check", "node", "plugin"];

const LABEL_BYTES: usize = 1_024;
const ANNOTATION_BYTES: usize = 8_192;

/// A label's or an annotation's text, which may be a template.
#[derive(Clone, Debug)]
pub struct Text {
    written: String,
    /// `None`: it is what it says.
    template: Option<Compiled>,
}

impl Text {
    #[must_use]
    pub fn plain(written: &str) -> Self {
        Self { written: written.to_owned(), template: None }
    }

    /// # Errors
    /// What is wrong with the template.
    pub fn parse(written: &str) -> Result<Self, TemplateError> {
        let is_template = written.contains("{{");
        let template = is_template.then(|| Templates::for_rules().compile(written, "template")).transpose()?;
        Ok(Self { written: written.to_owned(), template })
    }

    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether it says the same of everything.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.template.is_none()
    }

    /// What it says of this, no longer than so many bytes; where it fails, why.
    pub(crate) fn render(&self, data: &Value, bytes: usize, now: Timestamp) -> String {
        let Some(template) = &self.template else { return self.written.clone() };
        let templates = Templates::for_rules().with_output_limit(bytes);
        templates.render(template, Form::Text, data, now).unwrap_or_else(|error| format!("<template: {error}>"))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

/// What an alert is about, and what is at hand to say of it.
pub(super) struct Subject<'c> {
    pub config: &'c Config,
    pub check: &'c Check,
    pub rule: &'c Rule,
    pub series: Option<&'c Labels>,
    pub value: Option<f64>,
    /// What the newest run said, or how it failed.
    pub detail: Option<&'c str>,
    pub now: Timestamp,
}

impl Subject<'_> {
    /// Node, check, series, rule: a later one wins, but for a series' label that the rule or the node gives as well,
    /// which is kept as `exported_...`: two series must never become one alert.
    pub(super) fn labels(&self) -> Labels {
        let base = self.base();
        let data = self.data(&base);
        let own: Vec<(&str, String)> = self
            .rule
            .labels
            .iter()
            .map(|(name, text)| (name.as_str(), text.render(&data, LABEL_BYTES, self.now)))
            .collect();
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        Labels::overlay(base.iter().chain(own).chain([("alertname", self.rule.alert.as_str())]))
    }

    fn base(&self) -> Labels {
        let is_taken =
            |name: &str| GIVEN_LABELS.contains(&name) || self.rule.labels.iter().any(|(known, _)| known == name);
        let series: Vec<(String, &str)> = self
            .series
            .iter()
            .flat_map(|series| series.iter())
            .map(|(name, value)| (if is_taken(name) { format!("exported_{name}") } else { name.to_owned() }, value))
            .collect();
        let pairs = |labels: &'_ [(String, String)]| -> Vec<(String, String)> { labels.to_vec() };
        let (node, check) = (pairs(&self.config.labels), pairs(&self.check.labels));
        let given = [
            ("check", self.check.name.as_str()),
            ("node", self.config.node.as_str()),
            ("plugin", self.check.plugin.as_str()),
        ];
        let own = node.iter().chain(&check).map(|(name, value)| (name.as_str(), value.as_str()));
        let series = series.iter().map(|(name, value)| (name.as_str(), *value));
        Labels::overlay(own.chain(series).chain(given))
    }

    /// The rule's own, over a summary and a description where it gives none.
    pub(super) fn annotations(&self) -> Labels {
        let base = self.base();
        let data = self.data(&base);
        let mut all: Vec<(&str, String)> = vec![("summary", self.summary()), ("description", self.description())];
        if let Some(url) = &self.check.runbook_url {
            all.push(("runbook_url", url.clone()));
        }
        all.extend(self.rule.annotations.iter().map(|(name, text)| {
            let rendered = text.render(&data, ANNOTATION_BYTES, self.now);
            (name.as_str(), rendered)
        }));
        Labels::overlay(all.iter().map(|(name, value)| (*name, value.as_str())))
    }

    fn data(&self, base: &Labels) -> Value {
        let external_labels = self.config.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Value::from(Finding {
            labels: base.clone(),
            value: self.value.unwrap_or_default(),
            external_labels: Labels::overlay(external_labels.chain([("node", self.config.node.as_str())])),
            external_url: self.config.alerting.external_url.clone(),
        })
    }

    fn summary(&self) -> String {
        let check = &self.check.name;
        let what = match &self.rule.condition {
            Condition::Status(status) => format!("{check} is {}", status.as_str()),
            Condition::PluginFailing => format!("the plugin {} fails on {check}", self.check.plugin),
            Condition::Flapping => format!("{check} is flapping"),
            Condition::Metric { name, threshold, .. } => {
                format!("{name}{} of {check} is {}", self.of_series(), self.passed(threshold))
            }
            Condition::Anomaly { detector, threshold } => {
                format!("{check} is unusual{}: the score of {detector} is {}", self.of_series(), self.passed(threshold))
            }
            Condition::Overflow => {
                let rule = self.series.map_or("", |series| series.get("rule"));
                format!("{rule} has too many series on {check}: {} are not followed", self.value.unwrap_or_default())
            }
        };
        self.detail.map_or_else(|| what.clone(), |detail| format!("{what}: {detail}"))
    }

    fn of_series(&self) -> String {
        self.series.filter(|series| !series.is_empty()).map(Labels::to_string).unwrap_or_default()
    }

    /// `97.5, above 90`
    fn passed(&self, threshold: &Threshold) -> String {
        let side = match threshold.side {
            Side::Above => "above",
            Side::Below => "below",
        };
        let value = self.value.map(|value| format!("{value}, ")).unwrap_or_default();
        format!("{value}{side} {}", threshold.limit)
    }

    fn description(&self) -> String {
        let (check, node, plugin) = (&self.check.name, &self.config.node, &self.check.plugin);
        let why = match &self.rule.condition {
            Condition::PluginFailing => "Its runs do not complete, so nothing is known of the target.",
            Condition::Flapping => "It changes too often to be believed: what its status says is held back meanwhile.",
            Condition::Overflow => "Give its rule fewer series, or its metric fewer labels.",
            Condition::Status(crate::health::HealthStatus::Stale) => "Runs that were due did not come.",
            Condition::Status(_) | Condition::Metric { .. } | Condition::Anomaly { .. } => {
                return format!("Check {check} on {node}, with plugin {plugin}.");
            }
        };
        format!("Check {check} on {node}, with plugin {plugin}. {why}")
    }
}
