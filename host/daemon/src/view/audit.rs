//! The audit log, kept in the store. Knows nothing of who may change what.

use futures_util::future::BoxFuture;
use tocsin_api as api;
use tocsin_store::AuditEntry;

use super::Node;
use crate::audit::{AuditLog, Audited};
use crate::auth;
use crate::http::wire::time;

/// What the log says of a change that was made.
const DONE: &str = "ok";

impl AuditLog for Node {
    fn append(&self, change: Audited) -> BoxFuture<'_, Result<(), api::Problem>> {
        let entry = AuditEntry {
            at: self.control.clock.now(),
            who: change.who.name,
            role: change.who.role,
            action: change.action.as_str().to_owned(),
            target: change.target,
            before: change.before,
            after: change.after,
            outcome: change.failed.unwrap_or_else(|| DONE.to_owned()),
        };
        Box::pin(async move { self.read(move |store| store.append_audit(&entry).map(drop)).await })
    }

    fn newest(&self, limit: usize) -> BoxFuture<'_, Result<Vec<api::AuditEntry>, api::Problem>> {
        Box::pin(async move {
            let entries = self.read(move |store| store.audit(None, limit)).await?;
            Ok(entries.into_iter().map(|(_, entry)| wire(entry)).collect())
        })
    }
}

fn wire(entry: AuditEntry) -> api::AuditEntry {
    let AuditEntry { at, who, role: held, action, target, before, after, outcome } = entry;
    api::AuditEntry { at: time(at), who, role: auth::name(held).to_owned(), action, target, before, after, outcome }
}
