//! Entries with config keys in braces, and filling them in. Knows JSON; does not know what an entry means.

use serde_json::Value;

use super::entry::EntryProblem;

/// So that two lists in one entry cannot grow rights without bound.
const VALUES_MAX: usize = 1_000;

/// `https://{host}:{port=443}`, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Key { path: Vec<Step>, default: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Each,
    At(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FillError {
    WrongType { key: String, expected: &'static str, found: &'static str },
    TooMany,
}

impl Template {
    pub(super) fn parse(entry: &str) -> Result<Self, EntryProblem> {
        let mut parts = Vec::new();
        let mut rest = entry;
        while let Some((text, after)) = rest.split_once('{') {
            let (key, after) = after.split_once('}').ok_or(EntryProblem::Braces)?;
            if !text.is_empty() {
                parts.push(literal(text)?);
            }
            let (path, default) = key.split_once('=').map_or((key, None), |(path, default)| (path, Some(default)));
            parts.push(Part::Key { path: parse_path(path)?, default: default.map(str::to_owned) });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(literal(rest)?);
        }
        if parts.is_empty() { Err(EntryProblem::Braces) } else { Ok(Self { parts }) }
    }

    pub(super) fn has_keys(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Key { .. }))
    }

    /// The config keys it names, as written.
    pub(super) fn keys(&self) -> Vec<String> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Key { path, .. } => Some(show(path)),
                Part::Text(_) => None,
            })
            .collect()
    }

    /// Whether it is one config key and nothing else.
    pub(super) fn is_bare_key(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Key { .. }])
    }

    /// Every value it takes with this config; none where the config lacks a key that has no default.
    pub(super) fn fill(&self, config: &Value) -> Result<Vec<String>, FillError> {
        let mut values = Vec::new();
        expand(&self.parts, config, &mut values)?;
        Ok(values)
    }
}

fn literal(text: &str) -> Result<Part, EntryProblem> {
    if text.contains('}') { Err(EntryProblem::Braces) } else { Ok(Part::Text(text.to_owned())) }
}

fn parse_path(path: &str) -> Result<Vec<Step>, EntryProblem> {
    let mut steps = Vec::new();
    for segment in path.split('.') {
        let (name, each) = segment.strip_suffix("[]").map_or((segment, false), |name| (name, true));
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
            return Err(EntryProblem::Braces);
        }
        steps.push(Step::Field(name.to_owned()));
        if each {
            steps.push(Step::Each);
        }
    }
    Ok(steps)
}

/// Takes the first list apart and goes on with each of its items; keys of the same list stay together, so
/// `{targets[].host}:{targets[].port}` pairs a host with its own port.
fn expand(parts: &[Part], config: &Value, values: &mut Vec<String>) -> Result<(), FillError> {
    let Some(list) = parts.iter().find_map(first_list) else {
        values.extend(render(parts, config)?);
        return if values.len() > VALUES_MAX { Err(FillError::TooMany) } else { Ok(()) };
    };
    let items = match look_up(&list, config)? {
        None => return Ok(()),
        Some(Value::Array(items)) => items.len(),
        Some(other) => return Err(wrong_type(&list, "a list", other)),
    };
    for index in 0..items {
        let one: Vec<Part> = parts.iter().map(|part| at_index(part, &list, index)).collect();
        expand(&one, config, values)?;
    }
    Ok(())
}

fn first_list(part: &Part) -> Option<Vec<Step>> {
    let Part::Key { path, .. } = part else { return None };
    let each = path.iter().position(|step| *step == Step::Each)?;
    path.get(..each).map(<[Step]>::to_vec)
}

fn at_index(part: &Part, list: &[Step], index: usize) -> Part {
    match part {
        Part::Key { path, default } if path.starts_with(list) && path.get(list.len()) == Some(&Step::Each) => {
            let mut path = path.clone();
            if let Some(each) = path.get_mut(list.len()) {
                *each = Step::At(index);
            }
            Part::Key { path, default: default.clone() }
        }
        other => other.clone(),
    }
}

fn render(parts: &[Part], config: &Value) -> Result<Option<String>, FillError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Key { path, default } => match (look_up(path, config)?, default) {
                (Some(Value::String(value)), _) => text.push_str(value),
                (Some(Value::Number(value)), _) => text.push_str(&value.to_string()),
                (Some(other), _) => return Err(wrong_type(path, "a string or a number", other)),
                (None, Some(default)) => text.push_str(default),
                (None, None) => return Ok(None),
            },
        }
    }
    Ok(Some(text))
}

/// The value at a path; null counts as absent.
fn look_up<'c>(path: &[Step], config: &'c Value) -> Result<Option<&'c Value>, FillError> {
    let mut value = config;
    for (depth, step) in path.iter().enumerate() {
        let next = match (step, value) {
            (Step::Field(name), Value::Object(fields)) => fields.get(name),
            (Step::At(index), Value::Array(items)) => items.get(*index),
            (_, other) => return Err(wrong_type(path.get(..depth).unwrap_or(path), "an object", other)),
        };
        match next {
            None | Some(Value::Null) => return Ok(None),
            Some(next) => value = next,
        }
    }
    Ok(Some(value))
}

fn wrong_type(path: &[Step], expected: &'static str, found: &Value) -> FillError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    FillError::WrongType { key: show(path), expected, found }
}

/// `targets[2].host`; the config as a whole is called so.
fn show(path: &[Step]) -> String {
    if path.is_empty() {
        return "the config".to_owned();
    }
    let mut text = String::new();
    for step in path {
        match step {
            Step::Field(name) if text.is_empty() => text.push_str(name),
            Step::Field(name) => text.extend([".", name]),
            Step::Each => text.push_str("[]"),
            Step::At(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_filled_in_from_the_config() {
        let config = json!({
            "url": "https://a", "port": 5432, "auth": {"user": "u"}, "hosts": ["a", "b"], "none": null,
            "targets": [{"host": "x", "port": 1}, {"host": "y", "port": 2}, {"host": "z"}],
        });
        for (entry, expected) in [
            ("{url}", vec!["https://a"]),
            ("db:{port}", vec!["db:5432"]),
            ("{auth.user}!", vec!["u!"]),
            ("{hosts[]}:80", vec!["a:80", "b:80"]),
            ("{targets[].host}:{targets[].port}", vec!["x:1", "y:2"]),
            ("{targets[].host}:{targets[].port=9}", vec!["x:1", "y:2", "z:9"]),
            ("{missing}", vec![]),
            ("{none}", vec![]),
            ("{auth.missing.deeper}", vec![]),
            ("{missing=system}", vec!["system"]),
            ("plain", vec!["plain"]),
        ] {
            assert_eq!(Template::parse(entry).unwrap().fill(&config).unwrap(), expected, "{entry}");
        }
    }

    #[test]
    fn a_key_of_the_wrong_type_is_named() {
        let config = json!({"url": ["a"], "on": true, "name": "x", "list": [1, [2]]});
        for (entry, key, expected, found) in [
            ("{url}", "url", "a string or a number", "a list"),
            ("{on}", "on", "a string or a number", "a boolean"),
            ("{name.deeper}", "name", "an object", "a string"),
            ("{name[]}", "name", "a list", "a string"),
            ("{list[]}", "list[1]", "a string or a number", "a list"),
        ] {
            let error = Template::parse(entry).unwrap().fill(&config).unwrap_err();
            assert_eq!(error, FillError::WrongType { key: key.to_owned(), expected, found }, "{entry}");
        }
    }

    #[test]
    fn braces_that_name_no_key_are_refused() {
        for entry in ["", "{", "}", "{}", "{a", "a}", "{a..b}", "{a[}", "{a b}", "{{a}}", "{[]}"] {
            assert_eq!(Template::parse(entry).unwrap_err(), EntryProblem::Braces, "{entry}");
        }
    }

    #[test]
    fn lists_cannot_grow_rights_without_bound() {
        let config = json!({"a": vec!["x"; 100], "b": vec!["y"; 100]});
        assert_eq!(Template::parse("{a[]}{b[]}").unwrap().fill(&config), Err(FillError::TooMany));
    }
}
