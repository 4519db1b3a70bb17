//! The two ways in which a call does not get through. Knows nothing of any one interface.

use std::error::Error;

use tocsin_core::capability::Refused;

/// The policy refused the call, or it was tried and failed. `F` is the interface's own failure.
#[derive(Debug, thiserror::Error)]
pub enum CallError<F> {
    #[error(transparent)]
    Refused(Refused),
    #[error(transparent)]
    Failed(F),
}

impl<F> CallError<F> {
    pub(crate) fn map<G>(self, change: impl FnOnce(F) -> G) -> CallError<G> {
        match self {
            Self::Refused(refused) => CallError::Refused(refused),
            Self::Failed(failure) => CallError::Failed(change(failure)),
        }
    }
}

impl<F> From<Refused> for CallError<F> {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// An error with all its causes, for a failure that goes to the guest as text.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
