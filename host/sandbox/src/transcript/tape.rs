//! The host calls of a run in order: written down as they happen, or read out again in a replay.

use super::exchange::{Exchange, HostCall};
use crate::limits::Stop;
use crate::replay::Divergence;

#[derive(Debug)]
pub(crate) enum Tape {
    Recording { exchanges: Vec<Exchange>, irreproducible: Option<String> },
    Replaying { exchanges: Vec<Exchange>, next: usize },
}

impl Tape {
    pub(crate) const fn record_new() -> Self {
        Self::Recording { exchanges: Vec::new(), irreproducible: None }
    }

    pub(crate) const fn replay_of(exchanges: Vec<Exchange>) -> Self {
        Self::Replaying { exchanges, next: 0 }
    }

    pub(crate) fn record(&mut self, exchange: Exchange) {
        if let Self::Recording { exchanges, .. } = self {
            exchanges.push(exchange);
        }
    }

    /// Remembers why this run cannot be replayed: something answered it that is not on the tape.
    pub(crate) fn spoil(&mut self, why: &str) {
        if let Self::Recording { irreproducible: slot @ None, .. } = self {
            *slot = Some(why.to_owned());
        }
    }

    pub(crate) const fn is_replaying(&self) -> bool {
        matches!(self, Self::Replaying { .. })
    }

    /// The recorded answer, if this is a replay; an error if the guest asks something else than it did then.
    pub(crate) fn replay<C: HostCall>(&mut self, request: &C::Request) -> Result<Option<C::Answer>, Stop> {
        let Self::Replaying { exchanges, next } = self else { return Ok(None) };
        let recorded = exchanges.get(*next);
        match recorded.and_then(C::parts) {
            Some((asked, answer)) if asked == request => {
                *next += 1;
                Ok(Some(answer.clone()))
            }
            _ => Err(Stop::Diverged(Divergence::new::<C>(*next, recorded, request))),
        }
    }

    /// The recorded calls that a replay did not come to.
    pub(crate) fn left(&self) -> Option<(usize, &Exchange)> {
        match self {
            Self::Recording { .. } => None,
            Self::Replaying { exchanges, next } => exchanges.get(*next).map(|exchange| (*next, exchange)),
        }
    }
}
