//! Maintenance windows as people see, make and end them. Those of the configuration are changed there.

use std::sync::Arc;

use tocsin_api::silence as api;
use tocsin_core::id::WindowName;
use tocsin_core::maintenance::{Scope, When, Window};
use tocsin_core::pipeline::{Event, State};
use tocsin_core::time::Timestamp;

use super::{Alerts, CommitError};
use crate::http::wire::time;

/// Made over the API, and kept for a day once they are over.
const WINDOWS_MAX: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowRefused {
    #[error("no maintenance window is named `{0}`; /api/v1/maintenance lists them")]
    Unknown(WindowName),
    #[error("the maintenance window `{0}` stands in the configuration; change it there")]
    Configured(WindowName),
    #[error("there are {WINDOWS_MAX} maintenance windows already")]
    TooMany,
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Makes a window, or changes the one of that name; what it was before.
///
/// # Errors
/// Why that cannot be done.
pub async fn set(
    alerts: &Alerts,
    window: Window,
) -> Result<(Option<api::MaintenanceWindow>, api::MaintenanceWindow), WindowRefused> {
    let (name, window) = (window.name.clone(), Arc::new(window));
    let before = alerts.look(|state, now| {
        let before = own(state, &name)?;
        if before.is_none() && state.book().windows().count() >= WINDOWS_MAX {
            return Err(WindowRefused::TooMany);
        }
        Ok(before.map(|before| shown(state, &before, false, now)))
    })?;
    alerts.commit(vec![Event::Window(name, Some(Arc::clone(&window)))]).await?;
    Ok((before, alerts.look(|state, now| shown(state, &window, false, now))))
}

/// Takes a window back; what it was.
///
/// # Errors
/// Why that cannot be done.
pub async fn end(alerts: &Alerts, name: &WindowName) -> Result<api::MaintenanceWindow, WindowRefused> {
    let before = alerts.look(|state, now| {
        let window = own(state, name)?.ok_or_else(|| WindowRefused::Unknown(name.clone()))?;
        Ok::<_, WindowRefused>(shown(state, &window, false, now))
    })?;
    alerts.commit(vec![Event::Window(name.clone(), None)]).await?;
    Ok(before)
}

/// The window of that name, if it was made over the API.
fn own(state: &State, name: &WindowName) -> Result<Option<Arc<Window>>, WindowRefused> {
    let mut configured = state.config().into_iter().flat_map(|config| &config.maintenance);
    if configured.any(|window| window.name == *name) {
        return Err(WindowRefused::Configured(name.clone()));
    }
    Ok(state.book().windows().find(|window| window.name == *name).cloned())
}

/// All of them, those under way first.
#[must_use]
pub fn list(state: &State, now: Timestamp) -> api::MaintenanceList {
    let configured = state.config().into_iter().flat_map(|config| &config.maintenance);
    let mut windows: Vec<_> = configured.map(|window| shown(state, window, true, now)).collect();
    windows.extend(state.book().windows().map(|window| shown(state, window, false, now)));
    windows.sort_by(|a, b| {
        (!a.active, a.starts_at.is_none(), a.starts_at, &a.name).cmp(&(
            !b.active,
            b.starts_at.is_none(),
            b.starts_at,
            &b.name,
        ))
    });
    api::MaintenanceList { windows }
}

fn shown(state: &State, window: &Window, configured: bool, now: Timestamp) -> api::MaintenanceWindow {
    let progress = state.book().progress(&window.name);
    let span = window.next_span(now);
    let ended_early = progress.filter(|progress| span.is_some_and(|span| span.start == progress.start));
    api::MaintenanceWindow {
        name: window.name.to_string(),
        configured,
        covers: match &window.scope {
            Scope::Node => "the whole node".to_owned(),
            Scope::Checks(checks) => {
                let names: Vec<&str> = checks.iter().map(|check| check.as_str()).collect();
                format!("checks {}", names.join(", "))
            }
            Scope::Labels(matchers) => matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        },
        active: window.is_active(now, progress),
        starts_at: span.map(|span| time(span.start)),
        ends_at: span.map(|span| time(span.end)),
        recurs: match &window.when {
            When::Once(_) => None,
            When::Recurring { starts, duration } => {
                Some(format!("cron {} {} for {duration:?}", starts.expression(), starts.time_zone()))
            }
        },
        end_when_healthy: window.end_when_healthy,
        ended_early_at: ended_early.and_then(|progress| progress.ended_at).map(time),
        comment: window.comment.clone(),
    }
}
