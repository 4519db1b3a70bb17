//! From an order to its verb: looked at and journalled, or begun once and carried out, within its time. Every failure says
//! whether anything was changed. Knows nothing of how any one verb is done.

mod carry;
mod look;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tocsin_core::remediation::Approved;
use tocsin_core::time::Timestamp;
use tocsin_core::verb::{Changed, Done, Errand, Order, OrderKey, Prepared, VerbFailure};
use tokio::time::{Instant, timeout, timeout_at};

use crate::cleanup::{self, Freed, Ward};
use crate::failure::{Outcome, refused, span, unclear};
use crate::found::{FilesFound, Found, Look};
use crate::http::HttpSender;
use crate::journal::{Entry, Journal, JournalError, digest};
use crate::unit::Bus;

/// A verb keeps its deadline by itself and then says what it knows; one that does not is no longer waited for.
const SLACK: Duration = Duration::from_secs(8);

/// What it takes to carry out orders on this node.
pub struct Setup {
    /// A folder of its own; made if it is missing.
    pub journal: PathBuf,
    /// Files that were deleted wait here, where it lies on their file system.
    pub quarantine: PathBuf,
    pub sender: Arc<dyn HttpSender>,
    pub bus: Bus,
    /// What time it is: files are deleted by their age.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("journal", &self.journal).field("bus", &self.bus).finish_non_exhaustive()
    }
}

/// Carries out orders.
#[derive(Clone, Debug)]
pub struct Executor {
    setup: Arc<Setup>,
    journal: Journal,
    /// `/proc/sys`
    settings: Arc<str>,
}

impl Executor {
    /// # Errors
    /// If the journal's folder cannot be made.
    pub fn new(setup: Setup) -> Result<Self, JournalError> {
        let journal = Journal::open(&setup.journal)?;
        Ok(Self { setup: Arc::new(setup), journal, settings: Arc::from("/proc/sys") })
    }

    /// Looks at what an order is about, and journals what it would take to take it back. Nothing else is changed, whatever
    /// comes of it.
    ///
    /// # Errors
    /// If it could not be carried out as things are, or not be journalled, or was begun before.
    pub async fn prepare(&self, order: &Order) -> Result<Prepared, VerbFailure> {
        let looked = async {
            let look = self.look(order).await?;
            self.keep(order, look).await
        };
        let late = |_| refused(format!("it could not be looked at within {}", span(order.timeout)));
        let prepared = timeout(order.timeout, looked).await.map_err(late).and_then(|prepared| prepared);
        prepared.map_err(|failure| VerbFailure { changed: Changed::No, ..failure })
    }

    /// Carries out what was looked at before, once.
    ///
    /// # Errors
    /// If it was refused, did not work, or is not known to have worked; the failure says which.
    pub async fn carry(&self, approved: Approved) -> Result<Done, VerbFailure> {
        self.carry_out(approved.order()).await
    }

    pub(crate) async fn carry_out(&self, order: &Order) -> Outcome<Done> {
        let deadline = Instant::now() + order.timeout;
        let began = timeout_at(deadline, self.begin(order)).await;
        let entry = began.map_err(|_| refused("the journal did not answer in time, so nothing was begun"))??;
        let carried = timeout_at(deadline + SLACK, self.carry_at(order, &entry.found, deadline)).await;
        carried.unwrap_or_else(|_| {
            let reason = format!("it was not over within {}, and is not waited for any longer", span(order.timeout));
            Err(unclear(reason))
        })
    }

    /// Removes for good what an order moved into quarantine; it cannot be taken back afterwards.
    ///
    /// # Errors
    /// If the journal does not know the order, or a file cannot be removed.
    pub async fn empty_quarantine(&self, key: &OrderKey) -> Result<Freed, VerbFailure> {
        let (this, key) = (self.clone(), key.clone());
        blocking(move || {
            let Some(entry) = this.journal.entry(&key)? else {
                return Err(JournalError::NotPrepared(key).into());
            };
            let Found::Files(found) = entry.found else { return Ok(Freed::default()) };
            this.journal.note_emptied(&key)?;
            cleanup::empty(&found, this.ward(&key))
        })
        .await
    }

    /// Drops what the journal keeps of an order that is over.
    ///
    /// # Errors
    /// If it still has files in quarantine, or the disk fails.
    pub async fn forget(&self, key: &OrderKey) -> Result<(), VerbFailure> {
        let (this, key) = (self.clone(), key.clone());
        blocking(move || {
            if let Some(Found::Files(found)) = this.journal.entry(&key)?.map(|entry| entry.found)
                && cleanup::is_held(&found, this.ward(&key))
            {
                return Err(JournalError::Quarantined(key).into());
            }
            Ok(this.journal.forget(&key)?)
        })
        .await
    }

    /// Every order that the journal keeps something of.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn kept(&self) -> Result<Vec<OrderKey>, VerbFailure> {
        let journal = self.journal.clone();
        blocking(move || Ok(journal.keys()?)).await
    }

    async fn keep(&self, order: &Order, look: Look) -> Outcome<Prepared> {
        let journal = self.journal.clone();
        let (key, errand) = (order.key.clone(), errand_digest(order)?);
        blocking(move || {
            let entry = Entry { key, errand, found: look.found.clone() };
            journal.keep(&entry, look.content.as_deref())?;
            Ok(look.prepared())
        })
        .await
    }

    async fn begin(&self, order: &Order) -> Outcome<Entry> {
        let journal = self.journal.clone();
        let (key, errand) = (order.key.clone(), errand_digest(order)?);
        blocking(move || {
            let entry = journal.entry(&key)?.ok_or_else(|| JournalError::NotPrepared(key.clone()))?;
            if entry.errand != errand {
                return Err(JournalError::Another(key).into());
            }
            journal.begin(&key)?;
            Ok(entry)
        })
        .await
    }

    /// Of the order that this one takes back.
    async fn taken_back(&self, order: &Order) -> Outcome<(OrderKey, Entry)> {
        let journal = self.journal.clone();
        let key = OrderKey { undo: false, ..order.key.clone() };
        blocking(move || {
            let entry = journal.entry(&key)?.ok_or_else(|| JournalError::NotPrepared(key.clone()))?;
            if journal.is_emptied(&key)? {
                return Err(refused(format!("what {key} moved into quarantine was removed for good")));
            }
            if !journal.is_begun(&key)? {
                return Err(refused(format!("{key} was never begun, so there is nothing to take back")));
            }
            Ok((key, entry))
        })
        .await
    }

    fn ward<'a>(&'a self, key: &'a OrderKey) -> Ward<'a> {
        Ward { node: &self.setup.quarantine, key }
    }
}

/// On a thread where waiting for a disk holds nobody up.
async fn blocking<T, F>(work: F) -> Outcome<T>
where
    T: Send + 'static,
    F: FnOnce() -> Outcome<T> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(unclear(format!("it ended in the middle: {error}"))))
}

fn errand_digest(order: &Order) -> Outcome<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Text<'a> {
        Do(&'a tocsin_core::plan::Verb),
        Undo(&'a tocsin_core::verb::Undo),
    }
    let text = match &order.errand {
        Errand::Do(verb) => Text::Do(verb),
        Errand::Undo(undo) => Text::Undo(undo),
    };
    let json =
        serde_json::to_vec(&text).map_err(|error| refused(format!("the order cannot be written down: {error}")))?;
    Ok(digest(&json))
}

/// What does not fit what the journal knows of an order.
fn mismatch(order: &Order) -> VerbFailure {
    refused(format!("what the journal knows of {} does not fit what it asks for", order.key))
}

fn files(found: &Found, order: &Order) -> Outcome<FilesFound> {
    match found {
        Found::Files(found) => Ok(found.clone()),
        _ => Err(mismatch(order)),
    }
}

#[cfg(test)]
mod tests;
