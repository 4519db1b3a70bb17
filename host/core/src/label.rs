//! Label sets: what an alert is, what a group shares, what a silence matches. Sorted, compact, cheap to clone and to
//! compare; an empty value is the same as none, as in Prometheus. Knows nothing of who gives them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Labels in the order of their names, no name twice, no value empty.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Labels(Arc<Packed>);

/// All texts one after the other; where each ends.
#[derive(PartialEq, Eq, Hash, Default)]
struct Packed {
    text: String,
    /// Of name, value, name, value, ...
    ends: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the label `{0}` is given twice")]
pub struct DuplicateLabel(pub String);

impl Labels {
    /// # Errors
    /// The first name that is given twice.
    pub fn new<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, DuplicateLabel> {
        let mut pairs: Vec<(N, V)> = pairs.into_iter().collect();
        pairs.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        if let Some(pair) = pairs.array_windows().find(|[a, b]| a.0.as_ref() == b.0.as_ref()) {
            return Err(DuplicateLabel(pair[0].0.as_ref().to_owned()));
        }
        Ok(Self::of_sorted(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))))
    }

    /// Of several sets laid over each other: a later one wins.
    #[must_use]
    pub fn overlay<'l>(layers: impl IntoIterator<Item = (&'l str, &'l str)>) -> Self {
        let merged: std::collections::BTreeMap<&str, &str> = layers.into_iter().collect();
        Self::of_sorted(merged)
    }

    fn of_sorted<'l>(pairs: impl IntoIterator<Item = (&'l str, &'l str)>) -> Self {
        let mut packed = Packed::default();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            for part in [name, value] {
                packed.text.push_str(part);
                packed.ends.push(u32::try_from(packed.text.len()).unwrap_or(u32::MAX));
            }
        }
        packed.text.shrink_to_fit();
        packed.ends.shrink_to_fit();
        Self(Arc::new(packed))
    }

    /// The value, or the empty text where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        let mut part = move |end: u32| {
            let end = usize::try_from(end).unwrap_or(usize::MAX);
            let text = self.0.text.get(start..end).unwrap_or_default();
            start = end;
            text
        };
        self.0.ends.as_chunks::<2>().0.iter().map(move |[name, value]| (part(*name), part(*value)))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.ends.len() / 2
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.ends.is_empty()
    }

    /// Bytes of all names and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.text.len()
    }

    /// Only those whose name is wanted.
    #[must_use]
    pub fn filtered(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self::of_sorted(self.iter().filter(|(name, _)| wanted(name)))
    }

    /// FNV-1a over the sorted labels, each part followed by a byte that no text holds: Prometheus's fingerprint
    /// (`model.LabelSet.Fingerprint`), so that ids agree with what Alertmanager's own tools show.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        const SEPARATOR: u8 = 255;
        let mut hash = OFFSET;
        let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        for (name, value) in self.iter() {
            for part in [name, value] {
                part.bytes().for_each(&mut add);
                add(SEPARATOR);
            }
        }
        Fingerprint(hash)
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

/// As Prometheus writes them: `{a="1", b="2"}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (name, value)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={value:?}")?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As an object of texts.
impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of labels, each value a text")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(pair) = map.next_entry::<String, String>()? {
                    pairs.push(pair);
                }
                Labels::new(pairs).map_err(serde::de::Error::custom)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// What identifies a label set; shown as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a fingerprint: one is 16 hex digits, such as 02e5ac1bc9ed84f7")]
pub struct NotAFingerprint(pub String);

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let parsed = is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        parsed.map(Self).ok_or_else(|| NotAFingerprint(text.to_owned()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        Labels::new(pairs.iter().copied()).expect("no name twice")
    }

    #[test]
    fn the_order_they_came_in_and_empty_values_make_no_difference() {
        let one = labels(&[("b", "2"), ("a", "1"), ("c", "")]);
        assert_eq!(one, labels(&[("a", "1"), ("b", "2")]));
        assert_eq!((one.get("b"), one.get("c"), one.len()), ("2", "", 2));
        assert_eq!(one.to_string(), r#"{a="1", b="2"}"#);
    }

    #[test]
    fn a_name_given_twice_is_named() {
        assert_eq!(Labels::new([("a", "1"), ("a", "2")]), Err(DuplicateLabel("a".to_owned())));
        assert!(serde_json::from_str::<Labels>(r#"{"a":"1","a":"2"}"#).is_err());
    }

    #[test]
    fn fingerprints_are_those_of_prometheus() {
        // The first is FNV-1a's offset, the second from prometheus/common's own test of a set of one label.
        assert_eq!(Labels::default().fingerprint().to_string(), "cbf29ce484222325");
        let text = "02e5ac1bc9ed84f7";
        assert_eq!(text.parse::<Fingerprint>().map(|fingerprint| fingerprint.to_string()), Ok(text.to_owned()));
        assert!("2e5".parse::<Fingerprint>().is_err());
    }

    #[test]
    fn json_holds_them_as_an_object() {
        let one = labels(&[("b", "2"), ("a", "x\"y")]);
        let json = serde_json::to_string(&one).expect("serializes");
        assert_eq!(json, r#"{"a":"x\"y","b":"2"}"#);
        assert_eq!(serde_json::from_str::<Labels>(&json).expect("reads"), one);
    }

    #[test]
    fn order_goes_by_the_pairs() {
        let mut all = [labels(&[("b", "1")]), labels(&[("a", "2")]), labels(&[("a", "1"), ("b", "1")]), labels(&[])];
        all.sort();
        assert_eq!(all.map(|one| one.to_string()), ["{}", r#"{a="1", b="1"}"#, r#"{a="2"}"#, r#"{b="1"}"#]);
    }
}
