//! A few bytes kept between runs, scoped to the plugin and the check; written only when the run completes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::host::state as wit;
use crate::{CallError, Error};

/// More than the node keeps for one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLarge(pub String);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "too large to keep: {}", self.0)
    }
}

/// What an earlier run kept under this key. None on the first run, and where what was kept no longer fits the type (an
/// upgrade starts anew rather than failing for ever).
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>, CallError<TooLarge>> {
    Ok(get_bytes(key)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Keeps a value for the next run, as JSON.
pub fn set<T: Serialize>(key: &str, value: &T) -> Result<(), Error> {
    Ok(set_bytes(key, &serde_json::to_vec(value)?)?)
}

/// The bytes kept under this key.
pub fn get_bytes(key: &str) -> Result<Option<Vec<u8>>, CallError<TooLarge>> {
    crate::call::state_get(key).map_err(refused)
}

/// Keeps bytes for the next run.
pub fn set_bytes(key: &str, value: &[u8]) -> Result<(), CallError<TooLarge>> {
    crate::call::state_set(key, value).map_err(refused)
}

/// Forgets what was kept under this key.
pub fn delete(key: &str) -> Result<(), CallError<TooLarge>> {
    crate::call::state_delete(key).map_err(refused)
}

fn refused(error: wit::Error) -> CallError<TooLarge> {
    match error {
        wit::Error::Denied(denial) => CallError::Denied(denial),
        wit::Error::TooLarge(what) => CallError::Failed(TooLarge(what)),
    }
}
