//! Secrets at the moment they are sent: read from where they are, so that a changed file counts at once, and taken out
//! of every message that quotes what the other side said.

use std::path::Path;

use tocsin_core::alertmanager::SecretSource;
use tocsin_core::config;
use tocsin_core::notify::{Cause, Ended};
use tokio::io::AsyncReadExt as _;

/// Larger than any secret or bundle of certificates.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// What is shorter would be found in any text.
const HIDDEN_BYTES_MIN: usize = 4;

/// What was revealed for one attempt.
#[derive(Default)]
pub(super) struct Revealed(Vec<String>);

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Revealed").field(&self.0.len()).finish()
    }
}

impl Revealed {
    pub(super) async fn reveal(&mut self, source: &SecretSource) -> Result<String, Ended> {
        let value = match source {
            SecretSource::Inline(secret) => secret.reveal().to_owned(),
            SecretSource::File(path) => file(path).await?.trim().to_owned(),
        };
        self.0.push(value.clone());
        Ok(value)
    }

    pub(super) async fn reveal_own(&mut self, source: &config::SecretSource) -> Result<String, Ended> {
        let value = match source {
            config::SecretSource::File(path) => file(path).await?.trim_end_matches(['\n', '\r']).to_owned(),
            config::SecretSource::Env(variable) => std::env::var(variable)
                .map_err(|_| failed(format!("the environment variable {variable} is not set, or is not UTF-8")))?,
        };
        self.0.push(value.clone());
        Ok(value)
    }

    /// The text without any of them.
    pub(super) fn hide(&self, text: &str) -> String {
        let secrets = self.0.iter().filter(|secret| secret.len() >= HIDDEN_BYTES_MIN);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "<secret>"))
    }
}

/// A file's text, bounded.
pub(super) async fn file(path: &Path) -> Result<String, Ended> {
    let read = async {
        let mut text = String::new();
        tokio::fs::File::open(path).await?.take(FILE_BYTES_MAX).read_to_string(&mut text).await?;
        Ok::<_, std::io::Error>(text)
    };
    read.await.map_err(|error| failed(format!("the file {} cannot be read: {error}", path.display())))
}

/// Someone may put it right: another try.
pub(super) fn failed(reason: String) -> Ended {
    Ended::failed(Cause::Other, reason, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reason_quotes_a_secret() {
        let revealed = Revealed(vec!["hunter2".to_owned(), "a".to_owned(), String::new()]);
        assert_eq!(revealed.hide("a bad key hunter2"), "a bad key <secret>");
        assert_eq!(format!("{revealed:?}"), "Revealed(3)");
    }
}
