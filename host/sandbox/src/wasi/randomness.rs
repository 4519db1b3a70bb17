//! WASI's random numbers: the system's, recorded. "Insecure" ones are as good.

use std::fs::File;
use std::io::Read;

use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::limits::Stop;
use crate::transcript::exchange::WasiRandom;
use crate::world::guest::{Guest, Turn};

impl Guest {
    fn random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        if length > self.budget.bytes_left() {
            // Before anything is allocated for it.
            self.budget.carry(usize::try_from(length).unwrap_or(usize::MAX))?;
        }
        match self.ask::<WasiRandom>(length)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(length) => {
                let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
                let read = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
                read.map_err(|error| Stop::Host { message: format!("/dev/urandom cannot be read: {error}") })?;
                self.answer::<WasiRandom>(length, bytes)
            }
        }
    }

    fn random_number(&mut self) -> wasmtime::Result<u64> {
        let bytes = self.random_bytes(8)?;
        Ok(bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.random_number()
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(length)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.random_number()
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.random_number()?, self.random_number()?))
    }
}
