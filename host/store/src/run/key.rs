//! A run's id as the database keeps it: the 16 bytes of a UUID of version 7, whose first six are its time. Knows no table.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use tocsin_core::id::RunId;
use tocsin_core::time::Timestamp;

use crate::error::StoreError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key([u8; 16]);

impl Key {
    pub(crate) fn of(id: &RunId) -> Result<Self, StoreError> {
        match uuid::Uuid::try_parse(id.as_str()) {
            Ok(uuid) => Ok(Self(uuid.into_bytes())),
            Err(_) => Err(StoreError::RunId { id: id.as_str().chars().take(64).collect() }),
        }
    }

    /// No run that began at this time or later has a smaller key.
    pub(crate) fn first_at(at: Timestamp) -> Self {
        let millis = u64::try_from(at.as_millis()).unwrap_or(0).min((1 << 48) - 1);
        Self((u128::from(millis) << 80).to_be_bytes())
    }

    /// The time within.
    pub(crate) fn at(self) -> Timestamp {
        let millis = u128::from_be_bytes(self.0) >> 80;
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    pub(crate) fn id(self) -> RunId {
        RunId::new(uuid::Uuid::from_bytes(self.0).as_hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()))
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
    }
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_it_was_given() {
        let id = RunId::new("0198f2c4-6d1e-7b3a-9c55-0242ac120002");
        let key = Key::of(&id).unwrap();
        assert_eq!(key.id(), id);
        assert_eq!(key.at(), Timestamp::from_millis(0x0198_f2c4_6d1e));
        assert!(Key::first_at(key.at()) < key && key < Key::first_at(Timestamp::from_millis(key.at().as_millis() + 1)));
    }

    #[test]
    fn what_is_no_id_is_named() {
        let error = Key::of(&RunId::new("run-1")).unwrap_err().to_string();
        assert!(error.starts_with("`run-1` is not a run's id"), "{error}");
    }
}
