//! What to watch and from where on it is too much. Shares are ratios: `0.9` is 90 %.

use tocsin_sdk::{Bounds, Thresholds};

/// What to watch on this machine.
#[tocsin_sdk::config]
pub(crate) struct Config {
    /// The parts to look at.
    #[serde(default = "all")]
    pub(crate) parts: Vec<Part>,
    /// Share of CPU time not idle since the last run.
    #[serde(default = "busy")]
    pub(crate) cpu: Thresholds,
    /// Share of memory not available to programs.
    #[serde(default = "full")]
    pub(crate) memory: Thresholds,
    /// Share of swap in use.
    #[serde(default = "swapped")]
    pub(crate) swap: Thresholds,
    /// Load average of five minutes, by core.
    #[serde(default = "loaded")]
    pub(crate) load_per_core: Thresholds,
    #[serde(default)]
    pub(crate) disks: Disks,
    #[serde(default)]
    pub(crate) network: Network,
    #[serde(default)]
    pub(crate) pressure: Pressure,
}

/// One part of the machine.
#[tocsin_sdk::config]
#[derive(Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    Cpu,
    /// With swap.
    Memory,
    Disks,
    Network,
    Load,
    Pressure,
}

/// Which file systems, and their limits.
#[tocsin_sdk::config]
#[serde(default)]
pub(crate) struct Disks {
    /// Share of bytes in use.
    pub(crate) used: Thresholds,
    /// Share of inodes in use.
    pub(crate) inodes: Thresholds,
    /// Only these mount points; empty: all.
    pub(crate) mounts: Vec<String>,
    /// Not these mount points.
    pub(crate) except: Vec<String>,
    /// Not these kinds of file system.
    pub(crate) except_file_systems: Vec<String>,
}

/// Which interfaces, and their limits.
#[tocsin_sdk::config]
#[serde(default)]
pub(crate) struct Network {
    /// Errors and drops a second, received and sent together.
    pub(crate) errors_per_second: Thresholds,
    /// Not these interfaces.
    pub(crate) except: Vec<String>,
}

/// Limits on the share of the last minute in which some task waited for the resource.
#[tocsin_sdk::config]
#[serde(default)]
pub(crate) struct Pressure {
    pub(crate) cpu: Thresholds,
    pub(crate) memory: Thresholds,
    pub(crate) io: Thresholds,
}

impl Default for Disks {
    fn default() -> Self {
        let pseudo = ["tmpfs", "devtmpfs", "squashfs", "overlay", "iso9660", "ramfs", "efivarfs"];
        Self {
            used: Thresholds::at_most(0.85, 0.95),
            inodes: Thresholds::at_most(0.9, 0.97),
            mounts: Vec::new(),
            except: Vec::new(),
            except_file_systems: pseudo.map(str::to_owned).into(),
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self { errors_per_second: Thresholds::at_most(1.0, 100.0), except: vec!["lo".to_owned()] }
    }
}

impl Default for Pressure {
    fn default() -> Self {
        let none = Thresholds::default();
        Self { cpu: none, memory: Thresholds::at_most(0.1, 0.4), io: none }
    }
}

fn all() -> Vec<Part> {
    vec![Part::Cpu, Part::Memory, Part::Disks, Part::Network, Part::Load, Part::Pressure]
}

fn busy() -> Thresholds {
    Thresholds { warning: Some(Bounds { min: None, max: Some(0.95) }), critical: None }
}

fn full() -> Thresholds {
    Thresholds::at_most(0.9, 0.97)
}

fn swapped() -> Thresholds {
    Thresholds { warning: Some(Bounds { min: None, max: Some(0.8) }), critical: None }
}

fn loaded() -> Thresholds {
    Thresholds::at_most(2.0, 5.0)
}
