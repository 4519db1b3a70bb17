//! Lines for the run's record. Bounded by the host: what is over the cap is counted, not kept.

use std::fmt::Display;

pub use crate::bindings::host::log::Level;

/// Writes one line.
pub fn write(level: Level, message: impl Display) {
    crate::call::log_write(level, &message.to_string());
}

/// Writes one line of level `debug`.
pub fn debug(message: impl Display) {
    write(Level::Debug, message);
}

/// Writes one line of level `info`.
pub fn info(message: impl Display) {
    write(Level::Info, message);
}

/// Writes one line of level `warn`.
pub fn warn(message: impl Display) {
    write(Level::Warn, message);
}

/// Writes one line of level `error`.
pub fn error(message: impl Display) {
    write(Level::Error, message);
}
