//! Where in HTML one is, from what was written so far.

/// What the innermost thing that is open takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Between tags.
    #[default]
    Text,
    Comment,
    /// Within `title` or `textarea`: text without tags.
    Raw,
    /// Within the element `style`.
    Style,
    Script,
    /// Within a tag, between attributes.
    Tag,
    /// Within an attribute's name.
    Name,
    /// Behind a name, before the equals sign or behind it.
    Equals,
    Value {
        kind: Kind,
        quote: Option<char>,
    },
}

/// What an attribute's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Address,
    Style,
    Script,
}

const ADDRESSES: [&str; 16] = [
    "action",
    "archive",
    "background",
    "cite",
    "classid",
    "codebase",
    "data",
    "formaction",
    "href",
    "icon",
    "longdesc",
    "manifest",
    "poster",
    "profile",
    "src",
    "srcset",
];

#[derive(Default)]
pub(super) struct Machine {
    state: State,
    /// The tag that is open, or the element whose raw content is.
    element: String,
    attribute: String,
    closes: bool,
    after_equals: bool,
    /// Of the address at hand: whether anything stands, and whether a `?` or `#` does.
    begun: bool,
    query: bool,
}

impl Machine {
    /// Where a value lands; one that begins an attribute's value without quotes opens it.
    pub(super) fn before_value(&mut self) -> State {
        if self.state == State::Equals && self.after_equals {
            self.open_value(None);
        }
        self.state
    }

    pub(super) const fn in_query(&self) -> bool {
        self.query
    }

    pub(super) const fn at_start(&self) -> bool {
        !self.begun
    }

    /// What the author wrote, on to `out` without its comments.
    pub(super) fn read(&mut self, text: &str, out: &mut String) {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let taken = match self.state {
                State::Text => self.text(rest, out),
                State::Comment => {
                    let end = rest.find("-->").map(|at| at + 3);
                    if end.is_some() {
                        self.state = State::Text;
                    }
                    end.unwrap_or(rest.len())
                }
                State::Raw | State::Style | State::Script => self.raw(rest, out),
                _ => {
                    self.in_tag(character);
                    out.push(character);
                    character.len_utf8()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Up to the next tag; how many bytes were taken.
    fn text(&mut self, rest: &str, out: &mut String) -> usize {
        let Some(at) = rest.find('<') else {
            out.push_str(rest);
            return rest.len();
        };
        let (before, tag) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        if tag.starts_with("<!--") {
            self.state = State::Comment;
            return at + 4;
        }
        let name = tag.trim_start_matches('<').trim_start_matches('/');
        let length =
            name.find(|next: char| !(next.is_ascii_alphanumeric() || matches!(next, '-' | ':'))).unwrap_or(name.len());
        let lead = if tag.starts_with("</") { 2 } else { 1 };
        let is_tag = name.starts_with(|first: char| first.is_ascii_alphabetic()) && tag.len() == name.len() + lead;
        if !is_tag {
            let doctype = tag.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
            out.push_str(if doctype { "<" } else { "&lt;" });
            return at + 1;
        }
        self.element = name.get(..length).unwrap_or_default().to_ascii_lowercase();
        self.closes = lead == 2;
        self.state = State::Tag;
        out.push_str(tag.get(..lead + length).unwrap_or_default());
        at + lead + length
    }

    /// Up to the close tag of an element whose content has no tags.
    fn raw(&mut self, rest: &str, out: &mut String) -> usize {
        let close = format!("</{}", self.element);
        let end = rest.to_ascii_lowercase().find(&close).unwrap_or(rest.len());
        out.push_str(rest.get(..end).unwrap_or_default());
        if end < rest.len() {
            self.state = State::Text;
        }
        end
    }

    fn in_tag(&mut self, character: char) {
        let space = character.is_ascii_whitespace();
        match self.state {
            State::Tag if character == '>' => self.end_tag(),
            State::Tag if space || character == '/' => {}
            State::Tag => {
                self.attribute = character.to_ascii_lowercase().to_string();
                self.state = State::Name;
            }
            State::Name if character == '>' => self.end_tag(),
            State::Name if character == '=' => self.equals(true),
            State::Name if space => self.equals(false),
            State::Name => self.attribute.push(character.to_ascii_lowercase()),
            State::Equals if space => {}
            State::Equals if character == '>' => self.end_tag(),
            State::Equals if character == '=' && !self.after_equals => self.after_equals = true,
            State::Equals if !self.after_equals => {
                self.attribute = character.to_ascii_lowercase().to_string();
                self.state = State::Name;
            }
            State::Equals if matches!(character, '"' | '\'') => self.open_value(Some(character)),
            State::Equals => {
                self.open_value(None);
                self.value_goes_on(character);
            }
            State::Value { quote: None, .. } if character == '>' => self.end_tag(),
            State::Value { quote: None, .. } if space => self.state = State::Tag,
            State::Value { quote, .. } if quote == Some(character) => self.state = State::Tag,
            State::Value { .. } => self.value_goes_on(character),
            State::Text | State::Comment | State::Raw | State::Style | State::Script => {}
        }
    }

    fn equals(&mut self, seen: bool) {
        self.after_equals = seen;
        self.state = State::Equals;
    }

    fn open_value(&mut self, quote: Option<char>) {
        let name = self.attribute.rsplit_once(':').map_or(self.attribute.as_str(), |(_, name)| name);
        let bare = name.strip_prefix("data-").unwrap_or(name);
        let kind = match bare {
            "style" => Kind::Style,
            _ if name.starts_with("on") => Kind::Script,
            _ if ADDRESSES.contains(&bare) || ["src", "uri", "url"].iter().any(|part| bare.contains(part)) => {
                Kind::Address
            }
            _ => Kind::Plain,
        };
        (self.begun, self.query) = (false, false);
        self.state = State::Value { kind, quote };
    }

    fn value_goes_on(&mut self, character: char) {
        self.begun |= !character.is_ascii_whitespace();
        self.query |= matches!(character, '?' | '#');
    }

    fn end_tag(&mut self) {
        self.state = match self.element.as_str() {
            _ if self.closes => State::Text,
            "script" => State::Script,
            "style" => State::Style,
            "title" | "textarea" => State::Raw,
            _ => State::Text,
        };
    }
}
