//! Every setting of Wasmtime that this house chose, with its reason. Measured in `docs/benchmarks.md`.

use std::num::NonZeroUsize;

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// How many instances, of which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) places: u32,
    pub(crate) memory_bytes: u64,
}

/// A component nests several core modules: its own, and small ones that adapt its imports.
const CORE_INSTANCES_PER_COMPONENT: u32 = 8;
const MEMORIES_PER_COMPONENT: u32 = 2;
const TABLES_PER_COMPONENT: u32 = 8;
/// Elements of one table; an interpreter compiled to Wasm has some ten thousand functions.
const TABLE_ELEMENTS: usize = 40_000;
/// Kept resident of each memory between runs: the fixed heap and the stack of an SDK guest fit.
const KEEP_RESIDENT_BYTES: usize = 256 * 1024;
/// Slots kept warm though unused: they cost resident memory.
const WARM_SLOTS_MAX: u32 = 8;
const FRAMES_MAX: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Slots reserved once, so that a fresh instance costs no system call but the reset of what the last one touched.
pub(crate) fn pooled(shape: Shape) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(shape.places)
        .total_core_instances(shape.places.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        .total_memories(shape.places.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_tables(shape.places.saturating_mul(TABLES_PER_COMPONENT))
        .total_stacks(shape.places)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(shape.memory_bytes).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(16 * 1024)
        .max_unused_warm_slots(WARM_SLOTS_MAX)
        // Resets the pages that were touched without giving the others back (Linux 6.7 and later).
        .pagemap_scan(Enabled::Auto);
    let mut config = common();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// For machines without the address space for a pool: memories are mapped for each run and may move as they grow.
pub(crate) fn on_demand(shape: Shape) -> Config {
    let mut config = common();
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .memory_reservation(shape.memory_bytes)
        .memory_reservation_for_growth(0)
        .memory_may_move(true);
    config
}

fn common() -> Config {
    let mut config = Config::new();
    config
        // An interruption by epoch costs a load and a compare at each loop; counting fuel twice that and more.
        .epoch_interruption(true)
        .consume_fuel(false)
        .cranelift_opt_level(OptLevel::Speed)
        // Runs must replay: one NaN, and no instruction whose result depends on the machine.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        // The machinery for concurrent guests (WASI 0.3) costs each store; no world of ours uses it.
        .concurrency_support(false)
        // Nothing of ours needs these: what is off cannot be attacked.
        .wasm_memory64(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false)
        .wasm_stack_switching(false)
        .shared_memory(false)
        .wasm_backtrace_max_frames(Some(FRAMES_MAX));
    config
}
