//! The floor that the sandbox is measured against: the same component under the same engine, instantiated and called by
//! Wasmtime alone: no limits, no clocks read, nothing recorded. Behind the feature `bench`; no part of the promise.

use tocsin_core::manifest::Target;
use wasmtime::Store;
use wasmtime::component::{InstancePre, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::input::Input;
use crate::plugin::Plugin;
use crate::world::Question;
use crate::world::v0_1::exported::run_probe::GuestIndices;
use crate::{ProbeInput, world};

/// A probe, linked to the least that it can be called with: `log` and `clock` do nothing, all else traps.
pub struct Floor {
    pre: InstancePre<Bare>,
    indices: GuestIndices,
    question: world::v0_1::Question,
    wasi: bool,
}

impl std::fmt::Debug for Floor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Floor").field("wasi", &self.wasi).finish_non_exhaustive()
    }
}

/// What a store of a guest for WASI cannot do without.
struct Bare {
    wasi: Option<WasiCtx>,
    table: ResourceTable,
}

impl WasiView for Bare {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| WasiCtx::builder().build());
        WasiCtxView { ctx, table: &mut self.table }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Floor {
    pub fn new(plugin: &Plugin, input: ProbeInput) -> Result<Self, Failure> {
        let loaded = plugin.loaded();
        let wasi = loaded.manifest.target == Target::Wasi;
        let component = loaded.pre.component();
        let mut linker = Linker::<Bare>::new(&loaded.pool.engine);
        if wasi {
            wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        }
        let mut clock = linker.instance("tocsin:plugin/clock@0.1.0")?;
        clock.func_wrap("now", |_, ()| Ok((0_i64,)))?;
        clock.func_wrap("elapsed-ns", |_, ()| Ok((0_u64,)))?;
        linker.define_unknown_imports_as_traps(component)?;
        let pre = linker.instantiate_pre(component)?;
        let indices = GuestIndices::new(&pre)?;
        let Question::V0_1(question) = loaded.adapter.question(Input::Probe(input));
        Ok(Self { pre, indices, question, wasi })
    }

    /// One fresh instance, one call of it.
    pub async fn run(&self) -> Result<(), Failure> {
        let world::v0_1::Question::Probe(input) = &self.question else { return Ok(()) };
        let wasi = self.wasi.then(|| WasiCtx::builder().build());
        let mut store = Store::new(self.pre.engine(), Bare { wasi, table: ResourceTable::new() });
        // Settings are the same: the engine interrupts by epoch, so a store has to say when.
        store.set_epoch_deadline(u64::from(u32::MAX));
        let instance = self.pre.instantiate_async(&mut store).await?;
        let returned = self.indices.load(&mut store, &instance)?.call_run(&mut store, input).await?;
        std::hint::black_box(returned.is_ok());
        Ok(())
    }
}
