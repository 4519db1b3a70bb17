//! Time zones by their IANA names, from the database inside the binary: core reads no files, and a node whose system
//! database is old or missing runs its checks at the same instants as any other.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::nearest::nearest;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Written in any case; `None` where there is no such zone.
pub(crate) fn find(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// The known name that was probably meant.
pub(crate) fn suggest(name: &str) -> Option<String> {
    let names: Vec<String> = ZONES.available().map(|known| known.to_string()).collect();
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}
