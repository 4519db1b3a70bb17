//! What SLOs do in the hallway, over a store in memory.

mod alerting;
mod node;
mod recount;
mod shelf;
