//! `files`: files below granted paths.

use super::blocking;
use crate::files::Granted;
use crate::transcript::exchange::{FileList, FileListing, FileRead, FileReading, FileStat, HostCall};
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::files::{Content, Entry, Error, Host};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Guest {
    async fn ask_files<C, T>(
        &mut self,
        request: C::Request,
        read: impl FnOnce(Granted<'_>, &C::Request) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T>
    where
        C: HostCall<Answer = Result<T, Error>>,
        C::Request: Send + 'static,
        T: Send + 'static,
    {
        match self.ask::<C>(request)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                let (rights, asked) = (self.rights.clone(), request.clone());
                let found = blocking::within(self.patience(None), move || read(Granted(&rights.files), &asked)).await;
                self.answer::<C>(request, found.unwrap_or_else(|why| Err(Error::Failed(why))))
            }
        }
    }
}

impl Host for Guest {
    async fn read(&mut self, path: String, offset: u64, max: u32) -> Answer<Content> {
        let left = self.budget.bytes_left();
        self.ask_files::<FileRead, _>(FileReading { path, offset, max }, move |granted, asked| {
            granted.read(&asked.path, asked.offset, left.min(asked.max.into()))
        })
        .await
    }

    async fn stat(&mut self, path: String) -> Answer<Entry> {
        self.ask_files::<FileStat, _>(path, |granted, path| granted.stat(path)).await
    }

    async fn list(&mut self, path: String, max: u32) -> Answer<Vec<Entry>> {
        self.ask_files::<FileList, _>(FileListing { path, max }, |granted, asked| {
            granted.list(&asked.path, usize::try_from(asked.max).unwrap_or(usize::MAX))
        })
        .await
    }
}
