//! Version 0.1 of `tocsin:plugin`: what to link, which function to call, how to read what it returned.

use serde::{Deserialize, Serialize};
use tocsin_core::manifest::Kind;
use wasmtime::Store;
use wasmtime::component::{HasSelf, Instance, InstancePre, Linker};

use super::Answer;
use super::guest::{Guest, Powers};
use crate::input::{Input, Output};
use crate::limits::Stop;

mod bindings;
mod from_guest;
mod to_guest;

pub(crate) use bindings::exports::tocsin::plugin as exported;
pub(crate) use bindings::tocsin;
use bindings::tocsin::plugin;

/// The exported function of one plugin.
pub(crate) enum Adapter {
    Probe(exported::run_probe::GuestIndices),
    Detector(exported::run_detector::GuestIndices),
    Action(exported::run_action::GuestIndices),
    Notifier(exported::run_notifier::GuestIndices),
}

impl Adapter {
    pub(super) fn new(kind: Kind, pre: &InstancePre<Guest>) -> wasmtime::Result<Self> {
        Ok(match kind {
            Kind::Probe => Self::Probe(exported::run_probe::GuestIndices::new(pre)?),
            Kind::Detector => Self::Detector(exported::run_detector::GuestIndices::new(pre)?),
            Kind::Action => Self::Action(exported::run_action::GuestIndices::new(pre)?),
            Kind::Notifier => Self::Notifier(exported::run_notifier::GuestIndices::new(pre)?),
        })
    }

    /// Calls the instance's function; a question of another kind than the plugin's is the host's mistake.
    pub(super) async fn call(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
        question: &Question,
    ) -> wasmtime::Result<Answer> {
        match (self, question) {
            (Self::Probe(indices), Question::Probe(input)) => {
                let raw = indices.load(&mut *store, instance)?.call_run(store, input).await?;
                Ok(answer(raw, |raw| Ok(Output::Probe(from_guest::observation(raw)))))
            }
            (Self::Detector(indices), Question::Detector(input)) => {
                let raw = indices.load(&mut *store, instance)?.call_run(store, input).await?;
                Ok(answer(raw, |raw| from_guest::detection(input, raw).map(Output::Detector)))
            }
            (Self::Action(indices), Question::Action(input)) => {
                let raw = indices.load(&mut *store, instance)?.call_run(store, input).await?;
                Ok(answer(raw, |raw| Ok(Output::Action(from_guest::decision(raw)))))
            }
            (Self::Notifier(indices), Question::Notifier(input)) => {
                let raw = indices.load(&mut *store, instance)?.call_run(store, input).await?;
                Ok(answer(raw, |raw| Ok(Output::Notifier(from_guest::delivery(raw)))))
            }
            (_, question) => {
                let message = format!("this plugin is not a {} and was called as one", question.kind().as_str());
                Err(Stop::Host { message }.into())
            }
        }
    }
}

/// The input of a run, as the guest gets it and as its transcript keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Question {
    Probe(exported::run_probe::Input),
    Detector(exported::run_detector::Input),
    Action(exported::run_action::Input),
    Notifier(exported::run_notifier::Input),
}

impl Question {
    pub(super) fn new(input: Input) -> Self {
        match input {
            Input::Probe(input) => Self::Probe(to_guest::probe(&input)),
            Input::Detector(input) => Self::Detector(to_guest::detector(input)),
            Input::Action(input) => Self::Action(to_guest::action(input)),
            Input::Notifier(input) => Self::Notifier(to_guest::notifier(input)),
        }
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Probe(_) => Kind::Probe,
            Self::Detector(_) => Kind::Detector,
            Self::Action(_) => Kind::Action,
            Self::Notifier(_) => Kind::Notifier,
        }
    }

    /// Reads again what a guest once returned to this question.
    pub(super) fn read(&self, returned: &[u8]) -> Option<Result<Output, String>> {
        fn raw<T: for<'de> Deserialize<'de>>(returned: &[u8]) -> Option<Result<T, String>> {
            postcard::from_bytes(returned).ok()
        }
        Some(match self {
            Self::Probe(_) => raw(returned)?.map(|raw| Output::Probe(from_guest::observation(raw))),
            Self::Detector(input) => {
                raw(returned)?.and_then(|raw| from_guest::detection(input, raw).map(Output::Detector))
            }
            Self::Action(_) => raw(returned)?.map(|raw| Output::Action(from_guest::decision(raw))),
            Self::Notifier(_) => raw(returned)?.map(|raw| Output::Notifier(from_guest::delivery(raw))),
        })
    }
}

fn answer<T: Serialize>(raw: Result<T, String>, read: impl FnOnce(T) -> Result<Output, String>) -> Answer {
    // What was lifted from a guest is plain data; postcard writes all of it.
    let returned = postcard::to_allocvec(&raw).unwrap_or_default();
    Answer { returned, value: raw.and_then(read) }
}

/// Only what the manifest asks for is linked: an import outside it fails when the plugin is loaded, not when it runs.
pub(super) fn link(linker: &mut Linker<Guest>, powers: Powers) -> wasmtime::Result<()> {
    type Own = HasSelf<Guest>;
    fn own(guest: &mut Guest) -> &mut Guest {
        guest
    }
    plugin::types::add_to_linker::<Guest, Own>(linker, own)?;
    plugin::log::add_to_linker::<Guest, Own>(linker, own)?;
    plugin::clock::add_to_linker::<Guest, Own>(linker, own)?;
    if powers.state {
        plugin::state::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.secrets {
        plugin::secrets::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.http || powers.tcp {
        plugin::tls::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.http {
        plugin::http::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.tcp {
        plugin::tcp::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.dns {
        plugin::dns::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.icmp {
        plugin::icmp::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.node {
        plugin::node::add_to_linker::<Guest, Own>(linker, own)?;
    }
    if powers.files {
        plugin::files::add_to_linker::<Guest, Own>(linker, own)?;
    }
    Ok(())
}
