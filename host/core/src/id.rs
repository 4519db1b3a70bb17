//! Names and ids as types of their own, so that a check's name is never passed where a plugin's is meant.
//! Knows nothing of what they name.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            #[must_use]
            pub fn new(name: impl AsRef<str>) -> Self {
                Self(Arc::from(name.as_ref()))
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )+};
}

names! {
    /// An error budget policy's name in the configuration; unique on a node.
    BudgetPolicyName,
    /// A check's name in the configuration; unique on a node.
    CheckName,
    /// A deployment or another change that somebody told of; unique for ever (a UUID of version 7).
    ContributionId,
    /// A command that plans may name, from the node's configuration.
    CommandName,
    /// A detector's name in the configuration; unique on a node.
    DetectorName,
    /// What somebody said of a downtime; unique for ever (a UUID of version 7).
    DowntimeId,
    /// A group of alerts, as Alertmanager writes it: the route's key, a colon, the labels the group shares.
    GroupKey,
    /// An incident; unique for ever, in order of time (a UUID of version 7, or derived from what opened it).
    IncidentId,
    /// One notification, for all its attempts: the idempotency key for the other side.
    NoticeId,
    /// A receiver's name in the configuration.
    ReceiverName,
    /// What SLOs speak of as one thing to rely on (OpenSLO's `Service`).
    ServiceName,
    /// A silence; unique for ever (a UUID).
    SilenceId,
    /// An indicator that applications push events for.
    SliName,
    /// A service level objective's name; unique on a node.
    SloName,
    /// The SHA-256 of a whole component file, 64 lower-case hex digits.
    Digest,
    /// A metric's name within an observation.
    MetricName,
    /// An objective's name within its SLO.
    ObjectiveName,
    /// One page: what is escalated; unique for ever.
    PageId,
    /// A playbook's name in the configuration; unique on a node.
    PlaybookName,
    /// An installed plugin's name, from its manifest; unique on a node.
    PluginName,
    /// An escalation policy's name in the configuration; unique on a node.
    PolicyName,
    /// One life of a playbook; unique for ever.
    RemediationId,
    /// What an error budget policy asks for: `freeze-deploys`, or any name.
    ResponseName,
    /// A rule's name; unique on a node.
    RuleName,
    /// One run of a check; unique for ever, in order of time (a UUID of version 7).
    RunId,
    /// An on-call schedule's name in the configuration; unique on a node.
    ScheduleName,
    /// A user's name in the configuration; unique on a node.
    UserName,
    /// A maintenance window's name; unique on a node.
    WindowName,
}
