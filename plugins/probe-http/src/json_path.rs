//! A small subset of JSONPath: `$`, then `.name` and `[index]` as often as needed. No wildcards, filters or quotes.

use tocsin_sdk::serde_json::Value;

/// The value at a path: the inner none where there is nothing, the outer one where the path itself is not valid.
pub(crate) fn find<'a>(root: &'a Value, path: &str) -> Option<Option<&'a Value>> {
    let mut rest = path.strip_prefix('$')?;
    let mut value = Some(root);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, tail) = after.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
            value = value.and_then(|value| value.as_object()?.get(name));
            rest = tail;
        } else {
            let (index, tail) = rest.strip_prefix('[')?.split_once(']')?;
            let index = index.parse::<usize>().ok()?;
            value = value.and_then(|value| value.as_array()?.get(index));
            rest = tail;
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use tocsin_sdk::serde_json::json;

    use super::*;

    #[test]
    fn a_path_finds_its_value_nothing_or_is_no_path() {
        let root = json!({"a": {"b": [1, {"c-d": null}]}, "e": 7});
        let cases = [
            ("$", Some(Some(root.clone()))),
            ("$.e", Some(Some(json!(7)))),
            ("$.a.b[0]", Some(Some(json!(1)))),
            ("$.a.b[1].c-d", Some(Some(json!(null)))),
            ("$.a.b[2]", Some(None)),
            ("$.x.y", Some(None)),
            ("$.e[0]", Some(None)),
            ("a.b", None),
            ("$a", None),
            ("$.", None),
            ("$..a", None),
            ("$.a.b[x]", None),
            ("$.a.b[0", None),
            ("", None),
        ];
        for (path, expected) in cases {
            assert_eq!(find(&root, path).map(|found| found.cloned()), expected, "{path}");
        }
    }
}
