//! Values as JSON in a column, and JSON under zstd in a blob. Knows nothing of what the values mean.

use std::io::Read as _;

use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Quick rather than small: rows are written far more often than read.
const LEVEL: i32 = 1;

/// Nothing that is kept unpacks to more; damage must not eat memory.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

pub(crate) fn to_text(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

pub(crate) fn from_text<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

/// Packs many small values in a row; making its tables anew for each would cost more than the packing.
pub(crate) struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    pub(crate) fn new() -> rusqlite::Result<Self> {
        zstd::bulk::Compressor::new(LEVEL).map(Self).map_err(to_sql)
    }

    pub(crate) fn pack(&mut self, bytes: &[u8]) -> rusqlite::Result<Vec<u8>> {
        self.0.compress(bytes).map_err(to_sql)
    }

    pub(crate) fn pack_json(&mut self, value: &impl Serialize) -> rusqlite::Result<Vec<u8>> {
        let json = serde_json::to_vec(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.pack(&json)
    }
}

pub(crate) fn unpack(column: usize, packed: &[u8]) -> rusqlite::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    zstd::stream::read::Decoder::with_buffer(packed)
        .and_then(|decoder| decoder.take(UNPACKED_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, error.into()))?;
    Ok(bytes)
}

pub(crate) fn unpack_json<T: DeserializeOwned>(column: usize, packed: &[u8]) -> rusqlite::Result<T> {
    serde_json::from_slice(&unpack(column, packed)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, error.into()))
}

fn to_sql(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}
