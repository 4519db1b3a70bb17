//! Lists in answers: their items, and which of them are healthy or the one meant.

use tocsin_sdk::actions::NoPlan;
use tocsin_sdk::serde_json::Value;

use crate::values::Values;

/// A field of an item that has this value.
#[tocsin_sdk::config]
pub(crate) struct Where {
    /// A JSON pointer within the item: `/state`.
    pub(crate) pointer: String,
    /// The value it has; a text may hold values in braces.
    pub(crate) equals: Value,
}

impl Where {
    /// The condition with its values, to be asked of each item.
    pub(crate) fn filled(&self, values: &Values<'_>) -> Result<Self, NoPlan> {
        Ok(Self { pointer: self.pointer.clone(), equals: values.json(&self.equals)? })
    }

    pub(crate) fn holds(&self, item: &Value) -> bool {
        item.pointer(&self.pointer).is_some_and(|value| same(value, &self.equals))
    }
}

/// The items of a list in the answer of a read.
pub(crate) fn items<'v>(values: &'v Values<'_>, read: &str, list: &str) -> Result<&'v [Value], NoPlan> {
    match values.answer(read)?.pointer(list) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(NoPlan::because(format!("the answer of {read} has no list at `{list}`"))),
    }
}

/// Whether two values are one: 7 and 7.0 are. Whole numbers are compared as such, however large they are.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    let mixed =
        || a.is_f64() != b.is_f64() && a.as_f64().is_some_and(|a| b.as_f64().is_some_and(|b| a.total_cmp(&b).is_eq()));
    a == b || mixed()
}

#[cfg(test)]
mod tests {
    use tocsin_sdk::serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_one_however_they_are_written_and_large_ones_are_not_rounded() {
        let cases = [
            (json!(7), json!(7.0), true),
            (json!(7), json!(8), false),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64), false),
            (json!("7"), json!(7), false),
            (json!(true), json!(true), true),
        ];
        for (a, b, expected) in cases {
            assert_eq!(same(&a, &b), expected, "{a} {b}");
        }
    }
}
