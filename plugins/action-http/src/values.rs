//! What a name in braces stands for, and putting it into text, JSON and addresses, each with its own rules.

use std::collections::BTreeMap;

use tocsin_sdk::actions::{NoPlan, Template, Trigger};
use tocsin_sdk::serde_json::Value;

use crate::url;

/// No value that goes into a request is longer.
const VALUE_BYTES_MAX: usize = 512;

/// What was read and worked out so far, beside what the incident says.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    trigger: &'a Trigger<'a>,
    known: BTreeMap<String, Value>,
    /// Whole answers by the names of their reads; none where an answer was no JSON.
    answers: BTreeMap<String, Option<Value>>,
}

impl<'a> Values<'a> {
    pub(crate) const fn new(trigger: &'a Trigger<'a>) -> Self {
        Self { trigger, known: BTreeMap::new(), answers: BTreeMap::new() }
    }

    pub(crate) fn know(&mut self, name: String, value: Value) {
        self.known.insert(name, value);
    }

    /// Keeps an answer. A name belongs to one read, and to none of the rooms that work something out.
    pub(crate) fn answered(&mut self, read: &str, answer: Option<Value>) -> Result<(), NoPlan> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let ours = ["incident", "check", "finding", "scale", "capacity", "pick"];
        if read.is_empty() || !read.chars().all(plain) || ours.contains(&read) {
            return Err(NoPlan::because(format!("config: a read cannot be called `{read}`: write a word of its own")));
        }
        match self.answers.insert(read.to_owned(), answer) {
            None => Ok(()),
            Some(_) => Err(NoPlan::because(format!("config: two reads are called `{read}`"))),
        }
    }

    /// The whole answer of a read.
    pub(crate) fn answer(&self, read: &str) -> Result<&Value, NoPlan> {
        match self.answers.get(read) {
            Some(Some(answer)) => Ok(answer),
            Some(None) => Err(NoPlan::because(format!("{read} answered what is no JSON"))),
            None => Err(NoPlan::because(format!("config: no read is called `{read}`"))),
        }
    }

    /// The value of a name, as it was read.
    pub(crate) fn value(&self, name: &str) -> Result<Value, NoPlan> {
        match self.known.get(name) {
            Some(value) => Ok(value.clone()),
            None if self.answers.contains_key(name.split('.').next().unwrap_or(name)) => {
                Err(NoPlan::because(format!("config: `{{{name}}}` is none of the `values` of its read")))
            }
            None => self.trigger.value(name).map(Value::String),
        }
    }

    /// The value of a text that is one name in braces.
    pub(crate) fn sole(&self, text: &str) -> Result<Value, NoPlan> {
        match Template::parse(text)?.sole_name() {
            Some(name) => self.value(name),
            None => Err(NoPlan::because(format!("config: `{text}` is more than one name in braces"))),
        }
    }

    /// A text with its values.
    pub(crate) fn text(&self, text: &str) -> Result<String, NoPlan> {
        Template::parse(text)?.fill(|name| plain(name, &self.value(name)?))
    }

    /// An address with its values, which cannot change where it leads.
    pub(crate) fn url(&self, text: &str) -> Result<String, NoPlan> {
        let template = Template::parse(text)?;
        let beginning = template.beginning();
        let filled = template.fill(|name| plain(name, &self.value(name)?).map(|value| url::encoded(&value)))?;
        url::origin(beginning, filled == beginning)
            .and_then(|()| url::leads_to_one_place(&filled))
            .map_err(|problem| NoPlan::because(format!("the address `{text}` {problem}")))?;
        Ok(filled)
    }

    /// JSON with its values: within texts as text, and where a text is one name in braces, as they are.
    pub(crate) fn json(&self, value: &Value) -> Result<Value, NoPlan> {
        match value {
            Value::String(text) => match Template::parse(text)?.sole_name() {
                Some(name) => {
                    let value = self.value(name)?;
                    plain(name, &value).map(|_| value)
                }
                None => self.text(text).map(Value::String),
            },
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect::<Result<_, _>>().map(Value::Array),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, field)| Ok((name.clone(), self.json(field)?)));
                fields.collect::<Result<_, _>>().map(Value::Object)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
        }
    }
}

/// A value as text. Lists, objects and nothing are no values; nor is an empty text.
fn plain(name: &str, value: &Value) -> Result<String, NoPlan> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(NoPlan::because(format!("`{{{name}}}` is `{value}`, which is no text, number or truth")));
        }
    };
    if text.trim().is_empty() || text.len() > VALUE_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(NoPlan::because(format!(
            "`{{{name}}}` is empty, longer than {VALUE_BYTES_MAX} bytes, or holds a control character"
        )));
    }
    Ok(text)
}
