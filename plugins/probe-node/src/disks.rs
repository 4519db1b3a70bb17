//! Mounted file systems: bytes and inodes in use, a device once.

use tocsin_sdk::Metric;
use tocsin_sdk::node::Disk;

use crate::config::Disks;

pub(crate) fn metrics(config: &Disks, disks: &[Disk]) -> Vec<Metric> {
    let mut devices = Vec::new();
    let mut metrics = Vec::new();
    for disk in disks.iter().filter(|disk| wanted(config, disk)) {
        // A device mounted twice (a bind mount) is one disk, unless both were asked for by name.
        if config.mounts.is_empty() && devices.contains(&&disk.device) {
            continue;
        }
        devices.push(&disk.device);
        // As `df` has it: what is reserved for root counts neither as used nor as free.
        let used = disk.total.saturating_sub(disk.free);
        let of = |name: &str, value: f64| Metric::gauge(name, value).label("mount", disk.mount.as_str());
        metrics.push(config.used.on(of("disk_used", crate::ratio(used, used + disk.available)).unit("ratio")));
        metrics.push(of("disk_available", crate::bytes(disk.available)).unit("bytes"));
        if disk.inodes > 0 {
            let used = crate::ratio(disk.inodes.saturating_sub(disk.inodes_free), disk.inodes);
            metrics.push(config.inodes.on(of("disk_inodes_used", used).unit("ratio")));
        }
    }
    metrics
}

fn wanted(config: &Disks, disk: &Disk) -> bool {
    let named = config.mounts.contains(&disk.mount);
    let excepted = config.except.contains(&disk.mount) || config.except_file_systems.contains(&disk.file_system);
    disk.total > 0 && if config.mounts.is_empty() { !excepted } else { named }
}
