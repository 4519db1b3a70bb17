//! The one place that changes the node: typed verbs, each looked at first and then carried out, at most once, by an order that
//! every gate has approved. What undoing takes is on disk before anything is changed.
//!
//! ```text
//! Executor::prepare(&Order)   -> Prepared     looks, journals, changes nothing
//! Executor::carry(Approved)   -> Done         the only way to change anything
//! Executor::empty_quarantine, forget, kept    what is left of orders that are over
//! ```
//!
//! A room for each verb: `unit` (systemd over D-Bus), `process` (signals), `command`, `http`, `file`, `sysctl`, `cleanup`
//! (files into quarantine). `journal` keeps what they found, `place` reaches places without following links. Which repair is
//! right, and when, is decided elsewhere; nothing here chooses.

#![forbid(unsafe_code)]

mod cleanup;
mod command;
mod executor;
mod failure;
mod file;
mod found;
mod http;
mod journal;
mod place;
mod process;
mod sysctl;
mod unit;

#[cfg(test)]
mod fixture;

pub use cleanup::Freed;
pub use executor::{Executor, Setup};
pub use http::{HttpAnswer, HttpError, HttpSender, Sending};
pub use journal::JournalError;
pub use unit::Bus;
