//! Pages as people see and answer them.

use tocsin_api::page as api;
use tocsin_core::id::PageId;
use tocsin_core::page::Page;
use tocsin_core::pipeline::{Act, Event, State};

use super::shown::labels;
use super::{Alerts, CommitError};
use crate::http::wire::time;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageRefused {
    #[error("no page is `{0}`; /api/v1/pages lists them")]
    Unknown(PageId),
    #[error("the page `{0}` is closed")]
    Closed(PageId),
    #[error("the page `{0}` is not acknowledged")]
    NotAcknowledged(PageId),
    #[error("the acknowledgement would end before it begins")]
    Past,
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Answers for a page, or takes the answer back; the page before and after it.
///
/// # Errors
/// Why that cannot be done.
pub async fn act(alerts: &Alerts, id: &PageId, by: &str, act: Act) -> Result<(api::Page, api::Page), PageRefused> {
    let before = alerts.look(|state, now| {
        let known = state.book().page(id).ok_or_else(|| PageRefused::Unknown(id.clone()))?;
        if !known.is_open() {
            return Err(PageRefused::Closed(id.clone()));
        }
        match &act {
            Act::Unacknowledge if !known.is_acknowledged() => Err(PageRefused::NotAcknowledged(id.clone())),
            Act::Acknowledge { until: Some(until), .. } if *until <= now => Err(PageRefused::Past),
            _ => Ok(page(state, known)),
        }
    })?;
    alerts.commit(vec![Event::Acted { page: id.clone(), by: by.to_owned(), act }]).await?;
    let after = alerts.look(|state, _| state.book().page(id).map(|known| page(state, known)));
    Ok((before, after.ok_or_else(|| PageRefused::Unknown(id.clone()))?))
}

#[must_use]
pub const fn state_of(page: &Page) -> api::PageState {
    if !page.is_open() {
        api::PageState::Closed
    } else if page.is_acknowledged() {
        api::PageState::Acknowledged
    } else {
        api::PageState::Open
    }
}

#[must_use]
pub fn page(state: &State, page: &Page) -> api::Page {
    let at = &page.state;
    let acknowledged = at.ack.as_ref().map(|ack| api::Acknowledgement {
        by: ack.by.clone(),
        at: time(ack.at),
        comment: ack.comment.clone(),
        until: ack.until.map(time),
        sticky: page.sticky,
    });
    let notes = page.notes.iter().map(|note| api::PageNote {
        at: time(note.at),
        round: note.round.into(),
        level: note.level as u64,
        words: note.what.to_string(),
    });
    api::Page {
        id: at.id.to_string(),
        state: state_of(page),
        group: page.group.to_string(),
        labels: labels(&page.group_labels),
        receiver: page.receiver.to_string(),
        policy: at.policy.name.to_string(),
        severity: at.severity.clone(),
        opened_at: time(at.opened_at),
        closed_at: at.closed_at.map(time),
        level: at.level.map_or(0, |level| level as u64 + 1),
        levels: at.policy.levels.len() as u64,
        round: u64::from(at.round) + 1,
        next_step_at: at.next_step_at.filter(|_| at.ack.is_none() && page.is_open()).map(time),
        exhausted: at.exhausted,
        acknowledged,
        told: at.told.iter().map(ToString::to_string).collect(),
        alerts: state.book().members(&page.group).map(|(fingerprint, _)| fingerprint.to_string()).collect(),
        notes: notes.collect(),
    }
}
