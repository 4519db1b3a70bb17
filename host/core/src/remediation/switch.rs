//! Kill switches: what one reaches, and how long it holds. Knows nothing of who may throw one.

use std::fmt;

use crate::id::PlaybookName;
use crate::remediation::{KillSwitch, Scope};
use crate::time::Timestamp;

impl Scope {
    /// Whether it stops a remediation of this playbook and this target.
    #[must_use]
    pub fn reaches(&self, playbook: &PlaybookName, target: &str) -> bool {
        match self {
            Self::All => true,
            Self::Playbook(stopped) => stopped == playbook,
            Self::Target(stopped) => stopped == target,
        }
    }
}

/// As it follows `for` in a sentence.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all of the node"),
            Self::Playbook(playbook) => write!(f, "the playbook `{playbook}`"),
            Self::Target(target) => write!(f, "the target `{target}`"),
        }
    }
}

impl KillSwitch {
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
