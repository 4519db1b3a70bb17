//! A stream that notes when the last byte went out and when the first came back: exactly a response's waiting time,
//! which the HTTP library only knows once the whole head was read. Knows no HTTP.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::super::stream::Stream;

/// When the last byte before the answer was written, and when the answer's first byte was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks(Arc<Mutex<(Option<Instant>, Option<Instant>)>>);

impl Marks {
    pub(super) fn first_byte(&self) -> Option<Duration> {
        let (sent, answered) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(answered?.saturating_duration_since(sent?))
    }

    fn wrote(&self) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.1.is_none() {
            marks.0 = Some(Instant::now());
        }
    }

    fn read(&self) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.1.get_or_insert_with(Instant::now);
    }
}

#[derive(Debug)]
pub(super) struct Timed {
    pub(super) stream: Stream,
    pub(super) marks: Marks,
}

impl AsyncRead for Timed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        if buf.filled().len() > before {
            self.marks.read();
        }
        Poll::Ready(result)
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        self.marks.wrote();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
