//! Secrets on their way into a request. Values are never shown: not in `Debug`, not in errors, not in records.

use std::fmt;

use tocsin_core::capability::Refused;

use super::Caller;

/// Where the values of secrets come from.
pub trait Secrets: Send + Sync {
    fn get(&self, name: &str) -> Option<String>;
}

impl Caller<'_> {
    /// The value of a secret that this run may use; none where the node has none of that name.
    pub(super) fn secret(&self, name: &str) -> Result<Option<String>, Refused> {
        self.rights.permits_secret(name)?;
        Ok(self.secrets.get(name))
    }
}

impl fmt::Debug for Caller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("rights", self.rights).field("budget", &self.budget).finish_non_exhaustive()
    }
}

pub(super) fn missing(name: &str) -> String {
    format!("the secret `{name}` is granted but not set on this node")
}
