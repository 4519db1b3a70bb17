//! The worlds a plugin can live in, one adapter per published version of the WIT package. The types that Wasmtime
//! generates stay below here.

use serde::{Deserialize, Serialize};
use tocsin_core::manifest::Kind;
use wasmtime::component::{Instance, InstancePre, Linker};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap};

use crate::input::{Input, Output};
use crate::limits::Stop;

pub(crate) mod guest;
pub(crate) mod v0_1;

use guest::{Guest, Powers};

/// What a component exports, found once when it is loaded.
pub(crate) enum Adapter {
    V0_1(v0_1::Adapter),
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::V0_1(_) => f.write_str("Adapter(tocsin:plugin@0.1)"),
        }
    }
}

/// What a guest answered: as it is kept in a transcript, byte for byte, and as the rest of the house reads it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) returned: Vec<u8>,
    /// An error is the guest's own word that it could not do its work, or that what it returned makes no sense.
    pub(crate) value: Result<Output, String>,
}

impl Adapter {
    /// Finds the function that a plugin of this kind must export.
    pub(crate) fn new(kind: Kind, pre: &InstancePre<Guest>) -> wasmtime::Result<Self> {
        v0_1::Adapter::new(kind, pre).map(Self::V0_1)
    }

    /// Makes a fresh instance and calls it once.
    pub(crate) async fn call(
        &self,
        store: &mut Store<Guest>,
        pre: &InstancePre<Guest>,
        question: &Question,
    ) -> wasmtime::Result<Answer> {
        let instance = instantiate(store, pre).await?;
        match (self, question) {
            (Self::V0_1(adapter), Question::V0_1(question)) => adapter.call(store, &instance, question).await,
        }
    }

    pub(crate) fn question(&self, input: Input) -> Question {
        match self {
            Self::V0_1(_) => Question::V0_1(v0_1::Question::new(input)),
        }
    }
}

/// A fresh instance. What goes wrong here and is not the guest's own start is the host's.
pub(crate) async fn instantiate(store: &mut Store<Guest>, pre: &InstancePre<Guest>) -> wasmtime::Result<Instance> {
    pre.instantiate_async(store).await.map_err(|error| {
        if error.is::<Trap>() || error.is::<Stop>() || error.is::<PoolConcurrencyLimitError>() {
            error
        } else {
            Stop::Host { message: format!("no instance could be made: {error:#}") }.into()
        }
    })
}

/// The input of a run in the words of the version that its guest was built for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Question {
    #[serde(rename = "tocsin:plugin@0.1")]
    V0_1(v0_1::Question),
}

impl Question {
    /// Reads again what a guest once returned to this question; nothing if it cannot be read.
    pub(crate) fn read(&self, returned: &[u8]) -> Option<Result<Output, String>> {
        match self {
            Self::V0_1(question) => question.read(returned),
        }
    }
}

/// Links the interfaces of every supported version, as far as `powers` go.
pub(crate) fn link(linker: &mut Linker<Guest>, powers: Powers) -> wasmtime::Result<()> {
    if powers.wasi {
        crate::wasi::link(linker)?;
    }
    v0_1::link(linker, powers)
}
