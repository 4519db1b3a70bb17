//! Maintenance windows: about what, and when.

use std::time::Duration;

use super::super::check::read_cron;
use super::super::error::ConfigErrors;
use super::super::names::{Named, References};
use super::super::read::{self, At, Fields};
use super::super::tree::Value;
use super::{civil, some};
use crate::hours::Days;
use crate::id::{CheckName, WindowName};
use crate::label::Labels;
use crate::maintenance::{Scope, Span, When, Window};
use crate::matcher::{self, Matcher};
use crate::schedule::Cron;
use crate::zone::Zone;

const CHECKS_MAX: usize = 10_000;
const MATCHERS_MAX: usize = 100;
const EVERY_CHECK: &str = "write `node: true` to cover every check";
const DURATION_MIN: Duration = Duration::from_secs(1);
const DURATION_MAX: Duration = Duration::from_secs(31 * 86_400);

/// Reads an entry of `maintenance` and defines it under its name.
pub(super) fn read(at: &At<'_>, windows: &mut Named<Window>, checks: &mut References, errors: &mut ConfigErrors) {
    let Some(mut fields) = Fields::of(at, errors) else { return };
    let name = fields.required("name", errors, |at, errors| {
        let name = read::name(at, errors)?;
        windows.claim("maintenance window", name, at, errors);
        Some(name)
    });
    let scope = scope(&mut fields, checks, errors);
    let when = when(&mut fields, errors);
    let end_when_healthy = fields.optional("end_when_healthy", errors, yes_or_no);
    let comment = fields.optional("comment", errors, read::text);
    fields.finish(errors);
    let (Some(name), Some(scope), Some(when)) = (name, scope, when) else { return };
    let (end_when_healthy, comment) = (end_when_healthy.unwrap_or(false), comment.unwrap_or_default().to_owned());
    windows.define(name, Window { name: WindowName::new(name), scope, when, end_when_healthy, comment });
}

/// Exactly one of `checks`, `labels`, `matchers` and `node`.
fn scope(fields: &mut Fields<'_>, checks: &mut References, errors: &mut ConfigErrors) -> Option<Scope> {
    let given = [fields.get("checks"), fields.get("labels"), fields.get("matchers"), fields.get("node")];
    match given {
        [Some(at), None, None, None] => {
            let names = some(&at, CHECKS_MAX, errors, |at, errors| {
                let name = read::name(at, errors)?;
                checks.want(name, at.error("unknown-check", format!("there is no check `{name}`")));
                Some(CheckName::new(name))
            })?;
            Some(Scope::Checks(names.into_iter().collect()))
        }
        [None, Some(at), None, None] => {
            let labels = read::labels(&at, errors)?;
            selective(labels.into_iter().map(|(name, value)| Matcher::equal(name, value)).collect(), &at, errors)
        }
        [None, None, Some(at), None] => {
            let lists = some(&at, MATCHERS_MAX, errors, matchers)?;
            selective(lists.into_iter().flatten().collect(), &at, errors)
        }
        [None, None, None, Some(at)] => {
            if !yes_or_no(&at, errors)? {
                errors.push(at.error("maintenance", "`node: false` covers nothing").help("name `checks` or `labels`"));
                return None;
            }
            Some(Scope::Node)
        }
        _ => {
            let message = "a window is about exactly one of `checks`, `labels`, `matchers` and `node`";
            errors.push(fields.at.error("maintenance", message).help(EVERY_CHECK));
            None
        }
    }
}

fn matchers(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<Matcher>> {
    let written = read::text(at, errors)?;
    let parsed = matcher::parse_list(written);
    parsed.map_err(|error| errors.push(at.error("matcher", format!("`{written}` is no matcher: {error}")))).ok()
}

/// What matches even a set without labels would silence all there is.
fn selective(matchers: Vec<Matcher>, at: &At<'_>, errors: &mut ConfigErrors) -> Option<Scope> {
    if matcher::all_match(&matchers, &Labels::default()) {
        errors.push(at.error("maintenance", "this covers everything, whatever its labels").help(EVERY_CHECK));
        return None;
    }
    Some(Scope::Labels(matchers))
}

/// `start` and `end`, or `cron` or `days` and `time`, with a `duration`.
fn when(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<When> {
    let zone_at = fields.get("time_zone");
    let (start, end) = (fields.get("start"), fields.get("end"));
    let (cron, days, time, duration) =
        (fields.get("cron"), fields.get("days"), fields.get("time"), fields.get("duration"));
    let zone = match &zone_at {
        Some(at) => civil::zone(at, errors)?,
        None => Zone::utc(),
    };
    match (start, end, cron, days, time, duration) {
        (Some(start_at), Some(end_at), None, None, None, None) => {
            let (start, end) = (civil::moment(&start_at, &zone, errors), civil::moment(&end_at, &zone, errors));
            let (start, end) = (start?, end?);
            if end <= start {
                errors.push(end_at.error("moment", "this ends before it begins"));
                return None;
            }
            Some(When::Once(Span { start, end }))
        }
        (None, None, Some(cron), None, None, Some(duration)) => {
            let starts = read_cron(&cron, zone_at.as_ref(), errors);
            let duration = read::duration(&duration, DURATION_MIN, DURATION_MAX, errors);
            Some(When::Recurring { starts: starts?, duration: duration? })
        }
        (None, None, None, days, Some(time), Some(duration)) => {
            let days = match &days {
                Some(at) => civil::days(at, errors)?,
                None => Days::ALL,
            };
            let time = civil::starting_time(&time, errors);
            let duration = read::duration(&duration, DURATION_MIN, DURATION_MAX, errors);
            let (time, duration) = (time?, duration?);
            let expression = format!("{} {} * * {}", time.minute(), time.hour(), days.crontab());
            let starts = Cron::parse(&expression, zone.name()).ok()?;
            Some(When::Recurring { starts, duration })
        }
        _ => {
            let error = fields.at.error("maintenance", "it is not clear when this window is");
            errors.push(
                error.help("write `start` and `end`, or `cron` and `duration`, or `time` (and `days`) and `duration`"),
            );
            None
        }
    }
}

fn yes_or_no(at: &At<'_>, errors: &mut ConfigErrors) -> Option<bool> {
    if let Value::Bool(value) = at.node.value {
        return Some(value);
    }
    errors.push(at.error("type", format!("this is {}; true or false is expected", at.node.value.kind())));
    None
}
