//! The tests' tools: a folder to be a node's home, the real programs in it, loopback servers to be its targets, and a
//! record of what was printed. Builds nothing: `cargo xtask plugins` and `cargo build` did.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test says what it expects by failing, and so do its tools"
)]

mod alertmanager;
mod home;
mod node;
mod programs;
mod record;
mod seed;
mod server;
mod sink;
mod smtp;
mod wait;

pub use alertmanager::Alertmanager;
pub use home::Home;
pub use node::Node;
pub use programs::{Said, guest, plugin, program, root};
pub use record::record;
pub use seed::Seeded;
pub use server::{Answer, Server};
pub use sink::{Asked, Reply, Sink};
pub use smtp::{Mail, Manners, Smtp};
pub use wait::{clock, wait_for, wait_until};
