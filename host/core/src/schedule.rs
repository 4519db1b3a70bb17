//! When checks are due: a grid with a phase of its own for each check, stable over restarts; cron with a time zone.
//! Knows no clock: `now` is an argument. Knows nothing of how a run goes or whether the last one has ended.

mod cron;
mod days_of_week;
mod grid;
mod timetable;
pub(crate) mod zones;

pub use cron::{Cron, CronError};
pub use grid::Grid;
pub use timetable::{Due, Timetable};
