//! The folders a guest is handed. Without one it can open no file, so asking for them is what makes a run depend on them.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem::preopens::Host;

use crate::world::guest::Guest;

impl Host for Guest {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let folders = Host::get_directories(&mut self.filesystem())?;
        if !folders.is_empty() {
            self.tape.spoil("it was handed folders through WASI, whose files no transcript keeps");
        }
        Ok(folders)
    }
}
