//! How long each stage waits for a word before it asks again or gives up. Knows nothing of what is waited for.

use std::time::Duration;

use crate::config::Config;
use crate::id::CheckName;
use crate::plan::Plan;

/// Whatever can be lost is asked this often; then it is taken to be lost.
pub(super) const ASKS: u32 = 3;
/// A step is looked at within this.
pub(super) const PREPARE: Duration = Duration::from_secs(60);
/// Beyond a verb's own time limit, before nobody can tell what became of it.
pub(super) const CARRY_GRACE: Duration = Duration::from_secs(30);
/// From the decision on: what begins later, and takes its time, would still run when nobody waits for it any more.
pub(super) const BEGIN_WITHIN: Duration = Duration::from_secs(20);
/// What is held is looked at this often, where the gate names no moment.
pub(super) const HELD: Duration = Duration::from_secs(30);
/// A repair that could not begin for so long is not what the present asks for.
pub(super) const BEGIN: Duration = Duration::from_secs(86_400);
/// Nothing is repaired that cannot be seen, and so long nobody need wait for sight.
pub(super) const BLIND: Duration = Duration::from_secs(15 * 60);
/// After it healed by itself and broke again.
pub(super) const DROPPED: Duration = Duration::from_secs(60);

/// Beyond the longest that a run or a call may take.
const MARGIN: Duration = Duration::from_secs(5);
/// The longest a verb may take, whatever its plan says.
const VERB_MAX: Duration = Duration::from_secs(600);
const VERB_MIN: Duration = Duration::from_millis(100);

/// For all of these checks to be run once.
pub(super) fn runs<'c>(config: &Config, checks: impl IntoIterator<Item = &'c CheckName>) -> Duration {
    let deadlines = checks.into_iter().filter_map(|check| Some(config.checks.get(check)?.limits.deadline));
    deadlines.max().unwrap_or_default() + MARGIN
}

/// For an action to answer.
pub(super) fn plan(deadline: Duration) -> Duration {
    deadline + MARGIN
}

/// For a step to be carried out or taken back, by its own word within bounds.
pub(super) fn verb(plan: &Plan, step: u32) -> Duration {
    let step = usize::try_from(step).ok().and_then(|step| plan.steps.get(step));
    let asked = step.map_or(VERB_MAX, |step| Duration::from_millis(u64::from(step.timeout_ms)));
    asked.clamp(VERB_MIN, VERB_MAX)
}
