//! From YAML text to a tree that remembers where everything stands. Duplicate keys are errors, aliases and depth are
//! bounded. Knows nothing of what the keys mean.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr::{Scalar, ScalarStyle, Tag};
use saphyr_parser::{Event, Parser, Span};

/// Beyond any file that a person wrote.
const DEPTH_MAX: usize = 64;
/// Nodes that all aliases of a file may copy together: nested anchors could ask for billions.
const ALIASED_NODES_MAX: usize = 10_000;

/// Line and column, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) mark: Mark,
    pub(crate) value: Value,
    /// A number, or true or false, as it stands in the file; empty for all else.
    pub(crate) written: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) mark: Mark,
    pub(crate) name: String,
}

/// Something that makes the text no valid tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) mark: Mark,
    pub(crate) path: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// The tree as far as it could be read, and all faults. An empty text is an empty map.
pub(crate) fn parse(text: &str) -> (Option<Node>, Vec<Fault>) {
    let mut builder = Builder::default();
    if !builder.read(text) {
        return (None, builder.faults);
    }
    let empty = Node::new(Mark { line: 1, column: 1 }, Value::Map(Vec::new()));
    (Some(builder.root.filter(|root| root.value != Value::Null).unwrap_or(empty)), builder.faults)
}

/// The trees of a file that may hold several documents, as far as they could be read, and all faults. Documents with
/// nothing in them are none.
pub(crate) fn parse_all(text: &str) -> (Vec<Node>, Vec<Fault>) {
    let mut builder = Builder { earlier: Some(Vec::new()), ..Builder::default() };
    let is_whole = builder.read(text);
    let mut roots = builder.earlier.unwrap_or_default();
    roots.extend(builder.root.filter(|_| is_whole));
    roots.retain(|root| root.value != Value::Null);
    (roots, builder.faults)
}

impl Value {
    /// For messages: `a list`.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl Node {
    const fn new(mark: Mark, value: Value) -> Self {
        Self { mark, value, written: String::new() }
    }

    /// As JSON; what JSON has no words for (an infinite number) becomes null.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(value) => value.as_str().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => entries.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect(),
        }
    }

    fn size(&self) -> usize {
        1 + match &self.value {
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.size()).sum(),
            _ => 0_usize,
        }
    }
}

#[derive(Default)]
struct Builder {
    /// The collections that are open, outermost first.
    open: Vec<Open>,
    root: Option<Node>,
    /// The documents before this one, where a file may hold several.
    earlier: Option<Vec<Node>>,
    anchors: BTreeMap<usize, Node>,
    aliased: usize,
    faults: Vec<Fault>,
}

struct Open {
    mark: Mark,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, seen: BTreeMap<String, Mark>, key: Option<Key> },
}

impl Builder {
    /// Whether the text could be read to its end.
    fn read(&mut self, text: &str) -> bool {
        for event in Parser::new_from_str(text) {
            let step = match event {
                Ok((event, span)) => self.event(event, mark_of(span)),
                Err(error) => {
                    let mark = Mark { line: error.marker().line(), column: error.marker().col() + 1 };
                    Err(self.fault(mark, "yaml", format!("this is not valid YAML: {}", error.info())))
                }
            };
            if let Err(fault) = step {
                self.faults.push(fault);
                return false;
            }
        }
        true
    }

    fn event(&mut self, event: Event<'_>, mark: Mark) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(name) = self.awaited_key(&text) {
                    self.set_key(Key { mark, name });
                    return Ok(());
                }
                let written = text.clone();
                let value = self.scalar(text, style, tag, mark)?;
                let is_plain = matches!(value, Value::Bool(_) | Value::Integer(_) | Value::Float(_));
                let written = if is_plain { written.into_owned() } else { String::new() };
                self.add(Node { mark, value, written }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(mark, anchor, Content::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let (entries, seen, key) = (Vec::new(), BTreeMap::new(), None);
                self.open(mark, anchor, Content::Map { entries, seen, key })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, mark),
            Event::DocumentStart(_) if self.root.is_some() => match &mut self.earlier {
                Some(earlier) => {
                    earlier.extend(self.root.take());
                    Ok(())
                }
                None => Err(self.fault(mark, "yaml", "a second document starts here; a file holds one".to_owned())),
            },
            _ => Ok(()),
        }
    }

    fn awaited_key(&self, text: &str) -> Option<String> {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. })).then(|| text.to_owned())
    }

    fn set_key(&mut self, new: Key) {
        if let Some(Open { content: Content::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(new);
        }
    }

    fn scalar(
        &self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<Cow<'_, Tag>>,
        mark: Mark,
    ) -> Result<Value, Fault> {
        let shown = text.chars().take(40).collect::<String>();
        match Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref()) {
            Some(Scalar::Null) => Ok(Value::Null),
            Some(Scalar::Boolean(value)) => Ok(Value::Bool(value)),
            Some(Scalar::Integer(value)) => Ok(Value::Integer(value)),
            Some(Scalar::FloatingPoint(value)) => Ok(Value::Float(value.into_inner())),
            Some(Scalar::String(value)) => Ok(Value::Text(value.into_owned())),
            None => Err(self.fault(mark, "yaml", format!("`{shown}` does not fit its tag"))),
        }
    }

    fn open(&mut self, mark: Mark, anchor: usize, content: Content) -> Result<(), Fault> {
        if self.awaited_key("").is_some() {
            return Err(self.fault(mark, "yaml", "a key must be a plain text, not a list or a map".to_owned()));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(self.fault(mark, "yaml", format!("this is nested deeper than {DEPTH_MAX} levels")));
        }
        self.open.push(Open { mark, anchor, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(Open { mark, anchor, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        self.add(Node::new(mark, value), anchor)
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<(), Fault> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(self.fault(mark, "yaml", "this alias stands inside its own anchor".to_owned()));
        };
        self.aliased += node.size();
        if self.aliased > ALIASED_NODES_MAX {
            let message = format!("the aliases of this file expand to more than {ALIASED_NODES_MAX} values");
            return Err(self.fault(mark, "yaml", message));
        }
        if self.awaited_key("").is_some() {
            return Err(self.fault(mark, "yaml", "an alias cannot be a key".to_owned()));
        }
        self.add(node, 0)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let mark = node.mark;
        let duplicate = match self.open.last_mut().map(|open| &mut open.content) {
            None => {
                self.root = Some(node);
                None
            }
            Some(Content::List(items)) => {
                items.push(node);
                None
            }
            Some(Content::Map { entries, seen, key }) => match key.take() {
                None => return Err(self.fault(mark, "yaml", "a value without a key".to_owned())),
                Some(key) => match seen.get(&key.name) {
                    Some(first) => Some((key, *first)),
                    None => {
                        seen.insert(key.name.clone(), key.mark);
                        entries.push((key, node));
                        None
                    }
                },
            },
        };
        if let Some((key, first)) = duplicate {
            let message = format!("the key `{}` is already at {}:{}", key.name, first.line, first.column);
            let mut fault = self.fault(key.mark, "duplicate-key", message);
            fault.path = join(&fault.path, &key.name);
            self.faults.push(fault);
        }
        Ok(())
    }

    fn fault(&self, mark: Mark, code: &'static str, message: String) -> Fault {
        let path = self.open.iter().fold(String::new(), |path, open| match &open.content {
            Content::List(items) => format!("{path}[{}]", items.len()),
            Content::Map { key: Some(key), .. } => join(&path, &key.name),
            Content::Map { key: None, .. } => path,
        });
        Fault { mark, path, code, message }
    }
}

/// `checks[3]` and `interval` are `checks[3].interval`.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn mark_of(span: Span) -> Mark {
    Mark { line: span.start.line(), column: span.start.col() + 1 }
}
