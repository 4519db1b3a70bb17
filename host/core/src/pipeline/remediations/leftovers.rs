//! What becomes of what verbs keep to be taken back with: journals, and files in quarantine. Kept while somebody may want
//! it back, and not for ever. Knows nothing of where it lies.

use std::time::Duration;

use crate::pipeline::State;
use crate::plan::Verb;
use crate::playbook::Quarantine;
use crate::remediation::{End, Remediation, Stage, StepResult};
use crate::time::Timestamp;
use crate::verb::OrderKey;

/// What failed is kept so long for whoever looks into it.
const FAILED_KEPT: Duration = Duration::from_secs(7 * 86_400);

/// What is done about one order's leftovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tidy {
    /// Its files are removed for good; it can still be looked up.
    Empty,
    /// Nothing is left in quarantine: its journal goes.
    Forget,
    EmptyAndForget,
}

/// Of these orders, those whose leftovers are to go.
#[must_use]
pub fn leftovers(state: &State, kept: &[OrderKey], now: Timestamp) -> Vec<(OrderKey, Tidy)> {
    kept.iter().filter_map(|key| Some((key.clone(), tidy(state, key, now)?))).collect()
}

fn tidy(state: &State, key: &OrderKey, now: Timestamp) -> Option<Tidy> {
    // A database that was lost knows nothing: what nobody can tell about is for a person to clear away.
    let it = state.remediations.get(&key.remediation)?;
    let Some(ended) = &it.ended else { return makes_room(state, it, key).then_some(Tidy::Empty) };
    match ended.how {
        End::Verified | End::Dropped | End::Observed | End::Refused | End::Unapproved => Some(Tidy::EmptyAndForget),
        End::Undone => Some(Tidy::Forget),
        End::Failed | End::Indeterminate => (now >= ended.at.after(FAILED_KEPT)).then_some(Tidy::EmptyAndForget),
    }
}

/// Whether its files must go before anyone can see that it helped.
fn makes_room(state: &State, it: &Remediation, key: &OrderKey) -> bool {
    let playbook = state.config().and_then(|config| config.playbooks.get(&it.playbook));
    let is_asked = playbook.is_some_and(|playbook| playbook.verification.quarantine == Quarantine::Empty);
    let is_verified = matches!(it.stage, Stage::Settling { .. } | Stage::Verifying { .. });
    let step = usize::try_from(key.step).ok().and_then(|step| it.planned.as_ref()?.plan.steps.get(step));
    let deletes = step.is_some_and(|step| matches!(step.verb, Verb::DeleteFiles { .. }));
    let record = it.steps.iter().find(|record| record.step == key.step);
    let is_done = record.is_some_and(|record| matches!(record.result, Some(StepResult::Done(_))));
    is_asked && is_verified && deletes && is_done && !key.undo
}
