//! A schedule: its layers, whose turns change when, and who takes over for a while.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Weekday, date};

use super::super::error::ConfigErrors;
use super::super::names::References;
use super::super::read::{self, At, Fields};
use super::super::tree::Value;
use super::{DAY, civil, some, user};
use crate::hours::{Hours, TimeOfDay};
use crate::id::ScheduleName;
use crate::oncall::{Layer, Override, Rotation, Schedule};
use crate::zone::Zone;

const LAYERS_MAX: usize = 20;
const USERS_MAX: usize = 200;
const OVERRIDES_MAX: usize = 1_000;
const EVERY_MIN: Duration = Duration::from_secs(3_600);
const EVERY_MAX: Duration = Duration::from_secs(366 * 86_400);
/// From where turns are counted that name no start: a Monday.
const COUNTED_FROM: Date = date(2001, 1, 1);

#[derive(Clone, Copy)]
enum Named {
    Daily,
    Weekly,
}

pub(super) fn read(name: &str, at: &At<'_>, users: &mut References, errors: &mut ConfigErrors) -> Option<Schedule> {
    let mut fields = Fields::of(at, errors)?;
    let zone = fields.required("time_zone", errors, civil::zone);
    // With a wrong zone the rest is still looked at.
    let reckoned = zone.clone().unwrap_or_else(Zone::utc);
    let layers = fields.required("layers", errors, |at, errors| {
        let mut count = 0;
        some(at, LAYERS_MAX, errors, |at, errors| {
            count += 1;
            layer(at, count, &reckoned, users, errors)
        })
    });
    let overrides = fields.optional("overrides", errors, |at, errors| {
        some(at, OVERRIDES_MAX, errors, |at, errors| take_over(at, &reckoned, users, errors))
    });
    fields.finish(errors);
    Some(Schedule {
        name: ScheduleName::new(name),
        zone: zone?,
        layers: layers?,
        overrides: overrides.unwrap_or_default(),
    })
}

fn layer(at: &At<'_>, number: usize, zone: &Zone, users: &mut References, errors: &mut ConfigErrors) -> Option<Layer> {
    let mut fields = Fields::of(at, errors)?;
    let name = fields.optional("name", errors, read::text).map_or_else(|| number.to_string(), str::to_owned);
    let named = fields
        .required("users", errors, |at, errors| some(at, USERS_MAX, errors, |at, errors| user(at, users, errors)));
    let turns = rotation(&mut fields, named.as_ref().map_or(1, Vec::len), zone, errors);
    let ranges = fields.optional("restrict", errors, civil::ranges);
    fields.finish(errors);
    let (rotation, begins) = turns?;
    let restrict = ranges.map(|ranges| Hours { zone: zone.clone(), ranges });
    Some(Layer { name, users: named?, rotation, begins: begins.map(|civil| zone.instant(civil)), restrict })
}

/// How turns pass, and from when on the layer applies.
fn rotation(
    fields: &mut Fields<'_>,
    users: usize,
    zone: &Zone,
    errors: &mut ConfigErrors,
) -> Option<(Rotation, Option<DateTime>)> {
    let kind = fields.get("rotation");
    let handoff = fields.get("handoff");
    let weekday = fields.get("weekday");
    let start = fields.get("start");
    let begins = match &start {
        Some(at) => Some(civil::date_time(at, errors)?),
        None => None,
    };
    let Some(kind) = kind else {
        for at in [handoff, weekday].into_iter().flatten() {
            errors.push(at.error("rotation", "there is no `rotation` to hand off in"));
        }
        if users > 1 {
            let error =
                fields.at.error("rotation", format!("{users} users, and no `rotation` in which they take turns"));
            errors.push(error.help("add `rotation: weekly`, for example"));
            return None;
        }
        return Some((Rotation::Never, begins));
    };
    if matches!(kind.node.value, Value::Map(_)) {
        for at in [handoff, weekday].into_iter().flatten() {
            errors.push(at.error("rotation", "with `every` the first hand-off is at `start`").help("leave this out"));
        }
        return every(&kind, begins, zone, errors);
    }
    let named = read::word(&kind, &[("daily", Named::Daily), ("weekly", Named::Weekly)], errors)?;
    let time = handoff.as_ref().map_or_else(|| TimeOfDay::parse("09:00"), |at| civil::starting_time(at, errors));
    let (days, weekday) = match (named, weekday) {
        (Named::Daily, None) => (1, None),
        (Named::Daily, Some(at)) => {
            errors.push(at.error("rotation", "a daily rotation hands off on every day").help("leave this out"));
            return None;
        }
        (Named::Weekly, None) => (7, Some(Weekday::Monday)),
        (Named::Weekly, Some(at)) => (7, Some(civil::weekday(&at, errors)?)),
    };
    let mut day = begins.map_or(COUNTED_FROM, DateTime::date);
    for _ in 0..7 {
        if weekday.is_none_or(|weekday| day.weekday() == weekday) {
            break;
        }
        day = day.tomorrow().ok()?;
    }
    let first = time?.on(day);
    Some((Rotation::Days { first, every: days }, begins.map(|_| first)))
}

/// `{every: 12h}`: whole days go by the wall clock, all else by the time that passes.
fn every(
    at: &At<'_>,
    begins: Option<DateTime>,
    zone: &Zone,
    errors: &mut ConfigErrors,
) -> Option<(Rotation, Option<DateTime>)> {
    let mut fields = Fields::of(at, errors)?;
    let every = fields.required("every", errors, |at, errors| read::duration(at, EVERY_MIN, EVERY_MAX, errors));
    fields.finish(errors);
    let Some(first) = begins else {
        let error = at.error("rotation", "turns of their own length need a `start`: the first hand-off");
        errors.push(error.help("add `start: 2026-01-05T08:00` beside `rotation`, for example"));
        return None;
    };
    let every = every?;
    let whole_days = every.as_millis().is_multiple_of(DAY.as_millis());
    let rotation = if whole_days {
        Rotation::Days { first, every: u32::try_from(every.as_secs() / DAY.as_secs()).ok()? }
    } else {
        Rotation::Elapsed { first: zone.instant(first), every }
    };
    Some((rotation, begins))
}

fn take_over(at: &At<'_>, zone: &Zone, users: &mut References, errors: &mut ConfigErrors) -> Option<Override> {
    let mut fields = Fields::of(at, errors)?;
    let user = fields.required("user", errors, |at, errors| user(at, users, errors));
    let start = fields.required("start", errors, |at, errors| civil::moment(at, zone, errors));
    let end = fields.required("end", errors, |at, errors| civil::moment(at, zone, errors));
    fields.finish(errors);
    let (user, start, end) = (user?, start?, end?);
    if end <= start {
        errors.push(at.error("moment", "this ends before it begins"));
        return None;
    }
    Some(Override { user, start, end })
}
