//! A post-mortem as one HTML page that needs nothing else. All text is escaped. Decides nothing.

use super::sheet::sheet;
use crate::incident::Incident;
use crate::slo::report::html_of;
use crate::time::Timestamp;
use crate::zone::Zone;

/// Of an incident as it is now; times on the wall clock of this zone.
#[must_use]
pub fn html(incident: &Incident, zone: &Zone, now: Timestamp) -> String {
    html_of(&sheet(incident, zone, now))
}
