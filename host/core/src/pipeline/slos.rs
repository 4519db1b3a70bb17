//! SLOs in the hallway: what runs, reports and the passing of time add to their series, and which alerts follow. Knows
//! nothing of how sums are kept, nor how a burn is judged.

mod book;
mod change;

pub use book::Slos;
pub use change::SloChange;
