//! What this machine says about itself, read from where the kernel shows it. Plain functions over a root folder; knows
//! nothing of guests or of who may ask.

use std::io;
use std::path::{Path, PathBuf};

use procfs::ProcError;

use crate::world::v0_1::tocsin::plugin::node::Error;

mod cpu;
mod disks;
mod load;
mod memory;
mod network;
mod pressure;
mod processes;
mod who;

/// A machine as seen below a folder: `/`, or a test's copy of what it holds.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    root: PathBuf,
}

impl Machine {
    /// The one this runs on.
    pub(crate) fn this() -> Self {
        Self { root: PathBuf::from("/") }
    }

    fn proc(&self, path: &str) -> PathBuf {
        self.root.join("proc").join(path)
    }

    fn sys(&self, path: &str) -> PathBuf {
        self.root.join("sys").join(path)
    }
}

fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Failed(format!("{} cannot be read: {error}", path.display()))
}

fn unreadable(path: &Path, error: &ProcError) -> Error {
    match error {
        ProcError::Io(error, _) => failed(path, error),
        ProcError::NotFound(_) => failed(path, &io::ErrorKind::NotFound.into()),
        ProcError::PermissionDenied(_) => failed(path, &io::ErrorKind::PermissionDenied.into()),
        _ => Error::Failed(format!("{} is not written as this version knows it", path.display())),
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    //! A machine made of files.

    use tempfile::TempDir;

    use super::Machine;

    pub(crate) fn machine(files: &[(&str, &str)]) -> (TempDir, Machine) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let machine = Machine { root: folder.path().to_owned() };
        (folder, machine)
    }
}
