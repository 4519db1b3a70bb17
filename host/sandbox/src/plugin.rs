//! A loaded plugin: what can be called, as often and from as many tasks as wanted.

use std::sync::Arc;

use tocsin_core::anomaly::Detection;
use tocsin_core::delivery::{Delivery, Notification};
use tocsin_core::id::Digest;
use tocsin_core::manifest::Manifest;
use tocsin_core::observation::Observation;
use tocsin_core::plan::{ActionInput, Decision};
use wasmtime::component::InstancePre;

use crate::engine::Pool;
use crate::input::{DetectorInput, Input, NotifierInput, Output, ProbeInput};
use crate::run::{self, Call, Run};
use crate::sandbox::Shared;
use crate::world::Adapter;
use crate::world::guest::Guest;

/// Cheap to clone. A fresh instance answers every call, so no call sees another's memory.
#[derive(Clone, Debug)]
pub struct Plugin(Arc<Loaded>);

/// Everything about a plugin that does not change from call to call.
pub(crate) struct Loaded {
    pub(crate) digest: Digest,
    pub(crate) manifest: Manifest,
    pub(crate) pool: Pool,
    pub(crate) pre: InstancePre<Guest>,
    pub(crate) adapter: Adapter,
    pub(crate) from_cache: bool,
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("digest", &self.digest)
            .field("name", &self.manifest.name)
            .finish_non_exhaustive()
    }
}

impl Plugin {
    pub(crate) fn new(loaded: Loaded) -> Self {
        Self(Arc::new(loaded))
    }

    pub(crate) fn loaded(&self) -> &Loaded {
        &self.0
    }

    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.0.digest
    }

    /// Whether its machine code was found ready made.
    #[must_use]
    pub fn loaded_from_cache(&self) -> bool {
        self.0.from_cache
    }

    /// Looks at a target once.
    pub async fn probe(&self, call: Call, input: ProbeInput) -> Run<Observation> {
        run::call(&self.0, call, Input::Probe(input)).await.map(|output| match output {
            Output::Probe(observation) => Some(observation),
            _ => None,
        })
    }

    /// Judges a batch of samples.
    pub async fn detect(&self, call: Call, input: DetectorInput) -> Run<Detection> {
        run::call(&self.0, call, Input::Detector(input)).await.map(|output| match output {
            Output::Detector(detection) => Some(detection),
            _ => None,
        })
    }

    /// Asks for a plan.
    pub async fn plan(&self, call: Call, input: ActionInput) -> Run<Decision> {
        run::call(&self.0, call, Input::Action(input)).await.map(|output| match output {
            Output::Action(decision) => Some(decision),
            _ => None,
        })
    }

    /// Carries one notification out.
    pub async fn notify(&self, call: Call, config: String, notification: Notification) -> Run<Delivery> {
        let input = Input::Notifier(NotifierInput { config, notification });
        run::call(&self.0, call, input).await.map(|output| match output {
            Output::Notifier(delivery) => Some(delivery),
            _ => None,
        })
    }
}
