//! The file's pages: how many there are, and how free ones go back to the disk. Knows nothing of what is on them.

use rusqlite::Connection;

use crate::error::StoreError;
use crate::shed::Shed;
use crate::{Rooms, Store};

/// Pages given back in one call.
const PAGES_A_CALL: u64 = 4_096;
const PAGES_A_STEP_WHEN_SHORT: u64 = 32;
/// Free pages are left for what comes next, up to one in this many.
const FREE_SHARE: u64 = 4;

/// The room that the database takes up, and what it gave up for want of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The database file, without its log.
    pub file_bytes: u64,
    /// Of these, free for what comes next.
    pub free_bytes: u64,
    /// False while the disk is full, or was until the last sweep.
    pub reserve_held: bool,
    pub shed: Shed,
}

impl Store {
    /// # Errors
    /// What the database refused.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        let pages = self.0.db.read("be measured", Pages::of)?;
        Ok(Usage {
            file_bytes: pages.all.saturating_mul(pages.bytes),
            free_bytes: pages.free.saturating_mul(pages.bytes),
            reserve_held: self.0.reserve.is_held(),
            shed: self.0.shed.so_far(),
        })
    }
}

impl Rooms {
    /// Shrinks the file: all that is over `bytes_max`, all of it when the disk is full, else only when much is free.
    pub(super) fn give_pages_back(&self, bytes_max: u64) -> Result<u64, StoreError> {
        let is_short = self.reserve.is_short();
        let before = self.db.tend("be measured", Pages::of)?;
        let over = before.all.saturating_sub(bytes_max / before.bytes.max(1));
        let much_is_free = before.free > before.all / FREE_SHARE;
        let wanted = if is_short || much_is_free { before.free } else { over.min(before.free) }.min(PAGES_A_CALL);
        // Moving pages is written to the log first: on a full disk, a little at a time.
        let step = if is_short { PAGES_A_STEP_WHEN_SHORT } else { PAGES_A_CALL };
        for _step in 0..wanted.div_ceil(step) {
            self.db.tend("give pages back to the disk", |connection| vacuum(connection, wanted.min(step)))?;
            if is_short {
                // The file only shrinks once the log was copied home.
                self.db.empty_log()?;
            }
        }
        let after = self.db.tend("be measured", Pages::of)?;
        Ok(before.all.saturating_sub(after.all).saturating_mul(before.bytes))
    }
}

fn vacuum(connection: &Connection, pages: u64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    // One step frees one page.
    while rows.next()?.is_some() {}
    Ok(())
}

struct Pages {
    all: u64,
    free: u64,
    bytes: u64,
}

impl Pages {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let pragma =
            |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0).map(i64::unsigned_abs));
        Ok(Self { all: pragma("page_count")?, free: pragma("freelist_count")?, bytes: pragma("page_size")? })
    }
}
