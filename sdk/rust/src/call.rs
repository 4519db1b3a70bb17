//! The one seam between the typed wrappers and the world: the component's imports on Wasm, the mock host everywhere else.

use std::time::Duration;

#[cfg(target_arch = "wasm32")]
mod imports;
#[cfg(target_arch = "wasm32")]
pub(crate) use imports::*;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::mock::calls::*;

/// Whole milliseconds, rounded up so that a short time never becomes none.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
