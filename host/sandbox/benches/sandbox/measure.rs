//! Measuring: the seconds that one piece of work takes, on one thread or on several at once.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use crate::Outcome;

/// How long one side of a round is measured: short, so that a round's sides see the same machine.
const SLICE: Duration = Duration::from_millis(60);
/// The clock is looked at once in so many pieces of work.
const BATCH: u32 = 64;

/// Seconds of wall time for each piece of work, `threads` doing it at once, each in a runtime of its own.
pub(crate) fn async_work<W, F>(threads: usize, work: W) -> Outcome<f64>
where
    W: Fn() -> F + Sync,
    F: Future<Output = Outcome<()>>,
{
    let rate: Outcome<f64> = thread::scope(|scope| {
        let each: Vec<_> = (0..threads).map(|_| scope.spawn(|| rate(&work))).collect();
        each.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a thread of the bench fell".into()))).sum()
    });
    rate.map(|rate| 1.0 / rate)
}

/// Pieces of work a second.
fn rate<W, F>(work: &W) -> Outcome<f64>
where
    W: Fn() -> F,
    F: Future<Output = Outcome<()>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let (began, mut done) = (Instant::now(), 0_u32);
        while began.elapsed() < SLICE {
            for _ in 0..BATCH {
                work().await?;
            }
            done += BATCH;
        }
        Ok(f64::from(done) / began.elapsed().as_secs_f64())
    })
}

/// Seconds from starting a program to having its exit code.
pub(crate) fn spawn(program: &str, arguments: &[&str]) -> Outcome<f64> {
    let began = Instant::now();
    let status = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    let seconds = began.elapsed().as_secs_f64();
    if status.success() { Ok(seconds) } else { Err(format!("{program} ended with {status}").into()) }
}
