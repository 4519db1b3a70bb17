//! `state`: a few bytes kept between the runs of one check. Answered from what the run was given, so transcripts need
//! only that; written back only if the run completes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::state::{Error, Host};
use crate::world::v0_1::tocsin::plugin::types::Denial;

pub(crate) type State = BTreeMap<String, Vec<u8>>;

/// What a check keeps, as it was before the run and as the run would leave it.
#[derive(Debug)]
pub(crate) struct StateRoom {
    before: Arc<State>,
    /// Copied at the first change.
    after: Option<State>,
    bytes_max: u64,
}

impl StateRoom {
    pub(crate) const fn new(before: Arc<State>, bytes_max: u64) -> Self {
        Self { before, after: None, bytes_max }
    }

    fn now(&self) -> &State {
        self.after.as_ref().unwrap_or(&self.before)
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), Error> {
        let others = self.now().iter().filter(|(other, _)| **other != key);
        let bytes = others.map(|(key, value)| key.len() + value.len()).sum::<usize>() + key.len() + value.len();
        if bytes as u64 > self.bytes_max {
            let message = format!("`{key}` would bring what is kept to {bytes} bytes; {} are allowed", self.bytes_max);
            return Err(Error::TooLarge(message));
        }
        self.change().insert(key, value);
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        if self.now().contains_key(key) {
            self.change().remove(key);
        }
    }

    fn change(&mut self) -> &mut State {
        self.after.get_or_insert_with(|| State::clone(&self.before))
    }

    /// What the run would leave, if that is something else than it found.
    pub(crate) fn into_changed(self) -> Option<State> {
        self.after.filter(|after| *after != *self.before)
    }
}

impl Guest {
    fn may_keep(&mut self, key: &str) -> Result<(), Error> {
        if self.rights.state {
            return Ok(());
        }
        let denied = Err(Error::Denied(Denial {
            capability: "state".to_owned(),
            target: key.to_owned(),
            reason: "the plugin was not granted `state`".to_owned(),
        }));
        self.note_refusal(&denied);
        denied
    }
}

impl Host for Guest {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        self.budget.call()?;
        let found = self.may_keep(&key).map(|()| self.state.now().get(&key).cloned());
        self.budget.carry(found.as_ref().ok().and_then(Option::as_ref).map_or(0, Vec::len))?;
        Ok(found)
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        self.budget.call()?;
        self.budget.carry(key.len() + value.len())?;
        Ok(self.may_keep(&key).and_then(|()| self.state.set(key, value)))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), Error>> {
        self.budget.call()?;
        Ok(self.may_keep(&key).map(|()| self.state.delete(&key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(bytes_max: u64) -> StateRoom {
        StateRoom::new(Arc::new(State::from([("a".to_owned(), vec![1])])), bytes_max)
    }

    #[test]
    fn nothing_is_copied_until_something_changes() {
        let mut room = room(100);
        room.delete("b");
        room.set("a".to_owned(), vec![1]).unwrap();
        assert_eq!(room.into_changed(), None);
    }

    #[test]
    fn the_sum_of_keys_and_values_is_bounded() {
        let mut room = room(8);
        room.set("b".to_owned(), vec![0; 5]).unwrap();
        assert!(matches!(room.set("c".to_owned(), vec![]), Err(Error::TooLarge(_))));
        room.set("b".to_owned(), vec![0; 4]).unwrap();
        room.set("c".to_owned(), vec![]).unwrap();
        assert_eq!(room.into_changed().map(|after| after.len()), Some(3));
    }
}
