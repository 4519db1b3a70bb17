//! The newest healthy one of a list before the current one: what there is to go back to.

use std::cmp::Ordering;

use tocsin_sdk::actions::NoPlan;
use tocsin_sdk::serde_json::Value;

use crate::list::{self, Where};
use crate::values::Values;

/// The list, and which of it to take.
#[tocsin_sdk::config]
pub(crate) struct Pick {
    /// The name of the read whose answer has the list.
    pub(crate) read: String,
    /// A JSON pointer to the list: `/versions`; left out: the answer itself.
    #[serde(default)]
    pub(crate) list: String,
    /// Which of them were healthy.
    pub(crate) healthy: Where,
    /// The current one, which must be among them. Only older ones are taken.
    pub(crate) current: Where,
    /// A JSON pointer within an item to what orders them, a number or a time such as `2026-01-31T08:00:00Z`; left out: the
    /// list begins with the newest.
    pub(crate) newest: Option<String>,
    /// A JSON pointer within an item to the value that is taken: `/version`.
    pub(crate) value: String,
}

/// Works out `{pick.value}`, or says why there is nothing to go back to.
pub(crate) fn check(pick: &Pick, values: &mut Values<'_>) -> Result<(), NoPlan> {
    let (current, healthy) = (pick.current.filled(values)?, pick.healthy.filled(values)?);
    let items = list::items(values, &pick.read, &pick.list)?;
    let ordered = ordered(pick, items)?;
    let Some(here) = ordered.iter().position(|item| current.holds(item)) else {
        return Err(NoPlan::because(format!(
            "none of the {} of {} has {} at `{}`: the current one is not known",
            items.len(),
            pick.read,
            current.equals,
            current.pointer
        )));
    };
    let older = ordered.iter().skip(here + 1).filter(|item| !current.holds(item));
    let Some(found) = older.into_iter().find(|item| healthy.holds(item)) else {
        return Err(NoPlan::because(format!(
            "nothing to go back to: none of {} is older than the current one and was healthy",
            pick.read
        )));
    };
    let Some(value) = found.pointer(&pick.value).filter(|value| value.is_string() || value.is_number()).cloned() else {
        return Err(NoPlan::because(format!("what {} has to go back to has nothing at `{}`", pick.read, pick.value)));
    };
    values.know("pick.value".into(), value);
    Ok(())
}

/// The items, the newest first; of equal ones in the order of the list.
fn ordered<'v>(pick: &Pick, items: &'v [Value]) -> Result<Vec<&'v Value>, NoPlan> {
    let mut ordered: Vec<&Value> = items.iter().collect();
    let Some(pointer) = &pick.newest else { return Ok(ordered) };
    let key = |item: &'v Value| item.pointer(pointer);
    let alike = |kind: fn(&Value) -> bool| items.iter().all(|item| key(item).is_some_and(kind));
    if !alike(Value::is_number) && !alike(Value::is_string) {
        return Err(NoPlan::because(format!(
            "not all of {} have a number, or all a time, at `{pointer}`: which is older is not known",
            pick.read
        )));
    }
    ordered.sort_by(|a, b| compare(key(b), key(a)));
    Ok(ordered)
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    // Whole numbers first: nanoseconds since the epoch are more than a float holds.
    match (a.and_then(Value::as_i64), b.and_then(Value::as_i64)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => match (a.and_then(Value::as_f64), b.and_then(Value::as_f64)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.and_then(Value::as_str).cmp(&b.and_then(Value::as_str)),
        },
    }
}
