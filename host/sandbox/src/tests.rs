//! Real components, written by hand, run through the crate's own front door. Each hostile one ends within its bound,
//! with its own outcome, and the call after it is healthy.

mod bounds;
mod caching;
mod floor;
mod guests;
mod replaying;
mod wasi;
