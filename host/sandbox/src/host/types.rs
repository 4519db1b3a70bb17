//! `types` holds words only; a refusal is translated here for every interface.

use tocsin_core::capability::Refused;

use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::types::{self, Denial};

impl types::Host for Guest {}

pub(crate) fn denial(refused: Refused) -> Denial {
    let Refused { capability, target, reason } = refused;
    Denial { capability: capability.to_owned(), target, reason }
}
