//! `clock`: wall time, time since the run began, and waiting; each recorded, so that a replay sees the same.

use std::time::Duration;

use crate::transcript::exchange::{ClockElapsed, ClockNow, ClockSleep};
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::clock;

impl clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<i64> {
        match self.ask::<ClockNow>(())? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let now = self.clock.now().as_millis();
                self.answer::<ClockNow>(request, now)
            }
        }
    }

    fn elapsed_ns(&mut self) -> wasmtime::Result<u64> {
        match self.ask::<ClockElapsed>(())? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let elapsed_ns = u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX);
                self.answer::<ClockElapsed>(request, elapsed_ns)
            }
        }
    }

    async fn sleep_ms(&mut self, duration: u32) -> wasmtime::Result<()> {
        match self.ask::<ClockSleep>(duration)? {
            Turn::Replayed(()) => Ok(()),
            Turn::Perform(request) => {
                // Longer than the run may take: its deadline ends the wait.
                tokio::time::sleep(Duration::from_millis(request.into())).await;
                self.answer::<ClockSleep>(request, ())
            }
        }
    }
}
