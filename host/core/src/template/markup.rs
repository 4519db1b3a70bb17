//! HTML as it is written: what the template's author wrote moves a small machine through elements, tags and attributes,
//! and every value is escaped for the place it lands in. A place that no escape makes safe (a script, a tag's name) takes
//! no value.

mod machine;

use super::escape;
use super::print::display;
use super::value::Value;
use machine::{Kind, Machine, State};

#[derive(Default)]
pub(super) struct Markup {
    text: String,
    machine: Machine,
}

impl Markup {
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn literal(&mut self, text: &str) {
        self.machine.read(text, &mut self.text);
    }

    /// # Errors
    /// That no value is safe at this place.
    pub(super) fn value(&mut self, value: &Value) -> Result<(), String> {
        let shown = display(value);
        match self.machine.before_value() {
            // Comments are not sent, so neither is what they hold.
            State::Comment => {}
            State::Text => match value {
                Value::Markup(markup) => self.text.push_str(markup),
                _ => self.text.push_str(&escape::html(&shown)),
            },
            State::Raw => match value {
                Value::Markup(markup) => self.text.push_str(&escape::html_again(markup)),
                _ => self.text.push_str(&escape::html(&shown)),
            },
            State::Style => self.text.push_str(escape::style(&shown)),
            State::Script => return Err("no value is safe within a script: leave it out of notifications".to_owned()),
            State::Value { kind, quote } => {
                let safe = self.attribute(kind, value, &shown)?;
                self.text.push_str(&if quote.is_none() { escape::unquoted(&safe) } else { quoted(kind, value, &safe) });
            }
            State::Tag | State::Name | State::Equals => {
                return Err("no value is safe here, within a tag but not as the value of an attribute".to_owned());
            }
        }
        Ok(())
    }

    /// What the attribute means by it; the quotes are not seen to yet.
    fn attribute(&self, kind: Kind, value: &Value, shown: &str) -> Result<String, String> {
        Ok(match kind {
            Kind::Plain => match value {
                Value::Markup(markup) => escape::without_tags(markup),
                _ => shown.to_owned(),
            },
            Kind::Style => escape::style(shown).to_owned(),
            Kind::Script => {
                return Err("no value is safe within a script's attribute: leave it out of notifications".to_owned());
            }
            Kind::Address if self.machine.in_query() => match value {
                Value::Address(address) => escape::address(address),
                _ => escape::address_part(shown),
            },
            Kind::Address => {
                let trusted = matches!(value, Value::Address(_)) || !self.machine.at_start();
                if trusted || escape::is_safe_address(shown) {
                    escape::address(shown)
                } else {
                    format!("#{}", escape::REFUSED)
                }
            }
        })
    }
}

fn quoted(kind: Kind, value: &Value, safe: &str) -> String {
    match (kind, value) {
        (Kind::Plain, Value::Markup(_)) => escape::html_again(safe),
        _ => escape::html(safe),
    }
}
