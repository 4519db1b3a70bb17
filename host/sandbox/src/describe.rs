//! Asks a guest that was built to describe itself for the JSON Schema of its config.
//! Such a build is a bare core module that is run once, at build time, by `pluginctl build`.

use wasmtime::{Config, Engine, Instance, Linker, Module, Store};

use crate::limits::MemoryLimiter;

/// What the module exports: `() -> u64`, the address of UTF-8 text in the upper half, its length in the lower.
const EXPORT: &str = "tocsin_config_schema";
const MEMORY_BYTES_MAX: usize = 64 * 1024 * 1024;
const SCHEMA_BYTES_MAX: usize = 1024 * 1024;
const FUEL: u64 = 2_000_000_000;

/// A module that does not describe itself.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    #[error("the describing build of the plugin is not a WebAssembly module that can be run")]
    Module(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the describing build does not export `{EXPORT}`; is the plugin written with tocsin-sdk?")]
    NoExport,
    #[error("the describing build failed; a config type's JSON Schema must not depend on the host or on time")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "the describing build names {length} bytes at {address}, which is not text of at most {SCHEMA_BYTES_MAX} bytes in its memory"
    )]
    Text { address: u32, length: u32 },
}

/// Runs the module with every import stubbed to trap, and reads the text it points at.
pub fn describe(core_wasm: &[u8]) -> Result<String, DescribeError> {
    let module_error = |error: wasmtime::Error| DescribeError::Module(error.into());
    let mut config = Config::new();
    // Fuel: this runs once, on the author's machine, and must not depend on how fast that is.
    config.consume_fuel(true);
    let engine = Engine::new(&config).map_err(module_error)?;
    let module = Module::from_binary(&engine, core_wasm).map_err(module_error)?;
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&module).map_err(module_error)?;
    let mut store = Store::new(&engine, MemoryLimiter::new(MEMORY_BYTES_MAX));
    store.limiter(|limiter| limiter);
    store.set_fuel(FUEL).map_err(module_error)?;
    let failed = |error: wasmtime::Error| DescribeError::Failed(error.into());
    let instance = linker.instantiate(&mut store, &module).map_err(failed)?;
    let function = instance.get_func(&mut store, EXPORT).ok_or(DescribeError::NoExport)?;
    let function = function.typed::<(), u64>(&store).map_err(|_| DescribeError::NoExport)?;
    let packed = function.call(&mut store, ()).map_err(failed)?;
    read(&instance, &mut store, packed)
}

fn read(instance: &Instance, store: &mut Store<MemoryLimiter>, packed: u64) -> Result<String, DescribeError> {
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    let (address, length) = (half(packed >> 32), half(packed));
    let mut text = || {
        let memory = instance.get_memory(&mut *store, "memory")?;
        let (start, length) = (usize::try_from(address).ok()?, usize::try_from(length).ok()?);
        let bytes = memory.data(&*store).get(start..start.checked_add(length)?)?;
        (length <= SCHEMA_BYTES_MAX).then(|| String::from_utf8(bytes.to_vec()).ok())?
    };
    text().ok_or(DescribeError::Text { address, length })
}
