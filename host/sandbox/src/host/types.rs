//! `types` holds words only.

use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::types;

impl types::Host for Guest {}
