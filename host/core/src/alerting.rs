//! Everything the configuration says about alerts: Alertmanager's file and what `tocsin.yaml` adds to it, as one valid
//! value. Knows nothing of which alerts there are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::Limits;
use crate::alertmanager::{Config as Alertmanager, InhibitRule};
use crate::id::{ReceiverName, UserName};
use crate::interval::{TimeInterval, next_change};
use crate::receiver::Receiver;
use crate::route::{FlatRoute, Routes};
use crate::template::{TemplateError, Templates};
use crate::time::Timestamp;

/// Alerts that are kept at once.
pub const ALERTS_MAX: usize = 200_000;
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Ends and beginnings of a route's intervals that are looked through.
const CHANGES_MAX: usize = 1_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Alerting {
    /// Alertmanager's file; without one alerts are kept and shown, and nobody is told.
    pub alertmanager: Option<Arc<Alertmanager>>,
    /// Its routes, flat.
    pub routes: Option<Routes>,
    /// Those of Alertmanager's file with what `tocsin.yaml` adds, and one for each user's ways to be reached.
    pub receivers: BTreeMap<ReceiverName, Receiver>,
    /// The default templates, and over them those of Alertmanager's template files.
    pub templates: TemplateSet,
    /// Where this node is reached from outside; links in notifications begin with it.
    pub external_url: String,
    pub alerts_max: usize,
    pub limits: Limits,
}

/// Templates that were read, and the texts they were read from: two sets are the same where those are.
#[derive(Clone, Debug)]
pub struct TemplateSet {
    /// Name and text.
    texts: Arc<[(String, String)]>,
    templates: Arc<Templates>,
}

impl TemplateSet {
    /// # Errors
    /// As [`Templates::parse`].
    pub fn parse(texts: Vec<(String, String)>) -> Result<Self, Vec<TemplateError>> {
        let files = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let templates = Arc::new(Templates::parse(files)?);
        Ok(Self { texts: texts.into(), templates })
    }
}

/// Those that are built in.
impl Default for TemplateSet {
    fn default() -> Self {
        // They can be read: a test does.
        Self::parse(Vec::new()).unwrap_or_else(|_| {
            let templates = Arc::new(Templates::for_rules());
            Self { texts: Arc::new([]), templates }
        })
    }
}

impl PartialEq for TemplateSet {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl std::ops::Deref for TemplateSet {
    type Target = Templates;

    fn deref(&self) -> &Templates {
        &self.templates
    }
}

impl Default for Alerting {
    fn default() -> Self {
        Self {
            alertmanager: None,
            routes: None,
            receivers: BTreeMap::new(),
            templates: TemplateSet::default(),
            external_url: String::new(),
            alerts_max: ALERTS_MAX,
            limits: Limits::default(),
        }
    }
}

impl Alerting {
    #[must_use]
    pub fn resolve_timeout(&self) -> Duration {
        self.alertmanager.as_ref().map_or(RESOLVE_TIMEOUT, |file| file.global.resolve_timeout)
    }

    /// How many integrations a receiver has.
    #[must_use]
    pub fn lanes_of(&self, receiver: &str) -> usize {
        self.receivers.get(receiver).map_or(0, |receiver| receiver.integrations.len())
    }

    #[must_use]
    pub fn inhibit_rules(&self) -> &[InhibitRule] {
        self.alertmanager.as_ref().map_or(&[], |file| &file.inhibit_rules)
    }

    /// The interval that mutes a route: one of its `mute_time_intervals`, or that none of its `active_time_intervals`
    /// holds.
    #[must_use]
    pub fn muted_by(&self, route: &FlatRoute, at: Timestamp) -> Option<String> {
        let is_in = |name: &&String| self.time_interval(name).is_some_and(|interval| interval.contains(at));
        let outside =
            !route.active_time_intervals.is_empty() && !route.active_time_intervals.iter().any(|name| is_in(&name));
        if outside {
            return Some(format!("outside of {}", route.active_time_intervals.join(", ")));
        }
        route.mute_time_intervals.iter().find(is_in).cloned()
    }

    /// When a route begins or ceases to be muted; `None` where it does not within years.
    #[must_use]
    pub fn mute_changes_at(&self, route: &FlatRoute, after: Timestamp) -> Option<Timestamp> {
        let names = route.mute_time_intervals.iter().chain(&route.active_time_intervals);
        let intervals: Vec<&TimeInterval> = names.filter_map(|name| self.time_interval(name)).collect();
        let is_muted = self.muted_by(route, after).is_some();
        let mut at = after;
        for _ in 0..CHANGES_MAX {
            // One interval may end as another begins: that changes nothing.
            at = intervals.iter().filter_map(|interval| next_change(&[interval], at).1).min()?;
            if self.muted_by(route, at).is_some() != is_muted {
                return Some(at);
            }
        }
        None
    }

    #[must_use]
    pub fn time_interval(&self, name: &str) -> Option<&TimeInterval> {
        self.alertmanager.as_ref().and_then(|file| file.time_intervals.get(name))
    }
}

/// The receiver that a user's own ways to be reached make up. A slash stands in no user's name.
#[must_use]
pub fn receiver_of_user(user: &UserName) -> ReceiverName {
    ReceiverName::new(format!("user/{user}"))
}
