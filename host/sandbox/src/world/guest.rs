//! What one run's store holds: its rights, what is left of its limits, and the record of what it asked. Every host
//! function goes through [`Guest::ask`] and [`Guest::answer`], so none can be left out of budget or transcript.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tocsin_core::capability::{Capabilities, Rights};
use tocsin_core::limits::Limits;
use tokio::time::Instant;
use wasmtime::component::ResourceTable;

use super::v0_1::tocsin::plugin::types::Denial;
use crate::host::log::Log;
use crate::host::state::StateRoom;
use crate::limits::{Budget, MemoryLimiter};
use crate::net::Caller;
use crate::net::tcp::OpenConnections;
use crate::run::meter::Meter;
use crate::transcript::exchange::{HostCall, Refusable};
use crate::transcript::tape::Tape;
use crate::wasi::Wasi;
use crate::{Network, Secrets, WallClock};

/// Handles one run may hold at once.
const HANDLES_MAX: usize = 64;

pub(crate) struct Guest {
    pub(crate) rights: Arc<Rights>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) clock: Arc<dyn WallClock>,
    pub(crate) network: Network,
    /// Counts the run's open connections.
    pub(crate) open: OpenConnections,
    pub(crate) table: ResourceTable,
    pub(crate) memory: MemoryLimiter,
    pub(crate) meter: Arc<Meter>,
    pub(crate) log: Log,
    pub(crate) state: StateRoom,
    pub(crate) tape: Tape,
    pub(crate) budget: Budget,
    /// Made when the guest first uses WASI.
    pub(crate) wasi: Option<Box<Wasi>>,
    /// The first refusal; it decides the run's outcome.
    pub(crate) refused: Option<Denial>,
    began: Instant,
    deadline: Duration,
}

/// What a guest is made of, beside what [`crate::run`] makes for each run.
pub(crate) struct Surroundings {
    pub(crate) rights: Arc<Rights>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) clock: Arc<dyn WallClock>,
    pub(crate) network: Network,
    pub(crate) state: StateRoom,
    pub(crate) tape: Tape,
    pub(crate) meter: Arc<Meter>,
    pub(crate) memory_bytes_max: u64,
    pub(crate) began: Instant,
}

/// Whether a host call is to be carried out, or was answered from a transcript.
pub(crate) enum Turn<C: HostCall> {
    Perform(C::Request),
    Replayed(C::Answer),
}

impl Guest {
    pub(crate) fn new(limits: &Limits, around: Surroundings) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        let memory_bytes = limits.memory_bytes.min(around.memory_bytes_max);
        Self {
            rights: around.rights,
            secrets: around.secrets,
            clock: around.clock,
            network: around.network,
            open: OpenConnections::default(),
            table,
            memory: MemoryLimiter::new(usize::try_from(memory_bytes).unwrap_or(usize::MAX)),
            meter: around.meter,
            log: Log::new(limits.log_bytes),
            state: around.state,
            tape: around.tape,
            budget: Budget::new(limits),
            wasi: None,
            refused: None,
            began: around.began,
            deadline: limits.deadline,
        }
    }

    /// Begins a host call: counts it and what it carries; in a replay, answers it from the transcript.
    pub(crate) fn ask<C: HostCall>(&mut self, request: C::Request) -> wasmtime::Result<Turn<C>> {
        self.budget.call()?;
        self.budget.carry(size(&request))?;
        let Some(answer) = self.tape.replay::<C>(&request)? else { return Ok(Turn::Perform(request)) };
        self.budget.carry(size(&answer))?;
        self.note_refusal(&answer);
        Ok(Turn::Replayed(answer))
    }

    /// Ends a host call: counts what its answer carries, records both, and remembers a refusal.
    pub(crate) fn answer<C: HostCall>(
        &mut self,
        request: C::Request,
        answer: C::Answer,
    ) -> wasmtime::Result<C::Answer> {
        self.budget.carry(size(&answer))?;
        self.note_refusal(&answer);
        self.tape.record(C::exchange(request, answer.clone()));
        Ok(answer)
    }

    /// Remembers that a host call was refused, which makes the run `denied` whatever the guest then returns.
    pub(crate) fn note_refusal(&mut self, answer: &impl Refusable) {
        if self.refused.is_none() {
            self.refused = answer.denial().cloned();
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// When the run's deadline passes.
    pub(crate) fn ends_at(&self) -> Instant {
        self.began + self.deadline
    }

    /// How long a host call may take: what it asked for, but a little less than what is left of the run, so that the
    /// guest can still say that its target did not answer.
    pub(crate) fn patience(&self, timeout_ms: Option<u32>) -> Duration {
        let reserve = (self.deadline / 20).min(Duration::from_millis(250));
        let left = self.deadline.saturating_sub(self.elapsed()).saturating_sub(reserve);
        timeout_ms.map_or(left, |timeout_ms| left.min(Duration::from_millis(timeout_ms.into())))
    }

    /// On whose behalf the network is asked, and what is left of the run for it.
    pub(crate) fn caller(&self) -> Caller<'_> {
        let deadline = Instant::now() + self.patience(None);
        let budget = crate::net::Budget::new(deadline, self.budget.bytes_left());
        Caller { rights: &self.rights, secrets: &*self.secrets, budget }
    }
}

/// As many bytes as the transcript needs for it.
fn size(value: &impl Serialize) -> usize {
    postcard::serialize_with_flavor(value, postcard::ser_flavors::Size::default()).unwrap_or(usize::MAX)
}

/// Which interfaces a manifest asks for, and so which are linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::struct_excessive_bools, reason = "a set of eight, each of them read by name")]
pub(crate) struct Powers {
    pub(crate) state: bool,
    pub(crate) secrets: bool,
    pub(crate) http: bool,
    pub(crate) tcp: bool,
    pub(crate) dns: bool,
    pub(crate) icmp: bool,
    pub(crate) node: bool,
    pub(crate) files: bool,
    pub(crate) wasi: bool,
}

impl Powers {
    pub(crate) fn of(asked: &Capabilities, wasi: bool) -> Self {
        Self {
            state: asked.state,
            secrets: !asked.secrets.is_empty() || !asked.reveal.is_empty(),
            http: !asked.http.is_empty(),
            tcp: !asked.tcp.is_empty(),
            dns: !asked.dns.is_empty(),
            icmp: !asked.icmp.is_empty(),
            node: !asked.node.is_empty(),
            files: !asked.files.is_empty(),
            wasi,
        }
    }
}
