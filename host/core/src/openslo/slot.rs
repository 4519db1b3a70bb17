//! How finely an SLO's time is told apart, how late events may come, and how sure an alert must be: from annotations,
//! else from its windows.

use std::time::Duration;

use super::alerts::Named;
use super::metadata::Metadata;
use super::read::{At, DAY, MINUTE, text};
use crate::config::ConfigErrors;
use crate::config::read::duration;
use crate::config::tree::Value;
use crate::quantity::show_duration;
use crate::slo::derive::{self, LATE_SLOTS_MAX, SLOTS_MAX};
use crate::slo::{Guard, Period};

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(366 * 86_400);

/// What an SLO says of its slots.
pub(super) struct Asked<'a> {
    pub(super) metadata: &'a Metadata<'a>,
    pub(super) window_at: &'a At<'a>,
    pub(super) slot: Option<Duration>,
    pub(super) late: Option<Duration>,
}

/// Reads a time in whole seconds.
pub(super) fn width(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Duration> {
    let width = duration(at, SECOND, YEAR, errors)?;
    if width.subsec_nanos() > 0 {
        errors.push(at.error("slot", "this is finer than a second, the finest there is here"));
        return None;
    }
    Some(width)
}

impl Asked<'_> {
    /// The width of a slot: the slice, what the annotation says, or what the windows need.
    pub(super) fn slot(
        &self,
        period: &Period,
        slice: Option<Duration>,
        policies: &[Named],
        errors: &mut ConfigErrors,
    ) -> Option<Duration> {
        let before = errors.count();
        let length = derive::length(period);
        match slice {
            Some(slice) => self.slices_fit(period, slice, errors),
            None => self.slot_fits(errors),
        }
        let slot = slice.or(self.slot).unwrap_or_else(|| {
            let shorts: Vec<Duration> = policies.iter().filter_map(Named::short).collect();
            let derived = policies.iter().any(Named::is_default).then(|| derive::slot(length, &[]));
            derived.into_iter().chain([derive::slot(length, &shorts)]).min().unwrap_or(MINUTE)
        });
        let slots = derive::slots(length, slot);
        if slots > SLOTS_MAX {
            let at = self.metadata.annotation("slot").unwrap_or(self.window_at);
            let (length, slot) = (show_duration(length), show_duration(slot));
            let message =
                format!("a period of {length} in slots of {slot} is {slots} slots; at most {SLOTS_MAX} are kept");
            errors.push(at.error("too-many", message).help("choose a longer slot, or a shorter period"));
        }
        (errors.count() == before).then_some(slot)
    }

    /// A period is made of whole slices, and a slot is one.
    fn slices_fit(&self, period: &Period, slice: Duration, errors: &mut ConfigErrors) {
        let (what, whole) = match period {
            Period::Rolling(length) => (format!("a period of {}", show_duration(*length)), *length),
            Period::Calendar { .. } => ("a day".to_owned(), DAY),
        };
        if !is_multiple(whole, slice) {
            let message = format!("{what} is not a whole number of slices of {}", show_duration(slice));
            errors.push(self.window_at.error("slices", message).help("choose a `timeSliceWindow` that divides it"));
        }
        if let Some(at) = self.metadata.annotation("slot").filter(|_| self.slot.is_some_and(|slot| slot != slice)) {
            let message = format!("where slices are counted a slot is a slice: {}", show_duration(slice));
            errors.push(at.error("slot", message).help("remove it, or change `timeSliceWindow`"));
        }
    }

    fn slot_fits(&self, errors: &mut ConfigErrors) {
        if let (Some(slot), Some(at)) = (self.slot, self.metadata.annotation("slot"))
            && !is_multiple(MINUTE, slot)
        {
            let message = format!("a minute is not a whole number of slots of {}", show_duration(slot));
            errors.push(at.error("slot", message).help("choose 1s, 5s, 10s, 15s, 30s or 1m"));
        }
    }

    /// How late events may come: whole slots.
    pub(super) fn late(&self, slot: Duration, errors: &mut ConfigErrors) -> Option<Duration> {
        let (Some(late), Some(at)) = (self.late, self.metadata.annotation("late")) else {
            return Some(derive::late(slot));
        };
        let most = slot * LATE_SLOTS_MAX;
        if late > most || !is_multiple(late, slot) {
            let (late, slot, most) = (show_duration(late), show_duration(slot), show_duration(most));
            let message = format!("{late} is not a whole number of slots of {slot}, up to {most}");
            errors.push(at.error("late", message).help("choose a multiple, or a longer slot"));
            return None;
        }
        Some(late)
    }
}

/// `tocsin.dev/false-alarm`: how unlikely bad luck must be, or `off`.
pub(super) fn guard(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Guard> {
    let written = match &at.node.value {
        Value::Float(_) | Value::Integer(_) => at.node.written.as_str(),
        _ => text(at, errors)?,
    };
    if written == "off" {
        return Some(Guard { enough_bad: 0, ..Guard::default() });
    }
    let false_alarm = written.parse::<f64>().ok().filter(|share| *share >= 1e-9 && *share <= 0.5);
    if false_alarm.is_none() {
        let error = at.error("range", format!("`{written}` is no probability from 0.000000001 to 0.5"));
        errors.push(error.help("write `0.001`, or `off` to alert on a single event"));
    }
    Some(Guard { false_alarm: false_alarm?, ..Guard::default() })
}

fn is_multiple(span: Duration, of: Duration) -> bool {
    span.as_secs().is_multiple_of(of.as_secs().max(1))
}
