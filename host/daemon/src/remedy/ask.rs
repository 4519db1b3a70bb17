//! Asking an action for a plan: the newest runs of the checks in question as evidence, one call within the plugin's own
//! limits. What the plugin does wrong is never a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use tocsin_core::id::{CheckName, Digest, RemediationId};
use tocsin_core::pipeline::{Event, Question};
use tocsin_core::plan::{ActionInput, CheckEvidence};
use tocsin_core::run::RunOutcome;
use tocsin_sandbox::Call;
use tokio_util::sync::CancellationToken;

use super::Remedy;

impl Remedy {
    pub(super) async fn plan(&self, remediation: RemediationId, question: Question) -> Event {
        let Question { rung, input, evidence_of } = question;
        let evidence = evidence_of.iter().filter_map(|check| self.evidence(check)).collect();
        let input = ActionInput { evidence, ..input };
        let plugin = match self.registry.plugin(&rung.plugin) {
            Ok(plugin) => plugin,
            Err(reason) => return Event::Planned { remediation, digest: Digest::new(""), answer: Err(reason) },
        };
        let call = Call {
            rights: Arc::new(rung.rights.clone()),
            limits: rung.limits,
            secrets: Arc::clone(&self.secrets) as Arc<dyn tocsin_sandbox::Secrets>,
            state: BTreeMap::new(),
            cancel: CancellationToken::new(),
        };
        let run = plugin.plan(call, input).await;
        for line in &run.log {
            tracing::debug!(plugin = %rung.plugin, level = %line.level, "{}", line.message);
        }
        self.metrics.action_ended(&rung.plugin, &run.outcome, run.cost, run.started_at);
        let answer = match (run.outcome, run.value) {
            (RunOutcome::Completed, Some(decision)) => Ok(Arc::new(decision)),
            (outcome, _) => Err(format!("the plugin `{}`: {outcome}", rung.plugin)),
        };
        Event::Planned { remediation, digest: plugin.digest().clone(), answer }
    }

    /// What the newest completed run of a check found.
    fn evidence(&self, check: &CheckName) -> Option<CheckEvidence> {
        let post = self.board.post(check)?;
        let run = post.latest.filter(|run| run.outcome.is_completed())?;
        let observation = run.observation.clone()?;
        let labels = self.config.borrow().checks.get(check).map(|check| check.labels.clone()).unwrap_or_default();
        Some(CheckEvidence { check: check.clone(), labels, at: run.finished_at(), observation })
    }
}
