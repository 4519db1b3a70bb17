//! Lists and maps: taking from them, and making them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::text_of;
use crate::template::context::Context;
use crate::template::value::{VALUE_BYTES, Value};

type Answer = Result<Value, String>;

pub(super) fn len(_: &mut Context, arguments: &[Value]) -> Answer {
    let value = arguments.first().unwrap_or(&Value::Nil);
    let length = value.len().ok_or_else(|| format!("{} has no length", value.kind()))?;
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// `index x 1 "a"` is `x[1]["a"]`.
pub(super) fn index(_: &mut Context, arguments: &[Value]) -> Answer {
    let (first, keys) = arguments.split_first().ok_or("`index` of nothing")?;
    keys.iter().try_fold(first.clone(), |of, key| match (&of, key) {
        (Value::Labels(labels), key) if key.text().is_some() => Ok(labels.get(key.text().unwrap_or_default()).into()),
        (Value::Map(map), key) if key.text().is_some() => {
            Ok(map.get(key.text().unwrap_or_default()).cloned().unwrap_or(Value::Nil))
        }
        (Value::Text(text), Value::Int(at)) => {
            let byte = usize::try_from(*at).ok().and_then(|at| text.as_bytes().get(at));
            byte.map(|byte| Value::Int(i64::from(*byte))).ok_or_else(|| out_of_range(*at, &of))
        }
        (Value::List(_) | Value::Pairs(_) | Value::Alerts(_), Value::Int(at)) => {
            usize::try_from(*at).ok().and_then(|at| of.at(at)).ok_or_else(|| out_of_range(*at, &of))
        }
        _ => Err(format!("{} has no index that is {}", of.kind(), key.kind())),
    })
}

fn out_of_range(at: i64, of: &Value) -> String {
    format!("the index {at} is out of range: there are {}", of.len().unwrap_or(0))
}

/// `slice x 1 3` is `x[1:3]`.
pub(super) fn slice(_: &mut Context, arguments: &[Value]) -> Answer {
    let (of, bounds) = arguments.split_first().ok_or("`slice` of nothing")?;
    let length = of.len().ok_or_else(|| format!("{} cannot be sliced", of.kind()))?;
    let bound = |at: usize, default: usize| match bounds.get(at) {
        None => Ok(default),
        Some(Value::Int(at)) => {
            usize::try_from(*at).ok().filter(|at| *at <= length).ok_or_else(|| out_of_range(*at, of))
        }
        Some(other) => Err(format!("`slice` takes whole numbers, not {}", other.kind())),
    };
    let (start, end) = (bound(0, 0)?, bound(1, length)?);
    bound(2, length)?;
    let wrong = || format!("`slice` from {start} to {end} is not possible here");
    match of {
        Value::List(list) => list.get(start..end).map(|part| Value::List(Arc::new(part.to_vec()))).ok_or_else(wrong),
        Value::Pairs(pairs) => {
            pairs.get(start..end).map(|part| Value::Pairs(Arc::new(part.to_vec()))).ok_or_else(wrong)
        }
        Value::Alerts(all) => all.get(start..end).map(|part| Value::Alerts(Arc::new(part.to_vec()))).ok_or_else(wrong),
        _ => {
            // A cut through a character leaves what Go's output would hold: something unreadable, but no failure.
            let bytes = of.text().and_then(|text| text.as_bytes().get(start..end)).ok_or_else(wrong)?;
            Ok(String::from_utf8_lossy(bytes).into_owned().into())
        }
    }
}

pub(super) fn join(_: &mut Context, arguments: &[Value]) -> Answer {
    let separator = text_of(arguments, 0, "join")?;
    let Some(Value::List(list)) = arguments.get(1) else {
        let given = arguments.get(1).map_or("nil", Value::kind);
        return Err(format!("`join` takes a list of texts, not {given}"));
    };
    let parts: Option<Vec<&str>> = list.iter().map(Value::text).collect();
    let parts = parts.ok_or("`join` takes a list of texts")?;
    let bytes = parts.iter().map(|part| part.len() + separator.len()).fold(0, usize::saturating_add);
    if bytes > VALUE_BYTES {
        Err(format!("`join` makes more than {VALUE_BYTES} bytes"))
    } else {
        Ok(parts.join(separator).into())
    }
}

pub(super) fn string_slice(_: &mut Context, arguments: &[Value]) -> Answer {
    for at in 0..arguments.len() {
        text_of(arguments, at, "stringSlice")?;
    }
    Ok(Value::List(Arc::new(arguments.to_vec())))
}

pub(super) fn list(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(Value::List(Arc::new(arguments.to_vec())))
}

pub(super) fn append(_: &mut Context, arguments: &[Value]) -> Answer {
    match arguments.split_first() {
        Some((Value::List(list), more)) => Ok(Value::List(Arc::new(list.iter().chain(more).cloned().collect()))),
        Some((other, _)) => Err(format!("`append` takes a list first, not {}", other.kind())),
        None => Err("`append` takes a list".to_owned()),
    }
}

pub(super) fn dict(_: &mut Context, arguments: &[Value]) -> Answer {
    let (pairs, rest) = arguments.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("`dict` takes names and values in turn".to_owned());
    }
    let mut map = BTreeMap::new();
    for [name, value] in pairs {
        let name = name.text().ok_or_else(|| format!("a name in `dict` is a text, not {}", name.kind()))?;
        map.insert(name.to_owned(), value.clone());
    }
    Ok(Value::Map(Arc::new(map)))
}
