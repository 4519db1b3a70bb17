//! `files`: files below granted paths.

use crate::transcript::exchange::{FileList, FileListing, FileRead, FileReading, FileStat};
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::files::{Content, Entry, Error, Host};

fn unsupported<T>() -> Result<T, Error> {
    Err(Error::Failed("this build reads no files".to_owned()))
}

impl Host for Guest {
    async fn read(&mut self, path: String, offset: u64, max: u32) -> wasmtime::Result<Result<Content, Error>> {
        match self.ask::<FileRead>(FileReading { path, offset, max })? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => self.answer::<FileRead>(request, unsupported()),
        }
    }

    async fn stat(&mut self, path: String) -> wasmtime::Result<Result<Entry, Error>> {
        match self.ask::<FileStat>(path)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => self.answer::<FileStat>(request, unsupported()),
        }
    }

    async fn list(&mut self, path: String, max: u32) -> wasmtime::Result<Result<Vec<Entry>, Error>> {
        match self.ask::<FileList>(FileListing { path, max })? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => self.answer::<FileList>(request, unsupported()),
        }
    }
}
