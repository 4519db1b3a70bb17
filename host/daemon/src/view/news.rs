//! The board's news as changes on the wire. Knows nothing of who reads them.

use std::sync::Arc;

use tocsin_api as api;
use tocsin_core::id::CheckName;
use tocsin_core::pipeline::{BookChange, IncidentChange, RemediationChange};
use tocsin_core::suppress::silence::SilenceState;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{Node, check};
use crate::alerts::{incidents, pages};
use crate::board::News;
use crate::http::wire;

impl Node {
    /// Turns the board's news into changes for as long as anybody listens to them.
    pub async fn tell(self, stopping: CancellationToken) {
        loop {
            // Watching the board makes it speak; so it is watched only while somebody listens here.
            while self.changes.receiver_count() == 0 {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = self.listened.notified() => {}
                }
            }
            let mut news = self.board.watch();
            while self.changes.receiver_count() > 0 {
                let change = tokio::select! {
                    () = stopping.cancelled() => return,
                    news = news.recv() => match news {
                        Ok(news) => self.change(&news),
                        Err(RecvError::Lagged(_)) => Some(api::Change::Resync),
                        Err(RecvError::Closed) => return,
                    },
                };
                if let Some(change) = change {
                    // The last listener may have left just now.
                    let _nobody = self.changes.send(Arc::new(change));
                }
            }
        }
    }

    fn change(&self, news: &News) -> Option<api::Change> {
        match news {
            News::Ran(record) => self.ran(&record.check, wire::brief(record)),
            News::Check { check, from, to, at } => {
                let post = self.board.post(check)?;
                Some(api::Change::Health {
                    check: check.to_string(),
                    from: wire::health(*from),
                    to: wire::health(*to),
                    at: wire::time(*at),
                    summary: check::said(&post),
                })
            }
            News::Book(change) => book(change),
            News::Incident(IncidentChange::Incident(id, incident)) => {
                Some(api::Change::Incident { id: id.to_string(), state: incident.as_deref().map(incidents::state_of) })
            }
            News::Remediation(RemediationChange::Remediation(id, remediation)) => Some(api::Change::Remediation {
                id: id.to_string(),
                stage: remediation.as_ref().map(|it| it.stage.as_str().to_owned()),
            }),
            News::Remediation(RemediationChange::KillSwitch(..)) => Some(api::Change::KillSwitch),
            News::Incident(_) | News::Remediation(_) => None,
            News::Anomaly(found) => Some(api::Change::Anomaly { anomaly: wire::anomaly(found) }),
            News::Configured => Some(api::Change::Reloaded { checks: self.config().checks.len() as u64 }),
            News::Plugin(name) => Some(match self.registry.serving().get(name) {
                Some(serving) => api::Change::Plugin {
                    name: name.to_string(),
                    generation: serving.generation,
                    state: self.plugin(serving).state,
                },
                None => api::Change::PluginRemoved { name: name.to_string() },
            }),
        }
    }

    fn ran(&self, name: &CheckName, last_run: api::RunBrief) -> Option<api::Change> {
        let config = self.config();
        let summary = self.summary(config.checks.get(name)?, &self.board.post(name)?);
        let value = self.board.post(name)?.recent.back().and_then(|recent| recent.headline);
        Some(api::Change::Run {
            check: summary.name,
            status: summary.status,
            since: summary.since,
            summary: summary.summary,
            next_run_at: summary.next_run_at,
            paused: summary.paused,
            last_run,
            value,
        })
    }
}

/// What is told of the book. The states are those at the time of the change itself.
fn book(change: &BookChange) -> Option<api::Change> {
    match change {
        BookChange::Alert(fingerprint, alert) => Some(api::Change::Alert {
            fingerprint: fingerprint.to_string(),
            state: alert.as_ref().map(|alert| match alert.is_resolved(alert.updated_at) {
                true => api::alert::AlertState::Resolved,
                false => api::alert::AlertState::Firing,
            }),
            name: alert.as_ref().map(|alert| alert.labels.get("alertname").to_owned()).unwrap_or_default(),
            at: wire::time(alert.as_ref().map(|alert| alert.updated_at).unwrap_or_default()),
        }),
        BookChange::Silence(id, silence) => Some(api::Change::Silence {
            id: id.to_string(),
            state: silence.as_ref().map(|silence| match silence.state(silence.updated_at) {
                SilenceState::Active => api::silence::SilenceState::Active,
                SilenceState::Pending => api::silence::SilenceState::Pending,
                SilenceState::Expired => api::silence::SilenceState::Expired,
            }),
        }),
        BookChange::Page(id, page) => Some(api::Change::Page {
            id: id.to_string(),
            state: page.as_deref().map(pages::state_of),
            level: page.as_ref().and_then(|page| page.state.level).map_or(0, |level| level as u64 + 1),
        }),
        _ => None,
    }
}
