//! What a template computes with: Go's basic kinds, times, and the data it was given. Values are cheap to clone. Knows
//! how Go tells truth, kinds and equality; how values are printed is `print`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::data::{Alert, Data, Finding};
use crate::label::Labels;
use crate::time::Timestamp;

/// No value holds more.
pub(super) const VALUE_BYTES: usize = 1 << 20;
/// Lists within lists.
const NESTING: usize = 16;

#[derive(Clone, Debug)]
pub enum Value {
    /// No value at all.
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    /// What HTML takes as it is.
    Markup(Arc<str>),
    /// An address whose scheme is trusted.
    Address(Arc<str>),
    Time(Moment),
    /// In nanoseconds.
    Duration(i64),
    List(Arc<Vec<Value>>),
    Map(Arc<BTreeMap<String, Value>>),
    /// Labels or annotations.
    Labels(Labels),
    /// Labels in the order that notifications show them.
    Pairs(Arc<Vec<Pair>>),
    Pair(Pair),
    Alerts(Arc<Vec<Arc<Alert>>>),
    Alert(Arc<Alert>),
    Data(Arc<Data>),
    Finding(Arc<Finding>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub name: Arc<str>,
    pub value: Arc<str>,
}

/// A point in time as someone somewhere reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub at: Timestamp,
    pub zone: TimeZone,
}

impl Moment {
    pub(super) fn utc(at: Timestamp) -> Self {
        Self { at, zone: TimeZone::UTC }
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self::Data(Arc::new(data))
    }
}

impl From<Finding> for Value {
    fn from(finding: Finding) -> Self {
        Self::Finding(Arc::new(finding))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl Value {
    /// Whether an `if` takes its first branch.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Duration(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(_)
            | Self::Markup(_)
            | Self::Address(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Labels(_)
            | Self::Pairs(_)
            | Self::Alerts(_) => self.len().unwrap_or(0) > 0,
            Self::Time(_) | Self::Pair(_) | Self::Alert(_) | Self::Data(_) | Self::Finding(_) => true,
        }
    }

    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Text(text) | Self::Markup(text) | Self::Address(text) => Some(text.len()),
            Self::List(list) => Some(list.len()),
            Self::Map(map) => Some(map.len()),
            Self::Labels(labels) => Some(labels.len()),
            Self::Pairs(pairs) => Some(pairs.len()),
            Self::Alerts(alerts) => Some(alerts.len()),
            _ => None,
        }
    }

    /// About how many bytes it would print; `None` where that is more than any value may hold.
    pub(super) fn weight(&self) -> Option<usize> {
        let mut left = VALUE_BYTES;
        self.weigh(&mut left, 0)?;
        Some(VALUE_BYTES - left)
    }

    fn weigh(&self, left: &mut usize, depth: usize) -> Option<()> {
        if depth > NESTING {
            return None;
        }
        let own = match self {
            Self::List(list) => {
                list.iter().try_for_each(|value| value.weigh(left, depth + 1))?;
                0
            }
            Self::Map(map) => map.iter().try_fold(0, |sum, (name, value)| {
                value.weigh(left, depth + 1)?;
                Some(sum + name.len())
            })?,
            Self::Labels(labels) => labels.bytes(),
            Self::Pairs(pairs) => pairs.iter().map(|pair| pair.name.len() + pair.value.len()).sum(),
            Self::Alerts(alerts) => {
                alerts.iter().map(|alert| alert.labels.bytes() + alert.annotations.bytes() + 100).sum()
            }
            Self::Alert(alert) => alert.labels.bytes() + alert.annotations.bytes(),
            Self::Data(data) => {
                data.alerts.iter().map(|alert| alert.labels.bytes() + alert.annotations.bytes() + 100).sum()
            }
            other => other.len().unwrap_or(16),
        };
        *left = left.checked_sub(own + 1)?;
        Some(())
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Markup(text) | Self::Address(text) => Some(text),
            _ => None,
        }
    }

    /// The element, where this is a list that is long enough.
    pub(super) fn at(&self, index: usize) -> Option<Self> {
        match self {
            Self::List(list) => list.get(index).cloned(),
            Self::Pairs(pairs) => pairs.get(index).cloned().map(Self::Pair),
            Self::Alerts(alerts) => alerts.get(index).cloned().map(Self::Alert),
            _ => None,
        }
    }

    /// As Go names it, for messages and `%T`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Markup(_) => "template.HTML",
            Self::Address(_) => "template.URL",
            Self::Time(_) => "time.Time",
            Self::Duration(_) => "time.Duration",
            Self::List(_) => "[]string",
            Self::Map(_) => "map[string]interface {}",
            Self::Labels(_) => "template.KV",
            Self::Pairs(_) => "template.Pairs",
            Self::Pair(_) => "template.Pair",
            Self::Alerts(_) => "template.Alerts",
            Self::Alert(_) => "template.Alert",
            Self::Data(_) => "template.Data",
            Self::Finding(_) => "rule data",
        }
    }
}

/// With `alertname` first, as notifications show labels.
pub(super) fn sorted_pairs(labels: &Labels) -> Vec<Pair> {
    let pair = |(name, value): (&str, &str)| Pair { name: name.into(), value: value.into() };
    let (mut first, rest): (Vec<Pair>, Vec<Pair>) =
        labels.iter().map(pair).partition(|pair| &*pair.name == "alertname");
    first.extend(rest);
    first
}
