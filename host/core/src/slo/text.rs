//! The labels and annotations of an objective's alert: what it is about, and the numbers behind it. Knows nothing of
//! whether it fires.

use std::time::Duration;

use super::judge::Home;
use super::{LooksAt, Reading, RuleShape, Series};
use crate::label::Labels;
use crate::quantity::show_duration;
use crate::time::Timestamp;

/// What an alert is about, and what is at hand to say of it.
pub(super) struct Subject<'s> {
    pub series: &'s Series,
    pub rule: &'s RuleShape,
    pub home: Home<'s>,
    pub now: Timestamp,
}

impl Subject<'_> {
    /// Node, SLO, rule: a later one wins, but for those that say what it is about.
    pub(super) fn labels(&self) -> Labels {
        let shape = self.series.shape();
        let rule = &self.rule.rule;
        let alert_name = match self.rule.looks_at {
            LooksAt::Burn { .. } => "SLOBurnRate",
            LooksAt::Breach { .. } => "SLOBreach",
            LooksAt::Absent { .. } => "SLODataAbsent",
        };
        let window = self.windows().first().map(|window| self.window_name(*window)).unwrap_or_default();
        let notify: Vec<&str> = rule.notify.iter().map(|receiver| receiver.as_str()).collect();
        let notify = notify.join(",");
        let given = [
            ("alertname", alert_name),
            ("service", shape.service.as_str()),
            ("slo", shape.key.slo.as_str()),
            ("objective", shape.key.objective.as_str()),
            ("window", window.as_str()),
            ("node", self.home.node),
            ("notify", notify.as_str()),
        ];
        let node = self.home.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // What is given without a value must not take away what the rule gives.
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        Labels::overlay(node.chain(shape.labels.iter()).chain(rule.labels.iter()).chain(given))
    }

    /// The rule's own, over a summary and a description.
    pub(super) fn annotations(&self) -> Labels {
        let (summary, description) = (self.summary(), self.description());
        let own = [("summary", summary.as_str()), ("description", description.as_str())];
        Labels::overlay(own.into_iter().chain(self.rule.rule.annotations.iter()))
    }

    /// The long one first.
    fn windows(&self) -> Vec<usize> {
        match self.rule.looks_at {
            LooksAt::Burn { long, short, .. } => vec![long, short],
            LooksAt::Breach { window, .. } => vec![window],
            LooksAt::Absent { .. } => Vec::new(),
        }
    }

    /// As written: `1h`.
    fn window_name(&self, index: usize) -> String {
        let windows = &self.series.shape().windows;
        let Some(window) = windows.get(index) else { return String::new() };
        let length = window.length.or(match (&self.rule.rule.when, self.rule.looks_at) {
            (super::When::Burn { long, .. }, LooksAt::Burn { long: at, .. }) if at == index => Some(*long),
            (super::When::Burn { short, .. }, _) => Some(*short),
            (super::When::Breach { window, .. }, _) => Some(*window),
            _ => None,
        });
        length.map_or_else(|| "period".to_owned(), show_duration)
    }

    fn summary(&self) -> String {
        let key = &self.series.shape().key;
        match (self.rule.looks_at, &self.rule.rule.when) {
            (LooksAt::Burn { long, .. }, _) => {
                let target = self.series.shape().target;
                let burn = self.series.reading(long).burn(target).unwrap_or_default();
                format!("{key} burns its error budget {burn:.1} times faster than {target} allows")
            }
            (LooksAt::Breach { window, .. }, _) => {
                format!("{key} missed {} over {}", self.series.shape().target, self.window_name(window))
            }
            (LooksAt::Absent { .. }, super::When::Absent { after }) => {
                format!("nothing was counted for {key} in {}", show_duration(*after))
            }
            (LooksAt::Absent { .. }, _) => format!("nothing is counted for {key}"),
        }
    }

    fn description(&self) -> String {
        let shape = self.series.shape();
        let mut said: Vec<String> = self.windows().into_iter().map(|window| self.window(window)).collect();
        if matches!(self.rule.looks_at, LooksAt::Absent { .. }) {
            let ago = self.now.since(shape.width.end(self.series.heard_in()));
            said.push(format!("The last data is {} old.", show_duration(Duration::from_secs(ago.as_secs()))));
        }
        said.push(match self.series.budget_left() {
            Some(left) => format!("{:.1}% of the period's error budget is left.", left * 100.0),
            None => "What is left of the period's error budget is not known.".to_owned(),
        });
        said.push(format!("Since {}.", self.now));
        said.join(" ")
    }

    fn window(&self, window: usize) -> String {
        let name = self.window_name(window);
        match self.series.reading(window) {
            Reading::Known { counts, stretch } => {
                let burn = self.series.reading(window).burn(self.series.shape().target).unwrap_or_default();
                let note = if stretch.provisional { ", counted for less than that so far" } else { "" };
                let share = self.series.share(counts);
                format!("Over {name}, {share} were bad, a burn rate of {burn:.2}{note}.")
            }
            Reading::CatchingUp => format!("Over {name} it is catching up with its history."),
            Reading::Insufficient => format!("Over {name} nothing was counted."),
        }
    }
}
