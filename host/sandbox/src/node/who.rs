//! Which machine this is.

use super::{Machine, read_text};
use crate::world::v0_1::tocsin::plugin::node::{Error, Identity};

impl Machine {
    pub(crate) fn who(&self) -> Result<Identity, Error> {
        let kernel = |name: &str| Ok(read_text(&self.proc("sys/kernel").join(name))?.trim_end().to_owned());
        Ok(Identity {
            hostname: kernel("hostname")?,
            kernel: kernel("osrelease")?,
            architecture: std::env::consts::ARCH.to_owned(),
            boot_at: self.boot_at_ms()?,
        })
    }

    /// Milliseconds since the Unix epoch.
    pub(super) fn boot_at_ms(&self) -> Result<i64, Error> {
        let seconds = i64::try_from(self.kernel_stats()?.btime).unwrap_or(i64::MAX);
        Ok(seconds.saturating_mul(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Machine;

    #[test]
    fn this_machine_has_a_name_a_kernel_and_was_booted() {
        let who = Machine::this().who().unwrap();
        assert!(!who.hostname.is_empty() && !who.kernel.is_empty());
        assert!(who.boot_at > 1_000_000_000_000, "{}", who.boot_at);
    }
}
