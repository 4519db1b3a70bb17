//! CPU time of one run: read from the thread's own clock around each poll of the guest, and judged at each tick of the
//! epoch. A guest that waits for a host call spends nothing, however many ticks pass.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;
use wasmtime::UpdateDeadline;

use crate::limits::Stop;

/// Shared by the run and its store. Only the thread that polls the guest writes to it, so relaxed order is enough.
#[derive(Debug)]
pub(crate) struct Meter {
    budget_ns: u64,
    /// Of the polls that ended.
    spent_ns: AtomicU64,
    /// The thread's clock when the poll under way began.
    began_ns: AtomicU64,
    cancel: CancellationToken,
}

impl Meter {
    pub(crate) fn new(budget: Duration, cancel: CancellationToken) -> Self {
        let budget_ns = u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX);
        Self { budget_ns, spent_ns: AtomicU64::new(0), began_ns: AtomicU64::new(0), cancel }
    }

    /// The future, with each of its polls measured.
    pub(crate) async fn measure<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let began_ns = thread_ns();
            self.began_ns.store(began_ns, Ordering::Relaxed);
            let polled = future.as_mut().poll(context);
            self.spent_ns.fetch_add(thread_ns().saturating_sub(began_ns), Ordering::Relaxed);
            polled
        })
        .await
    }

    /// CPU time of the polls that ended.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed))
    }

    /// Called by the guest's own code when the epoch has moved on: inside a poll, on the thread that polls.
    pub(crate) fn tick(&self) -> wasmtime::Result<UpdateDeadline> {
        if self.cancel.is_cancelled() {
            return Err(Stop::Cancelled.into());
        }
        let now_ns = thread_ns().saturating_sub(self.began_ns.load(Ordering::Relaxed));
        if self.spent_ns.load(Ordering::Relaxed).saturating_add(now_ns) > self.budget_ns {
            return Err(Stop::Cpu.into());
        }
        // Tokio's own yield lets timers and sockets be served first, so a deadline is met though every thread computes.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    }
}

fn thread_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec).unwrap_or(0), u64::try_from(time.tv_nsec).unwrap_or(0));
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}
