//! Ctrl-C and SIGTERM as something one can wait for, with a time limit. Knows nothing of what is stopped then.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::Result;

/// From now on these signals no longer end the process: it asks for them.
#[derive(Debug)]
pub(crate) struct Signals(UnixStream);

impl Signals {
    pub(crate) fn watch() -> Result<Self> {
        let (read, write) = UnixStream::pair()?;
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
        }
        Ok(Self(read))
    }

    /// Waits that long, for ever where there is no limit. Whether a signal came.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Result<bool> {
        self.0.set_read_timeout(limit)?;
        match (&self.0).read(&mut [0]) {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            // A signal that is not watched for interrupted the wait.
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
