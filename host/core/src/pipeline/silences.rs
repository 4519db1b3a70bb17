//! Silences come, change and go. What they silence is looked at when it would be told. Knows nothing of matching.

use std::sync::Arc;

use crate::id::SilenceId;
use crate::pipeline::{BookChange, State, Transition};
use crate::suppress::silence::{SILENCES_MAX, Silence, SilenceError, SilenceState};
use crate::time::Timestamp;

/// What `silence` becomes next to those that are there: itself, under its own id where it may replace one, else under
/// `fresh` (Alertmanager's `silence.Set`: what has expired, or would silence other alerts, is a new one).
///
/// # Errors
/// The first thing about it that is not taken.
pub fn admit(state: &State, silence: Silence, fresh: SilenceId, now: Timestamp) -> Result<Silence, SilenceError> {
    let starts_at = silence.starts_at;
    let silence = Silence { updated_at: now, ..silence.accept(now)? };
    if silence.id.as_str().is_empty() {
        if state.book.silences().count() >= SILENCES_MAX {
            return Err(SilenceError::TooMany);
        }
        return Ok(Silence { id: fresh, starts_at: starts_at.max(now), ..silence });
    }
    let known = state.book.silence(&silence.id).ok_or_else(|| SilenceError::Unknown(silence.id.clone()))?;
    let is_same_start = known.starts_at == silence.starts_at;
    let can_replace = match known.state(now) {
        SilenceState::Pending => known.matchers == silence.matchers,
        SilenceState::Active => known.matchers == silence.matchers && is_same_start,
        SilenceState::Expired => false,
    };
    // Who changes it through an API that has no word for this does not mean to change it.
    let recurs = silence.recurs.clone().or_else(|| known.recurs.clone());
    let silence = Silence { recurs, ..silence };
    if can_replace {
        return Ok(silence);
    }
    Ok(Silence { id: fresh, starts_at: starts_at.max(now), ..silence })
}

/// Keeps a silence; the one it replaces under another id expires.
pub(super) fn set(state: &State, silence: &Arc<Silence>, replaces: Option<&SilenceId>, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    if let Some(id) = replaces.filter(|id| **id != silence.id) {
        end(state, id, now, &mut transition);
    }
    transition.book(BookChange::Silence(silence.id.clone(), Some(Arc::clone(silence))));
    transition
}

pub(super) fn expired(state: &State, id: &SilenceId, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    end(state, id, now, &mut transition);
    transition
}

fn end(state: &State, id: &SilenceId, now: Timestamp, transition: &mut Transition) {
    let Some(known) = state.book.silence(id).filter(|known| known.state(now) != SilenceState::Expired) else { return };
    let starts_at = known.starts_at.min(now);
    let ended = Silence { starts_at, ends_at: now, updated_at: now, ..Silence::clone(known) };
    transition.book(BookChange::Silence(id.clone(), Some(Arc::new(ended))));
}

/// Forgets the silences whose retention is over.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    for id in state.book.silences_due(now) {
        transition.book(BookChange::Silence(id.clone(), None));
    }
}
