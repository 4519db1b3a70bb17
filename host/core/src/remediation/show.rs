//! A remediation in words: its stage, its end, what became of each step. The command line, the API and the page show the
//! same. Knows nothing of how they do.

use std::fmt::Write as _;

use crate::plan::Step;
use crate::remediation::{Approval, End, Remediation, Stage, StepRecord, StepResult};

/// What is known of one step of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepShown<'r> {
    pub step: &'r Step,
    /// What it would do, once that was looked at.
    pub would: Option<&'r str>,
    pub is_undoable: bool,
    /// `waiting`, `under-way`, `done`, `failed`, `indeterminate`, `undone`, `not-undone`.
    pub state: &'static str,
    /// What came of it, in a sentence.
    pub said: Option<&'r str>,
    pub output: &'r str,
}

impl Remediation {
    /// Its stage, in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let checks = || self.checks.iter().map(|check| format!("`{check}`")).collect::<Vec<_>>().join(", ");
        let steps = self.planned.as_ref().map_or(0, |planned| planned.plan.steps.len());
        match &self.stage {
            Stage::Diagnosing { .. } => format!("looks for the cause: {} is run", self.awaited()),
            Stage::Probing { .. } => format!("runs again what triggered it: {}", checks()),
            Stage::Planning { .. } => "waits for the plan of its action".to_owned(),
            Stage::Held => match crate::remediation::gate::decisive(&self.verdicts) {
                Some(verdict) if verdict.ruling != crate::remediation::Ruling::Allow => {
                    format!("held: {}", verdict.reason)
                }
                _ => match &self.course.because {
                    Some(because) => format!("held: {because}"),
                    None => format!("held: nothing is known of {}", checks()),
                },
            },
            Stage::AwaitingApproval { until } => format!("waits for a person's approval until {until}"),
            Stage::Running { step } => format!("step {} of {steps} is {}", step + 1, self.doing(*step)),
            Stage::Settling { until } => format!("all steps are done; it settles until {until}"),
            Stage::Verifying { round, .. } => format!("is it better? Round {}: {} is run", round + 1, self.awaited()),
            Stage::Undoing { step } => format!("step {} is taken back", step + 1),
            Stage::Ended => match &self.ended {
                Some(ended) => format!("{}: {}", ended.how.sentence(), ended.reason),
                None => "ended".to_owned(),
            },
        }
    }

    /// Every step of the plan, and what became of it.
    pub fn steps_shown(&self) -> impl Iterator<Item = StepShown<'_>> {
        let steps = self.planned.iter().flat_map(|planned| &planned.plan.steps).enumerate();
        steps.map(|(index, step)| {
            let mut records = self.steps.iter();
            let record = records.find(|record| usize::try_from(record.step) == Ok(index));
            shown(step, record)
        })
    }

    /// The journal as lines for people, oldest first: what was decided, done, and taken back.
    #[must_use]
    pub fn journal(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(planned) = &self.planned {
            lines.push(format!("{} planned: {} (plan {})", planned.at, planned.plan.summary, planned.hash));
        }
        if let Some(Approval { by, at, until, .. }) = &self.approval {
            lines.push(format!("{at} approved by {by}, until {until}"));
        }
        self.steps.iter().for_each(|record| lines.push(line(record)));
        if let Some(ended) = &self.ended {
            lines.push(format!("{} {}: {}", ended.at, ended.how.sentence(), ended.reason));
        }
        lines
    }

    fn awaited(&self) -> String {
        let names: Vec<String> = self.course.awaits.iter().map(|check| format!("`{check}`")).collect();
        if names.is_empty() { "nothing more".to_owned() } else { names.join(", ") }
    }

    fn doing(&self, step: u32) -> &'static str {
        let record = self.steps.iter().find(|record| record.step == step);
        if record.is_some_and(|record| record.intended_at.is_some()) { "carried out" } else { "looked at" }
    }
}

impl End {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Undone => "undone",
            Self::Failed => "failed",
            Self::Indeterminate => "indeterminate",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
            Self::Unapproved => "unapproved",
            Self::Observed => "observed",
        }
    }

    /// As it begins a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Verified => "ended verified",
            Self::Undone => "ended undone",
            Self::Failed => "ended failed",
            Self::Indeterminate => "ended, and nobody can tell how",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
            Self::Unapproved => "not approved",
            Self::Observed => "only looked at",
        }
    }
}

fn shown<'r>(step: &'r Step, record: Option<&'r StepRecord>) -> StepShown<'r> {
    let prepared = record.and_then(|record| record.prepared.as_ref());
    let undone = record.and_then(|record| record.undo_result.as_ref());
    let done = record.and_then(|record| record.result.as_ref());
    let is_decided = record.is_some_and(|record| record.intended_at.is_some());
    let state = match (done, undone) {
        (_, Some(StepResult::Done(_))) => "undone",
        (_, Some(StepResult::Failed(_) | StepResult::Indeterminate)) => "not-undone",
        (Some(StepResult::Done(_)), None) => "done",
        (Some(StepResult::Failed(_)), None) => "failed",
        (Some(StepResult::Indeterminate), None) => "indeterminate",
        (None, None) if is_decided => "under-way",
        (None, None) => "waiting",
    };
    let (said, output) = match undone.or(done) {
        Some(StepResult::Done(done)) => (Some(done.says.as_str()), done.output.as_str()),
        Some(StepResult::Failed(failure)) => (Some(failure.reason.as_str()), failure.output.as_str()),
        Some(StepResult::Indeterminate) => (Some("nobody can tell what became of it"), ""),
        None => (None, ""),
    };
    StepShown {
        step,
        would: prepared.map(|prepared| prepared.says.as_str()),
        is_undoable: prepared.is_some_and(|prepared| prepared.undo.is_some()),
        state,
        said,
        output,
    }
}

fn line(record: &StepRecord) -> String {
    let mut line = format!("step {}", record.step + 1);
    if let Some(prepared) = &record.prepared {
        let _infallible = write!(line, ": {}", prepared.says);
    }
    if let Some(at) = record.intended_at {
        let _infallible = write!(line, "; decided upon at {at}");
    }
    let mut told = |what: &str, result: &Option<StepResult>| {
        let said = match result {
            Some(StepResult::Done(done)) => &done.says,
            Some(StepResult::Failed(failure)) => &failure.reason,
            Some(StepResult::Indeterminate) => "nobody can tell what became of it",
            None => return,
        };
        let _infallible = write!(line, "; {what}: {said}");
    };
    told("outcome", &record.result);
    told("taken back", &record.undo_result);
    line
}
