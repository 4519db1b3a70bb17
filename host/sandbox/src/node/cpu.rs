//! Where the processors' time went since boot.

use procfs::{CpuTime, ExplicitSystemInfo, FromReadSI as _, KernelStats};

use super::{Machine, unreadable};
use crate::world::v0_1::tocsin::plugin::node::{Cpu, CpuTimes, Error};

impl Machine {
    pub(crate) fn cpu(&self) -> Result<Cpu, Error> {
        let stats = self.kernel_stats()?;
        Ok(Cpu { total: times(&stats.total), cores: stats.cpu_time.iter().map(times).collect() })
    }

    /// Counted since the boot that `btime` in there names.
    pub(super) fn kernel_stats(&self) -> Result<KernelStats, Error> {
        let path = self.proc("stat");
        let system = ExplicitSystemInfo {
            boot_time_secs: 0,
            ticks_per_second: procfs::ticks_per_second(),
            page_size: procfs::page_size(),
            is_little_endian: cfg!(target_endian = "little"),
        };
        KernelStats::from_file(&path, &system).map_err(|error| unreadable(&path, &error))
    }
}

fn times(time: &CpuTime) -> CpuTimes {
    CpuTimes {
        user_ms: time.user_ms(),
        nice_ms: time.nice_ms(),
        system_ms: time.system_ms(),
        idle_ms: time.idle_ms(),
        iowait_ms: time.iowait_ms().unwrap_or(0),
        irq_ms: time.irq_ms().unwrap_or(0),
        softirq_ms: time.softirq_ms().unwrap_or(0),
        steal_ms: time.steal_ms().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::machine;
    use super::*;

    #[test]
    fn ticks_become_milliseconds_and_each_core_has_a_line() {
        let stat = "cpu  100 0 50 800 10 1 2 3 0 0\ncpu0 60 0 30 400 5 1 1 2 0 0\ncpu1 40 0 20 400 5 0 1 1 0 0\n\
                    ctxt 1\nbtime 1700000000\nprocesses 2\nprocs_running 1\nprocs_blocked 0\n";
        let (_folder, machine) = machine(&[("proc/stat", stat)]);
        let cpu = machine.cpu().unwrap();
        let tick_ms = 1_000 / procfs::ticks_per_second();
        assert_eq!((cpu.total.user_ms, cpu.total.steal_ms, cpu.cores.len()), (100 * tick_ms, 3 * tick_ms, 2));
    }

    #[test]
    fn a_missing_file_is_named() {
        let (_folder, machine) = machine(&[]);
        let error = machine.cpu().unwrap_err();
        assert!(matches!(&error, Error::Failed(message) if message.contains("proc/stat")), "{error:?}");
    }
}
