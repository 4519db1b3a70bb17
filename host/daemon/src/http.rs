//! The node's HTTP side: one room a resource, all of them behind the same doors. Knows the node only as a
//! [`node::NodeView`].

pub mod node;

pub use node::{Answer, NodeView, Upload, Who};
