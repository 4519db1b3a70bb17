//! How full a disk is, in whole bytes, and which disk a folder lies on.

use tocsin_sdk::node::Disk;
use tocsin_sdk::text;

/// A disk against the two shares that the config names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Space {
    used: u64,
    /// What can be used at all: what is reserved for root counts neither as used nor as free, as `df` has it.
    usable: u64,
    over: u64,
    free_to: u64,
}

impl Space {
    pub(crate) fn of(disk: &Disk, over: f64, free_to: f64) -> Self {
        let used = disk.total.saturating_sub(disk.free);
        let usable = used.saturating_add(disk.available);
        Self { used, usable, over: share(usable, over), free_to: share(usable, free_to) }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.used > self.over
    }

    /// The bytes to delete to get down to `free_to`.
    pub(crate) const fn wanted(&self) -> u64 {
        self.used.saturating_sub(self.free_to)
    }

    /// The bytes to delete to get no further than below `over`.
    pub(crate) const fn needed(&self) -> u64 {
        self.used.saturating_sub(self.over)
    }

    /// The share in use, for people.
    #[expect(clippy::cast_precision_loss, reason = "for people, who read three digits of it")]
    pub(crate) fn used(&self) -> String {
        text::value(self.used as f64 / self.usable.max(1) as f64, "ratio")
    }
}

/// A share of bytes, in whole millionths of a share.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the config holds shares within 0 to 1")]
fn share(bytes: u64, share: f64) -> u64 {
    let millionths = (share * 1e6).round() as u128;
    u64::try_from(u128::from(bytes) * millionths / 1_000_000).unwrap_or(bytes)
}

/// The disk that a path lies on: the one whose mount point is the longest beginning of it.
pub(crate) fn disk_of<'a>(path: &str, disks: &'a [Disk]) -> Option<&'a Disk> {
    let holds = |disk: &&Disk| {
        let rest = path.strip_prefix(disk.mount.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    disks.iter().filter(holds).max_by_key(|disk| disk.mount.trim_end_matches('/').len())
}
