//! pluginctl: builds, inspects and runs plugins on this machine, and talks to a node over HTTP. It changes a node in no
//! other way. One module a subcommand; what they share is [`client`] (the node) and [`output`] (the reader).

pub mod client;
pub mod output;
pub mod status;
