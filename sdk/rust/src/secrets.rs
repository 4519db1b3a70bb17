//! Secrets by name. A request carries a secret by its name and the host fills it in; only a plugin that was granted
//! `reveal` ever sees a value.

use crate::CallError;
use crate::bindings::host::secrets as wit;

/// There is no secret of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub String);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no secret `{}`", self.0)
    }
}

/// Whether a secret of this name is granted and set.
pub fn available(name: &str) -> Result<bool, CallError<Missing>> {
    crate::call::secrets_available(name).map_err(refused)
}

/// The value itself: needs the separate grant `reveal`.
pub fn reveal(name: &str) -> Result<String, CallError<Missing>> {
    crate::call::secrets_reveal(name).map_err(refused)
}

fn refused(error: wit::Error) -> CallError<Missing> {
    match error {
        wit::Error::Denied(denial) => CallError::Denied(denial),
        wit::Error::Missing(name) => CallError::Failed(Missing(name)),
    }
}
