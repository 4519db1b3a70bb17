//! A post-mortem in Markdown, with tables as GitHub has them. What came from outside stays text. Decides nothing.

use super::sheet::sheet;
use crate::incident::Incident;
use crate::slo::report::markdown_of;
use crate::time::Timestamp;
use crate::zone::Zone;

/// Of an incident as it is now; times on the wall clock of this zone.
#[must_use]
pub fn markdown(incident: &Incident, zone: &Zone, now: Timestamp) -> String {
    markdown_of(&sheet(incident, zone, now))
}
