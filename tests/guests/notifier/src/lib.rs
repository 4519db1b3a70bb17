//! A notifier that posts its notification to where its config says, under the notification's own key, and tells
//! delivered, again in a second, and never apart by the answer.

use std::time::Duration;

use tocsin_sdk::notifiers::{Delivery, Notification};
use tocsin_sdk::{CallError, Error, http};

#[tocsin_sdk::config]
struct Config {
    /// Where to post.
    url: String,
}

/// However long the other side would have the host wait, a test does not.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

#[tocsin_sdk::notifier]
fn notify(config: Config, notification: Notification) -> Result<Delivery, Error> {
    let text = format!("{} to {}: {}", notification.title, notification.receiver, notification.body);
    match http::post(&config.url, text).header("idempotency-key", notification.id).send() {
        Ok(response) if response.status < 300 => Ok(Delivery::Delivered(None)),
        Ok(response) if response.status >= 500 => {
            Ok(Delivery::retry_after(AGAIN_AFTER, format!("answered {}", response.status)))
        }
        Ok(response) => Ok(Delivery::Rejected(format!("answered {}", response.status))),
        Err(CallError::Failed(failure)) => Ok(Delivery::retry_after(AGAIN_AFTER, failure.to_string())),
        Err(denied) => Err(denied.into()),
    }
}
