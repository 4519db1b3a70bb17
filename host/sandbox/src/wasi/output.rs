//! Standard output and standard error: kept, bounded and tagged, never the daemon's own.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes kept of both streams together; the run's log has a bound of its own beside.
const KEPT_BYTES_MAX: usize = 64 * 1024;
/// Bytes taken at once; what is over the bound is taken too, and forgotten.
const CHUNK_BYTES: usize = 64 * 1024;

#[derive(Clone, Default)]
pub(super) struct Output(Arc<Mutex<Vec<Written>>>);

/// The stream's name and what was written to it without a break.
type Written = (&'static str, Vec<u8>);

impl Output {
    pub(super) fn stream(&self, name: &'static str) -> Stream {
        Stream { name, output: self.clone() }
    }

    fn write(&self, name: &'static str, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used: usize = kept.iter().map(|(_, bytes)| bytes.len()).sum();
        let bytes = bytes.get(..bytes.len().min(KEPT_BYTES_MAX.saturating_sub(used))).unwrap_or_default();
        match kept.last_mut() {
            Some((last, text)) if *last == name => text.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            _ => kept.push((name, bytes.to_vec())),
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |name: &str, text: &str| format!("{name}: {text}");
        let lines_of = |(name, bytes): &Written| {
            String::from_utf8_lossy(bytes).lines().map(|text| line(name, text)).collect::<Vec<_>>()
        };
        kept.iter().flat_map(lines_of).collect()
    }
}

#[derive(Clone)]
pub(super) struct Stream {
    name: &'static str,
    output: Output,
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Only WASI 0.3 asks for this one, and it is not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.output.write(self.name, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK_BYTES)
    }
}
