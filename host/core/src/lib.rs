//! Tocsin's decisions, as values in and values out.
//!
//! Data walks down one hallway, a file a room:
//! `config -> schedule -> run -> observation -> health -> slo -> anomaly -> rule -> alert -> incident -> remediation ->
//! effect`, and [`pipeline`] is the hallway itself.
//! This crate knows no clock, no disk, no network, no randomness, no Wasm and no SQL: what it needs arrives in its
//! arguments.

pub mod admission;
pub mod alert;
pub mod alerting;
pub mod alertmanager;
pub mod anomaly;
pub mod capability;
pub mod config;
pub mod delivery;
pub mod escalate;
pub mod group;
pub mod health;
pub mod hours;
pub mod id;
pub mod incident;
pub mod interval;
pub mod label;
pub mod limits;
pub mod maintenance;
pub mod manifest;
pub mod matcher;
mod nearest;
pub mod notify;
pub mod observation;
pub mod oncall;
pub mod openslo;
pub mod page;
pub mod payload;
pub mod pipeline;
pub mod plan;
pub mod playbook;
pub mod quantity;
pub mod quarantine;
pub mod receiver;
pub mod remediation;
pub mod route;
pub mod rule;
pub mod run;
pub mod schedule;
pub mod slo;
pub mod suppress;
pub mod template;
pub mod time;
pub mod verb;
pub mod why;
pub mod zone;
