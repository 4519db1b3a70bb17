//! Wake-ups by key: one each, moved or taken back at the cost of a look in a tree. Knows nothing of what wakes.

use std::collections::{BTreeMap, BTreeSet};

use crate::time::Timestamp;

#[derive(Clone, Debug)]
pub(in crate::pipeline) struct Timers<K> {
    by_key: BTreeMap<K, Timestamp>,
    by_time: BTreeSet<(Timestamp, K)>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Timers<K> {
    pub(in crate::pipeline) fn set(&mut self, key: K, at: Option<Timestamp>) {
        let before = match at {
            Some(at) => self.by_key.insert(key.clone(), at),
            None => self.by_key.remove(&key),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, key.clone()));
        }
        if let Some(at) = at {
            self.by_time.insert((at, key));
        }
    }

    pub(in crate::pipeline) fn first(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// In the order of their times.
    pub(in crate::pipeline) fn due(&self, now: Timestamp) -> impl Iterator<Item = &K> {
        self.by_time.iter().take_while(move |(at, _)| *at <= now).map(|(_, key)| key)
    }

    /// Of all that wait, in the order of their times.
    pub(in crate::pipeline) fn keys(&self) -> impl Iterator<Item = &K> {
        self.by_time.iter().map(|(_, key)| key)
    }
}
