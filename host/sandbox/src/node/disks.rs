//! Mounted file systems that can fill up. Left out: the kernel's own (procfs and its like), and those across a network,
//! whose server may be gone, so that asking them would never end.

use std::collections::{BTreeMap, BTreeSet};

use procfs::FromRead as _;
use procfs::process::{MountInfo, MountInfos};

use super::{Machine, unreadable};
use crate::world::v0_1::tocsin::plugin::node::{Disk, Error};

/// File systems that hold data of their own, on this machine. Others are named nowhere: the kernel gains a new pseudo
/// file system more often than a new real one.
const REAL: &[&str] = &[
    "9p", "apfs", "bcachefs", "btrfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfsplus", "jfs",
    "nilfs2", "ntfs", "ntfs3", "overlay", "reiserfs", "tmpfs", "ubifs", "udf", "ufs", "vfat", "virtiofs", "xfs", "zfs",
];

impl Machine {
    /// In order of mount points; one that is mounted at several places is shown at the first of them.
    pub(crate) fn disks(&self) -> Result<Vec<Disk>, Error> {
        let path = self.proc("self/mountinfo");
        let MountInfos(mounts) = MountInfos::from_file(&path).map_err(|error| unreadable(&path, &error))?;
        // Of several mounts at one place, the last one covers the others.
        let visible: BTreeMap<_, _> = mounts.into_iter().map(|mount| (mount.mount_point.clone(), mount)).collect();
        let mut devices = BTreeSet::new();
        let shown = visible.into_values().filter(can_fill_up);
        Ok(shown
            .filter(|mount| devices.insert(mount.majmin.clone()))
            .filter_map(|mount| self.measure(&mount))
            .collect())
    }

    /// Nothing where this user may not look, or where there are no blocks to speak of.
    fn measure(&self, mount: &MountInfo) -> Option<Disk> {
        let below_root = mount.mount_point.strip_prefix("/").unwrap_or(&mount.mount_point);
        let stats = rustix::fs::statvfs(self.root.join(below_root)).ok().filter(|stats| stats.f_blocks > 0)?;
        let bytes = |blocks: u64| blocks.saturating_mul(stats.f_frsize);
        Some(Disk {
            mount: mount.mount_point.to_string_lossy().into_owned(),
            device: mount.mount_source.clone().unwrap_or_default(),
            file_system: mount.fs_type.clone(),
            read_only: is_read_only(mount),
            total: bytes(stats.f_blocks),
            free: bytes(stats.f_bfree),
            available: bytes(stats.f_bavail),
            inodes: stats.f_files,
            inodes_free: stats.f_ffree,
        })
    }
}

fn can_fill_up(mount: &MountInfo) -> bool {
    match mount.fs_type.as_str() {
        // A container's root is one; a container host's other ones lie on a disk that is shown anyway.
        "overlay" => mount.mount_point.as_os_str() == "/",
        // Written once by whoever mounted it (credentials, masked folders).
        "tmpfs" => !is_read_only(mount),
        other => REAL.contains(&other),
    }
}

fn is_read_only(mount: &MountInfo) -> bool {
    mount.mount_options.contains_key("ro") || mount.super_options.contains_key("ro")
}

#[cfg(test)]
mod tests {
    use super::super::Machine;
    use super::super::fixture::machine;

    #[test]
    fn only_what_can_fill_up_is_shown_and_each_device_once() {
        let mounts = "\
            22 27 0:21 / /proc rw,relatime - proc proc rw\n\
            24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw\n\
            27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
            28 27 254:0 /srv /srv rw,relatime - ext4 /dev/vda rw\n\
            29 27 0:40 / /mnt rw - nfs4 server:/export rw\n\
            30 27 0:41 / /secret ro,nosuid - tmpfs none ro\n\
            31 27 0:42 / /tmp rw - tmpfs tmpfs rw\n\
            32 27 254:1 / /old rw - ext4 /dev/vdb ro\n\
            33 27 0:50 / /var/lib/docker/x rw - overlay overlay rw\n";
        let (folder, machine) = machine(&[("proc/self/mountinfo", mounts)]);
        for mount in ["srv", "mnt", "secret", "tmp", "old", "var/lib/docker/x"] {
            std::fs::create_dir_all(folder.path().join(mount)).unwrap();
        }
        let disks = machine.disks().unwrap();
        let seen: Vec<_> =
            disks.iter().map(|disk| (disk.mount.as_str(), disk.device.as_str(), disk.read_only)).collect();
        assert_eq!(seen, [("/", "/dev/vda", false), ("/old", "/dev/vdb", true), ("/tmp", "tmpfs", false)]);
    }

    #[test]
    fn this_machine_has_a_root_with_room() {
        let disks = Machine::this().disks().unwrap();
        let root = disks.iter().find(|disk| disk.mount == "/").expect("a root");
        assert!(root.total > 0 && root.available <= root.free && root.free <= root.total);
    }
}
