//! Every test that needs more than one crate: the real programs, real plugins, a real data folder. A file a subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod alerting;
mod alertmanager_api;
mod bad_config;
mod bad_slo;
mod capability;
mod clock;
mod crash;
mod disk;
mod examples;
mod hostile;
mod lifecycle;
mod peers;
mod rebinding;
mod receiving;
mod repair;
mod replay;
mod restart;
mod slo;
mod tidy;
mod upgrade;
mod wasi;
