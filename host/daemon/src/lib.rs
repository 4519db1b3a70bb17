//! The node: a thin async shell that runs what `core` decides, through the sandbox, into the store, and shows it.

#![forbid(unsafe_code)]

pub mod audit;
pub mod auth;
pub mod http;
pub mod metrics;
