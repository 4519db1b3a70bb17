//! A future that may be shared, because WASI's socket check asks for one: it is polled through an exclusive reference
//! only, so the lock is never contended.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

pub(super) struct Shareable<T>(Mutex<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T> Shareable<T> {
    pub(super) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Mutex::new(Box::pin(future)))
    }
}

impl<T> Future for Shareable<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
    }
}
