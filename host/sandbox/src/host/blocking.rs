//! Work that waits for the kernel, off the threads that wait for nobody, and no longer than the run may take.

use std::time::Duration;

/// What `work` returned, or a sentence that says why there is nothing. Work that is too late goes on for nobody.
pub(super) async fn within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    match tokio::time::timeout(patience, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err("the node failed while it read this".to_owned()),
        Err(_) => Err(format!("the kernel did not answer within {} ms", patience.as_millis())),
    }
}
