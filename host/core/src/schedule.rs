//! When checks are due: a grid with a phase of its own for each check, stable over restarts; cron with a time zone.
//! Knows no clock: `now` is an argument.

/// A valid cron expression with its time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// As written.
    pub expression: String,
    /// An IANA name: `Europe/Vienna`.
    pub time_zone: String,
}
