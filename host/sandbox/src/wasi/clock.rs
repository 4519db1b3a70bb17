//! WASI's clocks, recorded. Monotonic time counts from the run's begin.

use std::time::Duration;

use wasmtime::component::Resource;
use wasmtime_wasi::clocks::WasiClocksView as _;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::{self, Instant};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::{self, Datetime};

use crate::transcript::exchange::{WasiMonotonic, WasiWall};
use crate::world::guest::{Guest, Turn};

impl wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        let (seconds, nanoseconds) = match self.ask::<WasiWall>(())? {
            Turn::Replayed(answer) => answer,
            Turn::Perform(request) => {
                let now = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
                let nanoseconds = Duration::from_millis(now).subsec_nanos();
                self.answer::<WasiWall>(request, (now / 1_000, nanoseconds))?
            }
        };
        Ok(Datetime { seconds, nanoseconds })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(Datetime { seconds: 0, nanoseconds: 1_000_000 })
    }
}

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<Instant> {
        match self.ask::<WasiMonotonic>(())? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let elapsed_ns = u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX);
                self.answer::<WasiMonotonic>(request, elapsed_ns)
            }
        }
    }

    fn resolution(&mut self) -> wasmtime::Result<Instant> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: Instant) -> wasmtime::Result<Resource<DynPollable>> {
        let elapsed_ns = u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.subscribe_duration(when.saturating_sub(elapsed_ns))
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        // A replay does not wait.
        let duration = if self.tape.is_replaying() { 0 } else { duration };
        monotonic_clock::Host::subscribe_duration(&mut self.clocks(), duration)
    }
}
