//! The node: a thin async shell that runs what `core` decides, through the sandbox, into the store, and shows it.

#![forbid(unsafe_code)]

pub mod alerts;
pub mod app;
pub mod audit;
pub mod auth;
pub mod board;
pub mod clock;
pub mod control;
pub mod detection;
pub mod dispatch;
pub mod http;
pub mod keeper;
pub mod learn;
pub mod metrics;
pub mod page;
pub mod pipeline;
pub mod pressure;
pub mod recorder;
pub mod registry;
pub mod remedy;
pub mod runner;
pub mod scheduler;
pub mod secrets;
pub mod slos;
pub mod slots;
pub mod sources;
pub mod tasks;
pub mod view;
