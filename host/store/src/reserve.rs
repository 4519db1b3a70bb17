//! A file that takes up room nobody uses, given up when the disk is full so that state can still be committed. Knows
//! nothing of what is committed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::db::Db;
use crate::error::StoreError;

const PAGE_BYTES: u64 = 4_096;
/// Takes the reserve back only when there is this many times its size: else the next commit would give it up again.
const ROOM_FACTOR: u64 = 2;

/// The reserve is a file on the disk and, where the database has a quota, the last part of that quota.
#[derive(Debug)]
pub(crate) struct Reserve {
    file: PathBuf,
    bytes: u64,
    quota_bytes: Option<u64>,
    held: AtomicBool,
    /// No room was found for it when it was last looked for.
    short: AtomicBool,
}

impl Reserve {
    /// Takes the reserve if there is room for it; a full disk is no reason not to start.
    pub(crate) fn open(folder: &Path, bytes: u64, quota_bytes: Option<u64>, db: &Db) -> Result<Self, StoreError> {
        let reserve = Self {
            file: folder.join("reserve"),
            bytes,
            quota_bytes,
            held: AtomicBool::new(false),
            short: AtomicBool::new(false),
        };
        reserve.limit_pages(db, quota_bytes)?;
        reserve.take_back(db)?;
        Ok(reserve)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held.load(Ordering::Acquire)
    }

    /// The reserve is gone because room is short: history must make room. A reserve that cannot be made for another
    /// reason costs no history.
    pub(crate) fn is_short(&self) -> bool {
        !self.is_held() && self.short.load(Ordering::Acquire)
    }

    /// History is given up for the reserve's sake down to this.
    pub(crate) const fn history_bytes_min(&self) -> u64 {
        self.bytes
    }

    /// Gives the reserve up. False if there was none left to give.
    pub(crate) fn release(&self, db: &Db) -> Result<bool, StoreError> {
        if !self.held.swap(false, Ordering::AcqRel) {
            return Ok(false);
        }
        remove(&self.file).map_err(|source| StoreError::Folder { path: self.file.clone(), source })?;
        self.short.store(true, Ordering::Release);
        self.limit_pages(db, self.quota_bytes)?;
        // While the disk was full, the log could not be copied home; now it can, and gives its own room back.
        db.empty_log()?;
        Ok(true)
    }

    /// Takes the reserve again once there is room for it. True if it is held afterwards.
    pub(crate) fn take_back(&self, db: &Db) -> Result<bool, StoreError> {
        if self.is_held() {
            return Ok(true);
        }
        let has_room = self.fits_quota(db)? && self.fits_disk();
        let occupied = if has_room { self.occupy() } else { Err(io::ErrorKind::StorageFull.into()) };
        let is_short = occupied.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::StorageFull);
        self.short.store(is_short, Ordering::Release);
        if occupied.is_err() {
            return Ok(false);
        }
        self.limit_pages(db, self.quota_bytes.map(|quota| quota.saturating_sub(self.bytes)))?;
        self.held.store(true, Ordering::Release);
        Ok(true)
    }

    fn fits_quota(&self, db: &Db) -> Result<bool, StoreError> {
        let Some(quota) = self.quota_bytes else { return Ok(true) };
        let file = db.read("be measured", |connection| {
            connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))
        })?;
        Ok(file.unsigned_abs().saturating_mul(PAGE_BYTES).saturating_add(self.bytes) < quota)
    }

    fn fits_disk(&self) -> bool {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let held_by_file = fs::metadata(&self.file).map_or(0, |metadata| metadata.len());
        rustix::fs::statvfs(folder).is_ok_and(|disk| {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize).saturating_add(held_by_file);
            free >= self.bytes.saturating_mul(ROOM_FACTOR)
        })
    }

    /// Real blocks: a sparse file would reserve nothing.
    fn occupy(&self) -> io::Result<()> {
        let mut file = File::create(&self.file)?;
        let written = if rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, self.bytes.max(1)).is_ok()
        {
            Ok(())
        } else {
            io::copy(&mut io::Read::take(io::repeat(0), self.bytes), &mut file).and_then(|_| file.flush())
        };
        if written.is_err() {
            remove(&self.file)?;
        }
        written.and_then(|()| file.sync_all())
    }

    fn limit_pages(&self, db: &Db, bytes: Option<u64>) -> Result<(), StoreError> {
        let Some(bytes) = bytes else { return Ok(()) };
        let pages = i64::try_from(bytes / PAGE_BYTES).unwrap_or(i64::MAX);
        db.tend("be given its quota", |connection| {
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        })
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
