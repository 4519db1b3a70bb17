//! `log`: lines for the run's record, bounded by the run's limit; what does not fit is counted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::log;

/// One line a guest wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub level: LogLevel,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// The lines of one run.
#[derive(Debug)]
pub(crate) struct Log {
    lines: Vec<LogLine>,
    bytes_left: usize,
    dropped: u64,
    /// What the guest last reported as an error: an SDK guest writes its panic here before it traps.
    last_error: Option<String>,
}

/// A line costs this much beside its text, so that empty lines end too.
const LINE_OVERHEAD_BYTES: usize = 16;
const LAST_ERROR_BYTES_MAX: usize = 1_024;

impl Log {
    pub(crate) fn new(bytes_max: u64) -> Self {
        let bytes_left = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        Self { lines: Vec::new(), bytes_left, dropped: 0, last_error: None }
    }

    pub(crate) fn write(&mut self, level: LogLevel, mut message: String) {
        if level == LogLevel::Error {
            let mut last = message.clone();
            truncate(&mut last, LAST_ERROR_BYTES_MAX);
            self.last_error = Some(last);
        }
        if self.bytes_left <= LINE_OVERHEAD_BYTES {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        truncate(&mut message, self.bytes_left - LINE_OVERHEAD_BYTES);
        self.bytes_left -= LINE_OVERHEAD_BYTES + message.len();
        self.lines.push(LogLine { level, message });
    }

    pub(crate) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// The lines kept, and one that counts the others.
    pub(crate) fn into_lines(mut self) -> Vec<LogLine> {
        if self.dropped > 0 {
            let message = format!("{} more lines did not fit the run's log (`limits.log_bytes`)", self.dropped);
            self.lines.push(LogLine { level: LogLevel::Warn, message });
        }
        self.lines
    }
}

fn truncate(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
}

impl log::Host for Guest {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Trace => LogLevel::Trace,
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.log.write(level, message);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_and_counted() {
        let mut log = Log::new(64);
        log.write(LogLevel::Info, "short".to_owned());
        log.write(LogLevel::Error, "é".repeat(100));
        log.write(LogLevel::Info, "gone".to_owned());
        assert_eq!(log.last_error().map(str::len), Some(200));
        let lines = log.into_lines();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].message.len() <= 64);
        assert!(lines[2].message.starts_with("1 more lines"));
    }
}
