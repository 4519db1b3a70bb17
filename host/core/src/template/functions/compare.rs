//! Truth and order of basic kinds. As in Go, kinds that differ are an error, not a surprise.

use std::cmp::Ordering;

use crate::template::context::Context;
use crate::template::value::Value;

type Answer = Result<Value, String>;

/// The first that is not true, or the last. Its further arguments are not evaluated where an earlier one decides: that is
/// the caller's part.
pub(super) fn both(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(arguments.iter().find(|value| !value.is_true()).or(arguments.last()).cloned().unwrap_or(Value::Nil))
}

pub(super) fn either(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(arguments.iter().find(|value| value.is_true()).or(arguments.last()).cloned().unwrap_or(Value::Nil))
}

pub(super) fn not(_: &mut Context, arguments: &[Value]) -> Answer {
    Ok(Value::Bool(!arguments.first().is_some_and(Value::is_true)))
}

/// Whether the first equals any of the others.
pub(super) fn eq(_: &mut Context, arguments: &[Value]) -> Answer {
    let (first, others) = arguments.split_first().ok_or("nothing to compare")?;
    for other in others {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne(_: &mut Context, arguments: &[Value]) -> Answer {
    let [first, second] = arguments else { return Err("`ne` takes two values".to_owned()) };
    Ok(Value::Bool(!equal(first, second)?))
}

pub(super) fn lt(_: &mut Context, arguments: &[Value]) -> Answer {
    ordered("lt", arguments, |order| order == Some(Ordering::Less))
}

pub(super) fn le(_: &mut Context, arguments: &[Value]) -> Answer {
    ordered("le", arguments, |order| matches!(order, Some(Ordering::Less | Ordering::Equal)))
}

pub(super) fn gt(_: &mut Context, arguments: &[Value]) -> Answer {
    // As in Go, `gt` and `ge` are what `le` and `lt` are not, also for NaN.
    ordered("gt", arguments, |order| !matches!(order, Some(Ordering::Less | Ordering::Equal)))
}

pub(super) fn ge(_: &mut Context, arguments: &[Value]) -> Answer {
    ordered("ge", arguments, |order| order != Some(Ordering::Less))
}

fn equal(first: &Value, second: &Value) -> Result<bool, String> {
    match (first, second) {
        (Value::Nil, Value::Nil) => Ok(true),
        (Value::Nil, _) | (_, Value::Nil) => Ok(false),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Time(a), Value::Time(b)) => Ok(a == b),
        (Value::Pair(a), Value::Pair(b)) => Ok(a == b),
        _ => match order(first, second) {
            Some(order) => Ok(order == Some(Ordering::Equal)),
            None => Err(incomparable(first, second)),
        },
    }
}

fn ordered(name: &str, arguments: &[Value], accept: impl Fn(Option<Ordering>) -> bool) -> Answer {
    let [first, second] = arguments else { return Err(format!("`{name}` takes two values")) };
    order(first, second).map(|order| Value::Bool(accept(order))).ok_or_else(|| incomparable(first, second))
}

/// `None` where the kinds have no order; `Some(None)` where one of them is not a number.
fn order(first: &Value, second: &Value) -> Option<Option<Ordering>> {
    match (first, second) {
        (Value::Int(a) | Value::Duration(a), Value::Int(b) | Value::Duration(b)) => Some(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Some(a.partial_cmp(b)),
        _ => Some(Some(first.text()?.cmp(second.text()?))),
    }
}

fn incomparable(first: &Value, second: &Value) -> String {
    let hint = match (first, second) {
        (Value::Float(_), Value::Int(_)) | (Value::Int(_), Value::Float(_)) => ": write the whole number with `.0`",
        _ => "",
    };
    format!("{} does not compare with {}{hint}", first.kind(), second.kind())
}
