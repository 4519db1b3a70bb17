//! What SLOs do in the hallway, over a store in memory.

mod alerting;
mod measuring;
mod node;
mod recount;
mod setback;
mod shelf;
