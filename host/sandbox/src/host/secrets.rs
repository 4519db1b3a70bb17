//! `secrets`: whether a secret is there, and, where `reveal` is granted, its value. A revealed value is never written
//! to a transcript, so such a run cannot be replayed.

use crate::transcript::exchange::SecretAvailable;
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::secrets::{Error, Host};
use crate::world::v0_1::tocsin::plugin::types::Denial;

impl Host for Guest {
    fn available(&mut self, name: String) -> wasmtime::Result<Result<bool, Error>> {
        match self.ask::<SecretAvailable>(name)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(name) => {
                let granted = self.rights.secrets.contains(&name) || self.rights.reveal.contains(&name);
                let found = if granted { Ok(self.secrets.get(&name).is_some()) } else { Err(denied("secrets", &name)) };
                self.answer::<SecretAvailable>(name, found)
            }
        }
    }

    fn reveal(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        self.budget.call()?;
        let found = if self.rights.reveal.contains(&name) {
            self.tape.spoil("the run was shown the value of a secret, which no transcript keeps");
            self.secrets.get(&name).ok_or(Error::Missing(name))
        } else {
            Err(denied("reveal", &name))
        };
        self.note_refusal(&found);
        self.budget.carry(found.as_ref().map_or(0, String::len))?;
        Ok(found)
    }
}

fn denied(capability: &str, name: &str) -> Error {
    Error::Denied(Denial {
        capability: capability.to_owned(),
        target: name.to_owned(),
        reason: format!("the secret is not among the check's `{capability}`"),
    })
}
