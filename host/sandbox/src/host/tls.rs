//! `tls` holds words only; the sessions are those of `http` and `tcp`.

use crate::world::guest::Guest;
use crate::world::v0_1::tocsin::plugin::tls;

impl tls::Host for Guest {}
