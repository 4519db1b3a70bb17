//! The limits of a run that Wasmtime asks about or that host calls use up, and the errors that end a run at one.
//! Time is in [`crate::run::meter`].

use tocsin_core::limits::Limits;
use wasmtime::ResourceLimiter;

use crate::replay::Divergence;

/// Why the host ended a run. Travels through the guest as a trap and is found again by its type.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("asked for more than its memory limit of {limit_bytes} bytes")]
    Memory { limit_bytes: u64 },
    #[error("made more host calls than its limit of {limit} (`limits.host_calls`)")]
    HostCalls { limit: u32 },
    #[error("its host calls carried more bytes than its limit of {limit} (`limits.host_bytes`)")]
    HostBytes { limit: u64 },
    #[error("not done within its deadline")]
    Wall,
    #[error("computed for longer than its CPU budget")]
    Cpu,
    #[error("cancelled by the node")]
    Cancelled,
    #[error("{message}")]
    Host { message: String },
    #[error("{0}")]
    Diverged(Divergence),
}

/// Sums what all linear memories and tables of a run take; Wasmtime's own limits count each by itself.
#[derive(Debug)]
pub(crate) struct MemoryLimiter {
    limit_bytes: usize,
    used_bytes: usize,
    peak_bytes: usize,
    /// What the growth in hand added, to take back if it fails.
    growing_bytes: usize,
}

impl MemoryLimiter {
    pub(crate) const fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, used_bytes: 0, peak_bytes: 0, growing_bytes: 0 }
    }

    pub(crate) const fn peak_bytes(&self) -> u64 {
        self.peak_bytes as u64
    }

    fn grow(&mut self, bytes: usize) -> wasmtime::Result<bool> {
        let used_bytes = self.used_bytes.saturating_add(bytes);
        if used_bytes > self.limit_bytes {
            // A plain refusal would make the guest trap as `unreachable`, and the reason would be lost.
            return Err(Stop::Memory { limit_bytes: self.limit_bytes as u64 }.into());
        }
        self.used_bytes = used_bytes;
        self.growing_bytes = bytes;
        self.peak_bytes = self.peak_bytes.max(used_bytes);
        Ok(true)
    }

    fn take_back(&mut self) {
        self.used_bytes = self.used_bytes.saturating_sub(std::mem::take(&mut self.growing_bytes));
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current).saturating_mul(size_of::<usize>()))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        64
    }

    fn memories(&self) -> usize {
        16
    }
}

/// What is left of the host calls of a run and of the bytes they carry.
#[derive(Debug)]
pub(crate) struct Budget {
    calls_max: u32,
    bytes_max: u64,
    calls: u32,
    bytes: u64,
}

impl Budget {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self { calls_max: limits.host_calls, bytes_max: limits.host_bytes, calls: 0, bytes: 0 }
    }

    pub(crate) fn call(&mut self) -> Result<(), Stop> {
        self.calls = self.calls.saturating_add(1);
        if self.calls > self.calls_max { Err(Stop::HostCalls { limit: self.calls_max }) } else { Ok(()) }
    }

    pub(crate) fn carry(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > self.bytes_max { Err(Stop::HostBytes { limit: self.bytes_max }) } else { Ok(()) }
    }

    pub(crate) const fn calls(&self) -> u32 {
        self.calls
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) const fn bytes_left(&self) -> u64 {
        self.bytes_max.saturating_sub(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_memories_and_tables_count_as_one() {
        let mut limiter = MemoryLimiter::new(10 * 65_536);
        for _ in 0..9 {
            assert!(limiter.memory_growing(0, 65_536, None).unwrap());
        }
        assert!(limiter.table_growing(0, 8_192, None).unwrap());
        let refused = limiter.table_growing(8_192, 8_193, None).unwrap_err();
        assert!(matches!(refused.downcast_ref(), Some(Stop::Memory { limit_bytes: 655_360 })));
        assert_eq!(limiter.peak_bytes(), 655_360);
    }

    #[test]
    fn a_growth_that_fails_is_taken_back() {
        let mut limiter = MemoryLimiter::new(2 * 65_536);
        assert!(limiter.memory_growing(0, 131_072, None).unwrap());
        limiter.memory_grow_failed(wasmtime::Error::msg("no")).unwrap();
        assert!(limiter.memory_growing(0, 131_072, None).unwrap());
    }
}
