//! Escalation: a page climbs the levels of its policy until someone answers. A [`Policy`] is the ladder, a [`PageState`]
//! where one page stands on it; every transition is pure and says whom to tell ([`Tell`]) and what to write down
//! ([`Note`]). Knows nothing of how anyone is told, and nothing of alerts.

mod builtin;
mod page;
mod policy;
mod record;
mod simulate;

pub use builtin::{Roles, builtin};
pub use page::{Ack, AckError, NewPage, PageState};
pub use policy::{Level, Policies, Policy, When, Who};
pub use record::{Note, Reason, Skip, Target, Tell, Turn, What};
pub use simulate::{Step, simulate};
