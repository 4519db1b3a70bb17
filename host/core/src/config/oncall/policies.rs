//! Escalation policies, and the roles that the built-in ones go by.

use std::time::Duration;

use super::super::error::ConfigErrors;
use super::super::read::{self, At, Fields};
use super::{DAY, Reader, civil, some};
use crate::escalate::{Level, Policy, Roles, When, Who};
use crate::id::PolicyName;

const LEVELS_MAX: usize = 20;
const NOTIFY_MAX: usize = 20;
const SEVERITIES_MAX: usize = 20;
const REPEAT_MAX: u32 = 100;
const WAIT_MIN: Duration = Duration::from_millis(100);
const WAIT_MAX: Duration = Duration::from_secs(7 * 86_400);

pub(super) fn read(name: &str, at: &At<'_>, who: &mut Reader<'_>, errors: &mut ConfigErrors) -> Option<Policy> {
    let mut fields = Fields::of(at, errors)?;
    let repeat = fields.optional("repeat", errors, |at, errors| read::whole(at, 0, REPEAT_MAX, errors));
    let ack_timeout =
        fields.optional("ack_timeout", errors, |at, errors| read::duration(at, WAIT_MIN, 366 * DAY, errors));
    let levels = fields
        .required("levels", errors, |at, errors| some(at, LEVELS_MAX, errors, |at, errors| level(at, who, errors)));
    fields.finish(errors);
    Some(Policy { name: PolicyName::new(name), levels: levels?, repeat: repeat.unwrap_or(0), ack_timeout })
}

fn level(at: &At<'_>, who: &mut Reader<'_>, errors: &mut ConfigErrors) -> Option<Level> {
    let mut fields = Fields::of(at, errors)?;
    let notify =
        fields.required("notify", errors, |at, errors| some(at, NOTIFY_MAX, errors, |at, errors| who.who(at, errors)));
    let wait = fields.required("wait", errors, |at, errors| read::duration(at, WAIT_MIN, WAIT_MAX, errors));
    let when = fields.optional("when", errors, when);
    fields.finish(errors);
    Some(Level { notify: notify?, wait: wait?, when: when.unwrap_or_default() })
}

fn when(at: &At<'_>, errors: &mut ConfigErrors) -> Option<When> {
    let mut fields = Fields::of(at, errors)?;
    let severities = fields.optional("severity", errors, |at, errors| {
        some(at, SEVERITIES_MAX, errors, |at, errors| read::text(at, errors).map(str::to_owned))
    });
    let during = fields.optional("during", errors, civil::hours);
    let outside = fields.optional("outside", errors, civil::hours);
    fields.finish(errors);
    Some(When { severities: severities.unwrap_or_default(), during, outside })
}

pub(super) fn roles(at: &At<'_>, who: &mut Reader<'_>, errors: &mut ConfigErrors) -> Option<Roles> {
    let mut fields = Fields::of(at, errors)?;
    let primary = fields.required("primary", errors, |at, errors| who.who(at, errors));
    let mut role = |key: &'static str, errors: &mut ConfigErrors| -> Option<Who> {
        fields.optional(key, errors, |at, errors| who.who(at, errors))
    };
    let (secondary, manager, director) = (role("secondary", errors), role("manager", errors), role("director", errors));
    fields.finish(errors);
    Some(Roles { primary: primary?, secondary, manager, director })
}
