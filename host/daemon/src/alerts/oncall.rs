//! Who is on call, in wire types.

use std::time::Duration;

use tocsin_api::oncall as api;
use tocsin_core::oncall::{Directory, Schedule, Source};
use tocsin_core::time::Timestamp;

use crate::http::wire::time;

const GAPS_MAX: usize = 1_000;
const WEEK: Duration = Duration::from_secs(7 * 86_400);

#[must_use]
pub fn at(people: &Directory, schedule: Option<&str>, at: Timestamp) -> api::OnCallNow {
    let wanted = people.schedules.values().filter(|known| schedule.is_none_or(|name| known.name.as_str() == name));
    api::OnCallNow { at: time(at), schedules: wanted.map(|schedule| one(people, schedule, at)).collect() }
}

fn one(people: &Directory, schedule: &Schedule, at: Timestamp) -> api::OnCall {
    let on_call = schedule.on_call(at);
    let user = on_call.as_ref().and_then(|on_call| people.users.get(on_call.user));
    let until = schedule.next_handoff(at);
    let because = on_call.as_ref().map(|on_call| match &on_call.source {
        Source::Layer(name) => format!("layer {name}"),
        Source::Override => "an override".to_owned(),
    });
    api::OnCall {
        schedule: schedule.name.to_string(),
        time_zone: schedule.zone.name().to_owned(),
        user: on_call.as_ref().map(|on_call| on_call.user.to_string()),
        full_name: user.and_then(|user| user.full_name.clone()),
        contacts: user.iter().flat_map(|user| &user.contacts).map(ToString::to_string).collect(),
        because: because.unwrap_or_default(),
        until: until.map(time),
        next: until.and_then(|until| schedule.on_call(until)).map(|next| next.user.to_string()),
    }
}

/// The stretches of the next weeks in which nobody is on call.
#[must_use]
pub fn gaps(people: &Directory, weeks: u32, now: Timestamp) -> api::GapList {
    let until = now.after(WEEK * weeks);
    let all = people.schedules.values().flat_map(|schedule| {
        let gap =
            |(start, end)| api::Gap { schedule: schedule.name.to_string(), starts_at: time(start), ends_at: time(end) };
        schedule.gaps(now, until).into_iter().map(gap).collect::<Vec<_>>()
    });
    let mut gaps: Vec<api::Gap> = all.take(GAPS_MAX + 1).collect();
    let cut_off = gaps.len() > GAPS_MAX;
    gaps.truncate(GAPS_MAX);
    api::GapList { from: time(now), until: time(until), gaps, cut_off }
}
