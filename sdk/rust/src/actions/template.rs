//! Text with names in braces: `--host={incident.labels.host}`. Knows how it is written; what a name stands for is said by
//! whoever fills it.

use super::NoPlan;

/// Text with names in braces. A brace that is meant is written twice.
///
/// ```
/// use tocsin_sdk::actions::{NoPlan, Template};
///
/// let template = Template::parse("host={incident.labels.host}")?;
/// assert_eq!(template.fill(|_| Ok("db-1".to_owned()))?, "host=db-1");
/// # Ok::<(), NoPlan>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

impl Template {
    /// Takes a text apart. Braces that hold no name are refused.
    pub fn parse(text: &str) -> Result<Self, NoPlan> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at_checked(brace).unwrap_or((rest, ""));
            plain.push_str(before);
            let doubled = ["{{", "}}"].into_iter().find(|doubled| from.starts_with(doubled));
            rest = if let Some(doubled) = doubled {
                plain.extend(doubled.chars().next());
                from.get(2..).unwrap_or_default()
            } else {
                let (name, after) = named(from).ok_or_else(|| braces(text))?;
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Name(name.to_owned()));
                after
            };
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// The name, if the text is one name in braces and nothing else.
    #[must_use]
    pub fn sole_name(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// The text before the first name.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            Some(Part::Name(_)) | None => "",
        }
    }

    /// The text with each name's value in its place.
    pub fn fill(&self, mut value: impl FnMut(&str) -> Result<String, NoPlan>) -> Result<String, NoPlan> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => filled.push_str(&value(name)?),
            }
        }
        Ok(filled)
    }
}

/// `{a.b}rest` as `a.b` and `rest`.
fn named(from: &str) -> Option<(&str, &str)> {
    let (name, after) = from.strip_prefix('{')?.split_once('}')?;
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    name.split('.').all(plain).then_some((name, after))
}

fn braces(text: &str) -> NoPlan {
    NoPlan::because(format!(
        "config: `{text}` has braces that hold no name: write `{{incident.labels.host}}`, and a brace that is meant twice"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_and_doubled_braces_are_braces() {
        let cases = [
            ("", ""),
            ("plain", "plain"),
            ("{a}", "<a>"),
            ("x{a.b}y{c-d_1}", "x<a.b>y<c-d_1>"),
            ("{a}{b}", "<a><b>"),
            ("{{a}}", "{a}"),
            ("{{{a}}}", "{<a>}"),
        ];
        for (text, expected) in cases {
            let template = Template::parse(text).unwrap();
            assert_eq!(template.fill(|name| Ok(format!("<{name}>"))).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn braces_that_hold_no_name_are_refused() {
        for text in ["{", "}", "{}", "{a", "a}", "{a b}", "{a..b}", "{.a}", "{a}}", r#"{"a": 1}"#] {
            assert!(matches!(Template::parse(text), Err(NoPlan::Refused(_))), "{text}");
        }
    }

    #[test]
    fn a_value_that_is_missing_ends_it() {
        let template = Template::parse("a{b}").unwrap();
        assert!(template.fill(|_| Err(NoPlan::because("no b"))).is_err());
    }

    #[test]
    fn what_stands_before_the_first_name_is_known_and_whether_it_is_alone() {
        for (text, beginning, sole) in [("{a}", "", Some("a")), ("-{a}", "-", None), ("x", "x", None), ("", "", None)] {
            let template = Template::parse(text).unwrap();
            assert_eq!((template.beginning(), template.sole_name()), (beginning, sole), "{text}");
        }
    }
}
