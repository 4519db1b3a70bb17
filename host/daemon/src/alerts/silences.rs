//! Silences as people change them: admitted against what there is, and answered once they are on disk.

use std::sync::Arc;

use tocsin_core::id::SilenceId;
use tocsin_core::pipeline::{Event, admit_silence};
use tocsin_core::suppress::silence::{Silence, SilenceError, SilenceState};
use uuid::Uuid;

use super::{Alerts, CommitError};

/// A silence that was set, and the one it was made from.
#[derive(Debug)]
pub struct Set {
    pub silence: Arc<Silence>,
    pub before: Option<Arc<Silence>>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SilenceRefused {
    #[error(transparent)]
    Not(#[from] SilenceError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Makes a silence, or changes the one whose id it has.
///
/// # Errors
/// What about it is not taken, or why it could not be kept.
pub async fn set(alerts: &Alerts, silence: Silence) -> Result<Set, SilenceRefused> {
    let fresh = SilenceId::new(Uuid::now_v7().to_string());
    let (admitted, before) = alerts.look(|state, now| {
        let before = state.book().silence(&silence.id).cloned();
        admit_silence(state, silence, fresh, now).map(|admitted| (Arc::new(admitted), before))
    })?;
    let replaces = before.as_ref().map(|before| before.id.clone());
    alerts.commit(vec![Event::SilenceSet { silence: Arc::clone(&admitted), replaces }]).await?;
    Ok(Set { silence: admitted, before })
}

/// Ends a silence now; answers with what it was.
///
/// # Errors
/// There is none, it is over already, or why it could not be kept.
pub async fn expire(alerts: &Alerts, id: &SilenceId) -> Result<Arc<Silence>, SilenceRefused> {
    let known = alerts.look(|state, now| {
        let known = state.book().silence(id).ok_or_else(|| SilenceError::Unknown(id.clone()))?;
        let is_over = known.state(now) == SilenceState::Expired;
        if is_over { Err(SilenceError::Expired(id.clone())) } else { Ok(Arc::clone(known)) }
    })?;
    alerts.commit(vec![Event::SilenceExpired(id.clone())]).await?;
    Ok(known)
}
