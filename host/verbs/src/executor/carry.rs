//! Which room carries an order out, with what was found when it was looked at.

use std::sync::Arc;

use tocsin_core::plan::{HttpCall, Verb};
use tocsin_core::verb::{Command, Done, Errand, Order, OrderKey, Undo};
use tokio::time::Instant;

use super::look::{granted_back, not_here};
use super::{Executor, blocking, files, mismatch};
use crate::cleanup;
use crate::command::Start;
use crate::failure::{Outcome, refused};
use crate::file::{Restore, Write};
use crate::found::Found;
use crate::http::Request;
use crate::process::Deliver;
use crate::sysctl::Setting;
use crate::unit::Ask;

impl Executor {
    pub(super) async fn carry_at(&self, order: &Order, found: &Found, deadline: Instant) -> Outcome<Done> {
        match &order.errand {
            Errand::Do(verb) => {
                // Once more: between look and deed the grant may have become another.
                order.rights.permits_verb(verb).map_err(|error| refused(error.to_string()))?;
                self.carry_verb(order, verb, found, deadline).await
            }
            Errand::Undo(undo) => self.carry_back(order, undo, found, deadline).await,
        }
    }

    async fn carry_verb(&self, order: &Order, verb: &Verb, found: &Found, deadline: Instant) -> Outcome<Done> {
        match (verb.clone(), found) {
            (Verb::RestartService { unit }, Found::Unit { active }) => {
                self.turn(&unit, Ask::Restart).carry(*active, deadline).await
            }
            (Verb::StartService { unit }, Found::Unit { active }) => {
                self.turn(&unit, Ask::Start).carry(*active, deadline).await
            }
            (Verb::StopService { unit }, Found::Unit { active }) => {
                self.turn(&unit, Ask::Stop).carry(*active, deadline).await
            }
            (Verb::SignalProcess { name, executable, pid, started_at, signal }, Found::Process(found)) => {
                Deliver { name: &name, executable: &executable, pid, started_at, signal: &signal }.carry(found)
            }
            (Verb::RunCommand { command, arguments }, Found::Nothing) => {
                let command = named(order, &command)?;
                Start { command: &command, arguments: &arguments }.carry(deadline).await
            }
            (Verb::HttpRequest { request, .. }, Found::Nothing) => self.request(order, &request).await,
            (Verb::WriteFile { path, content, mode }, Found::File(found)) => {
                let (key, found) = (order.key.clone(), found.clone());
                blocking(move || Write { path: &path, content: &content, mode }.carry(&key, &found)).await
            }
            (Verb::SetSysctl { key, value }, Found::Setting { value: before }) => {
                self.set(key, value, before.clone()).await
            }
            (Verb::DeleteFiles { .. }, Found::Files(found)) => {
                let (this, key, found) = (self.clone(), order.key.clone(), found.clone());
                blocking(move || cleanup::carry(&found, this.ward(&key), deadline)).await
            }
            (Verb::RunCheck { check }, _) => Err(not_here(check.as_str())),
            _ => Err(mismatch(order)),
        }
    }

    async fn carry_back(&self, order: &Order, undo: &Undo, found: &Found, deadline: Instant) -> Outcome<Done> {
        match (undo.clone(), found) {
            (Undo::StartService { unit }, Found::Unit { active }) => {
                self.turn(&unit, Ask::Start).carry(*active, deadline).await
            }
            (Undo::StopService { unit }, Found::Unit { active }) => {
                self.turn(&unit, Ask::Stop).carry(*active, deadline).await
            }
            (Undo::HttpRequest { request }, Found::Nothing) => {
                granted_back(order, &request)?;
                self.request(order, &request).await
            }
            (Undo::SetSysctl { key, value }, Found::Setting { value: before }) => {
                self.set(key, value, before.clone()).await
            }
            (Undo::RestoreFile { path, existed, mode }, Found::Nothing) => {
                let (done, entry) = self.taken_back(order).await?;
                let Found::File(found) = entry.found else { return Err(mismatch(order)) };
                let (journal, key) = (self.journal.clone(), order.key.clone());
                blocking(move || {
                    let content = found.before.as_ref().map(|before| journal.content(&done, &before.digest));
                    let content = content.transpose()?;
                    Restore { path: &path, existed, mode, found: &found, content: content.as_deref() }.carry(&key)
                })
                .await
            }
            (Undo::MoveBack { folder, .. }, Found::Nothing) => {
                let (done, entry): (OrderKey, _) = self.taken_back(order).await?;
                let found = files(&entry.found, order)?;
                if found.folder != folder {
                    return Err(mismatch(order));
                }
                let this = self.clone();
                blocking(move || cleanup::carry_back(&found, this.ward(&done), deadline)).await
            }
            _ => Err(mismatch(order)),
        }
    }

    async fn request(&self, order: &Order, call: &HttpCall) -> Outcome<Done> {
        Request { call, rights: &order.rights }.carry(self.setup.sender.as_ref(), order.timeout).await
    }

    async fn set(&self, key: String, value: String, before: String) -> Outcome<Done> {
        let root = self.settings.clone();
        blocking(move || Setting { root: &root, key: &key, value: &value }.carry(&before)).await
    }
}

/// The command that an order brings along, if it is the one that its plan names.
pub(super) fn named(order: &Order, name: &str) -> Outcome<Arc<Command>> {
    let command = order.command.as_ref().filter(|command| command.name.as_str() == name);
    let reason = || refused(format!("this node's configuration has no command `{name}`"));
    command.cloned().ok_or_else(reason)
}
