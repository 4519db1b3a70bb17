//! Which room looks at an order.

use std::time::Duration;

use tocsin_core::plan::{HttpCall, Verb};
use tocsin_core::verb::{Errand, Order, Undo};
use tokio::time::Instant;

use super::{Executor, blocking, files, mismatch};
use crate::cleanup::{self, Bounds, Cleanup};
use crate::command::Start;
use crate::failure::{Outcome, refused};
use crate::file::{Restore, Write};
use crate::found::{Found, Look};
use crate::http::Request;
use crate::process::Deliver;
use crate::sysctl::Setting;
use crate::unit::{Ask, Turn};

impl Executor {
    pub(super) async fn look(&self, order: &Order) -> Outcome<Look> {
        match &order.errand {
            Errand::Do(verb) => {
                order.rights.permits_verb(verb).map_err(|error| refused(error.to_string()))?;
                self.look_at(order, verb).await
            }
            Errand::Undo(undo) => self.look_back(order, undo).await,
        }
    }

    async fn look_at(&self, order: &Order, verb: &Verb) -> Outcome<Look> {
        match verb.clone() {
            Verb::RestartService { unit } => self.turn(&unit, Ask::Restart).look().await,
            Verb::StartService { unit } => self.turn(&unit, Ask::Start).look().await,
            Verb::StopService { unit } => self.turn(&unit, Ask::Stop).look().await,
            Verb::SignalProcess { name, executable, pid, started_at, signal } => {
                Deliver { name: &name, executable: &executable, pid, started_at, signal: &signal }.look()
            }
            Verb::RunCommand { command, arguments } => {
                let command = super::carry::named(order, &command)?;
                Start { command: &command, arguments: &arguments }.look()
            }
            Verb::HttpRequest { request, compensate } => {
                Request { call: &request, rights: &order.rights }.look(compensate.as_ref())
            }
            Verb::WriteFile { path, content, mode } => {
                blocking(move || Write { path: &path, content: &content, mode }.look()).await
            }
            Verb::SetSysctl { key, value } => {
                let root = self.settings.clone();
                blocking(move || Setting { root: &root, key: &key, value: &value }.look()).await
            }
            Verb::DeleteFiles { folder, pattern, older_than_seconds, count_max, bytes_max } => {
                let (this, key, now) = (self.clone(), order.key.clone(), (self.setup.clock)());
                let deadline = Instant::now() + order.timeout;
                let bounds = Bounds { older_than: Duration::from_secs(older_than_seconds), count_max, bytes_max };
                blocking(move || {
                    Cleanup { folder: &folder, pattern: &pattern, bounds }.look(this.ward(&key), now, deadline)
                })
                .await
            }
            Verb::RunCheck { check } => Err(not_here(check.as_str())),
        }
    }

    async fn look_back(&self, order: &Order, undo: &Undo) -> Outcome<Look> {
        match undo.clone() {
            Undo::StartService { unit } => self.turn(&unit, Ask::Start).look().await.map(no_further),
            Undo::StopService { unit } => self.turn(&unit, Ask::Stop).look().await.map(no_further),
            Undo::HttpRequest { request } => {
                granted_back(order, &request)?;
                Request { call: &request, rights: &order.rights }.look(None)
            }
            Undo::SetSysctl { key, value } => {
                let root = self.settings.clone();
                blocking(move || Setting { root: &root, key: &key, value: &value }.look()).await.map(no_further)
            }
            Undo::RestoreFile { path, existed, mode } => {
                let (done, entry) = self.taken_back(order).await?;
                let Found::File(found) = entry.found else { return Err(mismatch(order)) };
                let journal = self.journal.clone();
                blocking(move || {
                    let content = found.before.as_ref().map(|before| journal.content(&done, &before.digest));
                    let content = content.transpose()?;
                    Restore { path: &path, existed, mode, found: &found, content: content.as_deref() }.look()
                })
                .await
            }
            Undo::MoveBack { folder, .. } => {
                let (done, entry) = self.taken_back(order).await?;
                let found = files(&entry.found, order)?;
                if found.folder != folder {
                    return Err(mismatch(order));
                }
                let this = self.clone();
                blocking(move || cleanup::look_back(&found, this.ward(&done))).await
            }
        }
    }

    pub(super) fn turn<'a>(&'a self, unit: &'a str, ask: Ask) -> Turn<'a> {
        Turn { bus: &self.setup.bus, unit, ask }
    }
}

/// A compensating request is the plan's own, as the request was: it may go no further.
pub(super) fn granted_back(order: &Order, request: &HttpCall) -> Outcome<()> {
    let verb = Verb::HttpRequest { request: request.clone(), compensate: None };
    order.rights.permits_verb(&verb).map_err(|error| refused(error.to_string()))
}

/// What takes a step back is not itself taken back.
fn no_further(look: Look) -> Look {
    Look { undo: None, ..look }
}

/// The one verb that changes nothing but what the node knows.
pub(super) fn not_here(check: &str) -> tocsin_core::verb::VerbFailure {
    refused(format!("the check `{check}` is run by the node itself, which is no change that an order carries out"))
}
