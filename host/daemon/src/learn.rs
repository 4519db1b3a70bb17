//! What the metrics around the onset of an incident show, looked up once it is resolved: a hint for its post-mortem. Knows
//! nothing of what a metric means.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tocsin_core::id::{CheckName, IncidentId};
use tocsin_core::incident::postmortem::{Act, Excerpt, moved};
use tocsin_core::incident::{Incident, IncidentAct, NODE};
use tocsin_core::pipeline::{Event, State};
use tocsin_core::time::Timestamp;
use tocsin_store::{SampleLog as _, Store, StoreError};
use tokio::sync::mpsc;

use crate::pipeline::SharedState;
use crate::registry::chain;

const BEFORE: Duration = Duration::from_secs(30 * 60);
const AFTER: Duration = Duration::from_secs(10 * 60);
/// Of one node; more metrics than these say nothing more.
const SERIES_MAX: usize = 2_000;
const SEEN_MAX: usize = 10_000;

/// An incident, and when it was resolved.
pub type Resolved = (IncidentId, Timestamp);

/// Looks until nobody can ask any more. What cannot be read is left out.
pub async fn learn(
    store: Store,
    state: SharedState,
    mut resolved: mpsc::Receiver<Resolved>,
    events: mpsc::Sender<Event>,
) {
    // What was found is itself a change of the incident, and is no reason to look again.
    let mut seen: BTreeMap<IncidentId, Timestamp> = BTreeMap::new();
    while let Some((id, at)) = resolved.recv().await {
        if seen.insert(id.clone(), at) == Some(at) {
            continue;
        }
        if seen.len() > SEEN_MAX {
            seen.clear();
        }
        let (store, state) = (store.clone(), state.clone());
        let found = tokio::task::spawn_blocking(move || {
            let question = Question::of(&state.read().unwrap_or_else(std::sync::PoisonError::into_inner), &id)?;
            let excerpts = question.excerpts(&store);
            let excerpts = excerpts.inspect_err(|error| {
                tracing::warn!(incident = %id, error = chain(error), "the metrics around its onset cannot be read");
            });
            // Samples may be gone by now: nothing is no reason to forget what was found.
            let found = Some(moved(&excerpts.ok()?)).filter(|found| !found.is_empty())?;
            let act = IncidentAct::Postmortem(Act::Moved(found));
            Some(Event::IncidentActed { incident: id, by: NODE.to_owned(), act })
        });
        if let Ok(Some(event)) = found.await {
            // A pipeline that has stopped has no post-mortem to write.
            let _stopped = events.send(event).await;
        }
    }
}

/// When an incident was resolved whose post-mortem nobody has completed.
#[must_use]
pub fn wanted(incident: &Incident) -> Option<Timestamp> {
    incident.postmortem.as_ref().filter(|it| it.completed.is_none())?;
    incident.resolved.as_ref().map(|signed| signed.at)
}

struct Question {
    onset: Timestamp,
    /// Those that its alerts are about, before all others.
    checks: Vec<CheckName>,
}

impl Question {
    fn of(state: &State, id: &IncidentId) -> Option<Self> {
        let incident = state.incidents().get(id).filter(|incident| wanted(incident).is_some())?;
        let concerned: BTreeSet<&CheckName> = incident.checks();
        let others = state.checks().filter(|check| !concerned.contains(check));
        Some(Self { onset: incident.onset, checks: concerned.iter().copied().chain(others).cloned().collect() })
    }

    fn excerpts(&self, store: &Store) -> Result<Vec<Excerpt>, StoreError> {
        let mut excerpts = Vec::new();
        for check in &self.checks {
            for info in store.series_of(check) {
                if excerpts.len() >= SERIES_MAX {
                    return Ok(excerpts);
                }
                let values = |from: Timestamp, to: Timestamp| {
                    let samples = store.range(&info.key, from, to)?;
                    Ok::<_, StoreError>(samples.into_iter().filter_map(|sample| sample.value).collect::<Vec<f64>>())
                };
                excerpts.push(Excerpt {
                    check: check.clone(),
                    metric: info.key.metric.clone(),
                    before: values(self.onset.before(BEFORE), self.onset.before(Duration::from_millis(1)))?,
                    after: values(self.onset, self.onset.after(AFTER))?,
                });
            }
        }
        Ok(excerpts)
    }
}
