//! This machine. Counters are since boot: a rate is the difference of two runs (see [`crate::state`]).

use std::fmt;

use crate::CallError;
use crate::bindings::host::node as wit;

pub use crate::bindings::host::node::{
    Container, Cpu, CpuTimes, Disk, Identity, InterfaceCounters, Load, Memory, Pressure, PressureLine, Process, Stall,
    Unit,
};

/// Why a part of the machine could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// This kernel does not have it.
    Unsupported(String),
    /// Reading went wrong.
    Failed(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(message) | Self::Failed(message) => f.write_str(message),
        }
    }
}

/// What reading a part of the machine gives.
pub type Reading<T> = Result<T, CallError<Problem>>;

/// Host name, kernel, architecture, time of boot.
pub fn who() -> Reading<Identity> {
    crate::call::node_who().map_err(refused)
}

/// CPU time since boot, whole and by core.
pub fn cpu() -> Reading<Cpu> {
    crate::call::node_cpu().map_err(refused)
}

/// Memory and swap.
pub fn memory() -> Reading<Memory> {
    crate::call::node_memory().map_err(refused)
}

/// Mounted file systems.
pub fn disks() -> Reading<Vec<Disk>> {
    crate::call::node_disks().map_err(refused)
}

/// Counters of the network interfaces.
pub fn network() -> Reading<Vec<InterfaceCounters>> {
    crate::call::node_network().map_err(refused)
}

/// Load averages.
pub fn load() -> Reading<Load> {
    crate::call::node_load().map_err(refused)
}

/// Pressure-stall information.
pub fn pressure() -> Reading<Pressure> {
    crate::call::node_pressure().map_err(refused)
}

/// Processes whose name, or executable's file name, is `name`.
pub fn processes(name: &str) -> Reading<Vec<Process>> {
    crate::call::node_processes(name).map_err(refused)
}

/// Units of the machine's init system.
pub fn units(names: &[String]) -> Reading<Vec<Unit>> {
    crate::call::node_units(names).map_err(refused)
}

/// Containers.
pub fn containers() -> Reading<Vec<Container>> {
    crate::call::node_containers().map_err(refused)
}

fn refused(error: wit::Error) -> CallError<Problem> {
    match error {
        wit::Error::Denied(denial) => CallError::Denied(denial),
        wit::Error::Unsupported(message) => CallError::Failed(Problem::Unsupported(message)),
        wit::Error::Failed(message) => CallError::Failed(Problem::Failed(message)),
    }
}
