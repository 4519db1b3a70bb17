//! Memory and swap.

use procfs::{FromRead as _, Meminfo};

use super::{Machine, unreadable};
use crate::world::v0_1::tocsin::plugin::node::{Error, Memory};

impl Machine {
    pub(crate) fn memory(&self) -> Result<Memory, Error> {
        let path = self.proc("meminfo");
        let info = Meminfo::from_file(&path).map_err(|error| unreadable(&path, &error))?;
        Ok(Memory {
            total: info.mem_total,
            // Kernels before 3.14 do not say; this is the estimate they were used with.
            available: info.mem_available.unwrap_or(info.mem_free + info.buffers + info.cached),
            free: info.mem_free,
            buffers: info.buffers,
            cached: info.cached,
            swap_total: info.swap_total,
            swap_free: info.swap_free,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Machine;

    #[test]
    fn this_machine_has_memory_and_does_not_use_more_than_that() {
        let memory = Machine::this().memory().unwrap();
        assert!(memory.total > 0 && memory.available <= memory.total && memory.swap_free <= memory.swap_total);
    }
}
