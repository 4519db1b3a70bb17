//! Everything the configuration says about alerts: Alertmanager's file and what `tocsin.yaml` adds to it, as one valid
//! value. Knows nothing of which alerts there are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::Limits;
use crate::alertmanager::{Config as Alertmanager, InhibitRule};
use crate::id::{ReceiverName, UserName};
use crate::interval::TimeInterval;
use crate::receiver::Receiver;
use crate::route::Routes;
use crate::template::{TemplateError, Templates};

/// Alerts that are kept at once.
pub const ALERTS_MAX: usize = 200_000;
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

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
