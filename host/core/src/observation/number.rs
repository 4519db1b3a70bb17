//! Floating-point numbers in JSON without loss: what JSON cannot write (NaN, infinities) is written as a string.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Finite(f64),
    Text(String),
}

fn write(value: f64) -> Written {
    if value.is_finite() { Written::Finite(value) } else { Written::Text(value.to_string()) }
}

fn read<E: serde::de::Error>(written: Written) -> Result<f64, E> {
    match written {
        Written::Finite(value) => Ok(value),
        Written::Text(text) => text.parse().map_err(|_| E::custom(format!("`{text}` is not a number"))),
    }
}

pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    write(*value).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    read(Written::deserialize(deserializer)?)
}

pub(super) mod optional {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Written, read, write};

    pub(in super::super) fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(write).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Option::<Written>::deserialize(deserializer)?.map(read).transpose()
    }
}
