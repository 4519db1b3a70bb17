//! What incidents become, with the whole hallway and a clock that goes where it is told.

mod acts;
mod learning;
mod life;
mod node;
mod trouble;
