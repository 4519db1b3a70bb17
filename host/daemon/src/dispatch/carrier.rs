//! One attempt: the notice as its receiver's way wants it, sent, and what the answer means. What is configured is looked
//! up at the moment of sending, secrets and files too. Never fails: every end is a word for the pipeline.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tocsin_core::alertmanager::{EmailConfig, HttpConfig};
use tocsin_core::config::Config;
use tocsin_core::notify::{Cause, Dialect, Ended, Notice, Outcome};
use tocsin_core::payload::{self, Mail, Payload, Request};
use tocsin_core::receiver::{Integration, Kind};
use tocsin_sandbox::WallClock;
use tokio::sync::watch;
use tokio::time::Instant;

use super::http::{self, Clients};
use super::secret::Revealed;
use super::{mail, notifier};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::secrets::NodeSecrets;

/// Of one attempt that does not say otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A mail server takes its time on purpose.
const MAIL_TIMEOUT: Duration = Duration::from_secs(30);
/// Says to the other side that a second request of the same name is the same request.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// What any attempt needs; one, shared.
pub struct Carrier {
    pub clock: Arc<dyn WallClock>,
    pub config: watch::Receiver<Arc<Config>>,
    pub registry: Arc<Registry>,
    pub secrets: Arc<NodeSecrets>,
    pub metrics: Arc<Metrics>,
    pub clients: Clients,
}

impl std::fmt::Debug for Carrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Carrier").finish_non_exhaustive()
    }
}

impl Carrier {
    /// Tries once.
    pub async fn carry(&self, notice: &Notice) -> Ended {
        let config = Arc::clone(&self.config.borrow());
        let (to, began) = (&notice.to, Instant::now());
        let receiver = config.alerting.receivers.get(&to.receiver);
        let Some(integration) = receiver.and_then(|receiver| receiver.integrations.get(to.integration)) else {
            return Ended::rejected(format!("{}[{}]: the configuration no longer has it", to.receiver, to.integration));
        };
        let mut revealed = Revealed::default();
        let ended = self.attempt(notice, &config, integration, &mut revealed).await.unwrap_or_else(|ended| ended);
        let kind = integration.kind.as_str();
        self.metrics.notified(kind, &to.receiver, began.elapsed(), ended.cause);
        let named = |reason: String| format!("{}/{kind}[{}]: {}", to.receiver, to.integration, revealed.hide(&reason));
        let outcome = match ended.outcome {
            Outcome::Delivered(name) => Outcome::Delivered(name),
            Outcome::Failed { reason, after } => Outcome::Failed { reason: named(reason), after },
            Outcome::Rejected { reason } => Outcome::Rejected { reason: named(reason) },
        };
        if let Outcome::Failed { reason, .. } | Outcome::Rejected { reason } = &outcome {
            tracing::warn!(notice = %notice.id, attempt = notice.attempts + 1, "{reason}");
        }
        Ended { outcome, cause: ended.cause }
    }

    async fn attempt(
        &self,
        notice: &Notice,
        config: &Config,
        integration: &Integration,
        revealed: &mut Revealed,
    ) -> Result<Ended, Ended> {
        let secret = match payload::secret(&integration.kind) {
            Some(source) => revealed.reveal(source).await?,
            None => String::new(),
        };
        let alerting = &config.alerting;
        let written = payload::write(notice, &integration.kind, &alerting.templates, &alerting.external_url, &secret)
            .map_err(|unsendable| Ended::rejected(unsendable.to_string()))?;
        let Some(written) = written else { return Ok(Ended::delivered(None)) };
        for error in &written.failed {
            tracing::warn!(receiver = %notice.to.receiver, "a template failed, and plain text stands in: {error}");
        }
        let timeout = integration.timeout;
        match (written.payload, &integration.kind) {
            (Payload::Http(request), kind) => {
                self.ask(notice, config, (kind, timeout.unwrap_or(TIMEOUT)), request, revealed).await
            }
            (Payload::Email(letter), Kind::Email(email)) => {
                self.post(config, (email, timeout.unwrap_or(MAIL_TIMEOUT)), letter, revealed).await
            }
            (Payload::Plugin(notification), Kind::Notifier(plugin)) => {
                notifier::carry(plugin, notification, &self.registry, &self.secrets, &self.metrics).await
            }
            (Payload::Email(_) | Payload::Plugin(_), kind) => {
                let reason = format!("what was written is not for {}", kind.as_str());
                Err(Ended::failed(Cause::Other, reason, None))
            }
        }
    }

    async fn ask(
        &self,
        notice: &Notice,
        config: &Config,
        (kind, timeout): (&Kind, Duration),
        Request { method, url, mut headers, body }: Request,
        revealed: &mut Revealed,
    ) -> Result<Ended, Ended> {
        let silent = HttpConfig::default();
        let (http, dialect) = match kind {
            Kind::Webhook(webhook) => (&webhook.http, Dialect::Plain),
            Kind::Slack(slack) => (&slack.http, Dialect::Slack),
            Kind::PagerDuty(pager_duty) => (&pager_duty.http, Dialect::PagerDuty),
            Kind::Ticket(ticket) => (&ticket.http, Dialect::Plain),
            Kind::Sms(_) | Kind::Email(_) | Kind::Notifier(_) => (&silent, Dialect::Sms),
        };
        if let Kind::Webhook(_) | Kind::Ticket(_) = kind {
            headers.push((IDEMPOTENCY_KEY.to_owned(), notice.id.to_string()));
        }
        if let Kind::Sms(sms) = kind {
            let token = revealed.reveal_own(&sms.token).await?;
            headers.push(("Authorization".to_owned(), http::basic(&sms.account, &token)));
        }
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Ended::rejected(format!("`{method}` is not a method of HTTP")))?;
        let client = self.clients.client(&notice.to, http, config.network.ca_file.as_deref(), revealed).await?;
        let request = http::Request { method, url, headers, body };
        http::exchange(&client, (http, dialect), request, (timeout, self.clock.now()), revealed).await
    }

    async fn post(
        &self,
        config: &Config,
        (email, timeout): (&EmailConfig, Duration),
        letter: Mail,
        revealed: &mut Revealed,
    ) -> Result<Ended, Ended> {
        mail::carry(email, &letter, self.clock.now(), config.network.ca_file.as_deref(), timeout, revealed).await
    }
}
