//! The host's side of `tocsin:plugin`, a file an interface. Each function: judge, ask, perform, answer.

mod blocking;
pub(crate) mod clock;
pub(crate) mod dns;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod icmp;
pub(crate) mod log;
pub(crate) mod node;
pub(crate) mod secrets;
pub(crate) mod state;
pub(crate) mod tcp;
mod tls;
pub(crate) mod types;
