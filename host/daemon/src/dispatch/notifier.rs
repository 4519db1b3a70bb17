//! Plugins of kind `notifier`: one notification in, what became of it out, within the plugin's own limits. What the
//! plugin does wrong is never the receiver's refusal: it is tried again.

use std::collections::BTreeMap;
use std::sync::Arc;

use tocsin_core::delivery::Notification;
use tocsin_core::notify::{Cause, Ended};
use tocsin_core::receiver::NotifierConfig;
use tocsin_core::run::RunOutcome;
use tocsin_sandbox::Call;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::secrets::NodeSecrets;

pub(super) async fn carry(
    config: &NotifierConfig,
    notification: Notification,
    registry: &Registry,
    secrets: &Arc<NodeSecrets>,
    metrics: &Metrics,
) -> Result<Ended, Ended> {
    let plugin = registry.plugin(&config.plugin).map_err(|reason| Ended::failed(Cause::Other, reason, None))?;
    let call = Call {
        rights: Arc::new(config.rights.clone()),
        limits: config.limits,
        secrets: Arc::clone(secrets) as Arc<dyn tocsin_sandbox::Secrets>,
        state: BTreeMap::new(),
        // An attempt in hand is finished at a shutdown; its deadline ends it.
        cancel: CancellationToken::new(),
    };
    let run = plugin.notify(call, config.config.to_string(), notification).await;
    for line in &run.log {
        tracing::debug!(plugin = %config.plugin, level = %line.level, "{}", line.message);
    }
    metrics.notifier_ended(&config.plugin, &run.outcome, run.cost, run.started_at);
    match (run.outcome, run.value) {
        (RunOutcome::Completed, Some(delivery)) => Ok(Ended::of_plugin(delivery)),
        (outcome, _) => {
            let cause = if matches!(outcome, RunOutcome::Deadline { .. }) { Cause::Deadline } else { Cause::Other };
            Err(Ended::failed(cause, format!("the plugin `{}`: {outcome}", config.plugin), None))
        }
    }
}
