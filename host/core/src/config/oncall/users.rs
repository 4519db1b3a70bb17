//! A user and the ways to reach them.

use super::super::error::{ConfigError, ConfigErrors};
use super::super::names::References;
use super::super::read::{self, At, Fields};
use super::{civil, one_of, some};
use crate::id::UserName;
use crate::oncall::{Contact, User};

const CONTACTS_MAX: usize = 10;

pub(super) fn read(
    name: &str,
    at: &At<'_>,
    receivers: &mut References,
    ways: &mut Vec<(UserName, Contact, ConfigError)>,
    errors: &mut ConfigErrors,
) -> Option<User> {
    let mut fields = Fields::of(at, errors)?;
    let full_name = fields.optional("full_name", errors, read::text).map(str::to_owned);
    let contacts = fields.required("contacts", errors, |at, errors| {
        some(at, CONTACTS_MAX, errors, |at, errors| {
            let contact = contact(at, receivers, errors)?;
            if let Some(message) = unusable(&contact) {
                ways.push((UserName::new(name), contact.clone(), at.error("unreachable", message)));
            }
            Some(contact)
        })
    });
    let zone = fields.optional("time_zone", errors, civil::zone);
    fields.finish(errors);
    Some(User { name: UserName::new(name), full_name, contacts: contacts?, zone })
}

fn contact(at: &At<'_>, receivers: &mut References, errors: &mut ConfigErrors) -> Option<Contact> {
    match one_of(at, &["email", "sms", "receiver"], errors)? {
        ("email", at) => {
            let address = read::text(&at, errors)?;
            if !is_address(address) {
                errors.push(
                    at.error("email", format!("`{address}` is not a mail address")).help("write `a@example.org`"),
                );
                return None;
            }
            Some(Contact::Email(address.to_owned()))
        }
        ("sms", at) => {
            let number = read::text(&at, errors)?;
            if !is_number(number) {
                let error = at.error("sms", format!("`{number}` is not a telephone number"));
                errors.push(error.help("write it with its country and without spaces, in quotes: `\"+431234567\"`"));
                return None;
            }
            Some(Contact::Sms(number.to_owned()))
        }
        (_, at) => super::receiver(&at, receivers, errors).map(Contact::Receiver),
    }
}

/// What is wrong where nothing says how such messages are sent; none is for another receiver to know.
const fn unusable(contact: &Contact) -> Option<&'static str> {
    match contact {
        Contact::Email(_) => {
            Some("no mail can be sent: `global` of Alertmanager's file needs `smtp_from` and `smtp_smarthost`")
        }
        Contact::Sms(_) => Some("no message can be sent: `account`, `token` and `from` are needed under `sms`"),
        Contact::Receiver(_) => None,
    }
}

/// As much as can be said without asking the mail server.
fn is_address(text: &str) -> bool {
    let is_plain = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "@<>,;".contains(c))
    };
    text.len() <= 254 && text.rsplit_once('@').is_some_and(|(user, host)| is_plain(user) && is_plain(host))
}

/// E.164: a plus and 6 to 15 digits.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}
