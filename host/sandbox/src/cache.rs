//! Compiled plugins on disk, `FOLDER/<engine>/<sha256 of the component>.cwasm`, so that a start compiles nothing.
//!
//! Machine code is run as it is, so only files that this program wrote are read: the folder is the owner's alone, a
//! digest stands beside each image, files are made elsewhere and renamed, never changed in place (they are mapped), and
//! any doubt is a miss.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use tocsin_core::id::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("the cache of compiled plugins, {}, cannot be made", folder.display())]
    Make {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the cache of compiled plugins, {}, belongs to another user; machine code in it cannot be trusted", folder.display())]
    Foreign { folder: PathBuf },
}

#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// Makes names of unfinished files differ.
    writes: AtomicU64,
}

impl Cache {
    pub(crate) fn open(folder: &Path) -> Result<Self, CacheError> {
        let made = || -> io::Result<u32> {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let found = fs::metadata(folder)?;
            if found.uid() == own_user() {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
            }
            Ok(found.uid())
        };
        let owner = made().map_err(|source| CacheError::Make { folder: folder.to_owned(), source })?;
        if owner != own_user() {
            return Err(CacheError::Foreign { folder: folder.to_owned() });
        }
        Ok(Self { folder: folder.to_owned(), writes: AtomicU64::new(0) })
    }

    /// The component's image for this engine; nothing if there is the least doubt about it.
    pub(crate) fn get(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let image = self.image(engine, digest);
        let code = fs::read(&image).ok()?;
        let known = fs::read(image.with_extension("sha256")).ok()?;
        if known != Sha256::digest(&code).as_slice() {
            tracing::warn!(image = %image.display(), "a cached image is not what was written; compiling again");
            return None;
        }
        // The bytes that were judged are the bytes that are loaded: the file may change in between, this copy cannot.
        match deserialize(engine, &code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(image = %image.display(), "a cached image does not load; compiling again: {error:#}");
                None
            }
        }
    }

    /// Keeps the component's image. A cache that cannot be written to costs time, not correctness.
    pub(crate) fn put(&self, engine: &Engine, digest: &Digest, component: &Component) {
        let image = self.image(engine, digest);
        let written = component.serialize().map_err(|error| error.to_string()).and_then(|code| {
            let sum = Sha256::digest(&code);
            // The sum last: an image without it is a miss.
            self.write(&image, &code)
                .and_then(|()| self.write(&image.with_extension("sha256"), &sum))
                .map_err(|error| error.to_string())
        });
        if let Err(error) = written {
            tracing::warn!(image = %image.display(), "a compiled plugin was not kept: {error}");
        }
    }

    /// Removes the images of all engines but this: of another version of Wasmtime, or of other settings.
    pub(crate) fn prune(&self, engine: &Engine) {
        let kept = engine_name(engine);
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let ours =
                name.to_str().is_some_and(|name| name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit()));
            if ours
                && name != kept.as_str()
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::warn!(folder = %entry.path().display(), "an old cache was not removed: {error}");
            }
        }
    }

    fn image(&self, engine: &Engine, digest: &Digest) -> PathBuf {
        self.folder.join(engine_name(engine)).join(digest.as_str()).with_extension("cwasm")
    }

    /// All of the file or none of it, also if the power fails.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.folder);
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let serial = self.writes.fetch_add(1, Ordering::Relaxed);
        let unfinished = folder.join(format!(".{}-{serial}.unfinished", std::process::id()));
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)?;
            File::open(folder)?.sync_all()
        })();
        if written.is_err() {
            // It never got its name, so nobody reads it; the write's own error is the one to report.
            let _removed = fs::remove_file(&unfinished);
        }
        written
    }
}

/// What an image must match: Wasmtime's version, its settings, this processor.
fn engine_name(engine: &Engine) -> String {
    let mut hasher = Sha256Hasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The same in every build of this program; the standard library's own hasher promises that only within one run.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.clone().finalize().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }
}

fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[expect(unsafe_code, reason = "the one way to load an image; the bytes are ours, and their digest has been checked")]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: written by `Cache::put` from `Component::serialize` into a folder that only this user can write to.
    unsafe { Component::deserialize(engine, code) }
}
