//! The limits of a playbook's gates and of its verification, and that they fit each other.

use std::time::Duration;

use super::super::error::{ConfigError, ConfigErrors};
use super::super::node::set;
use super::super::read::{self, At, Fields};
use super::trigger;
use crate::id::SloName;
use crate::playbook::{Blast, GateLimits, Quarantine, Rate, Verify};
use crate::quantity::show_duration;
use crate::remediation::{SETTLE_MAX, TIMES_MAX};

const QUARANTINE: [(&str, Quarantine); 2] = [("keep", Quarantine::Keep), ("empty", Quarantine::Empty)];
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const COUNT_MAX: u32 = 1_000;
const ALERTS_MAX: u32 = 100_000;

#[derive(Debug)]
pub(super) struct Read {
    pub(super) gates: GateLimits,
    pub(super) verification: Verify,
    pub(super) unknown_slo: Option<ConfigError>,
    pub(super) group: Option<ConfigError>,
}

/// The keys `gates` and `verification`.
pub(super) fn read(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<Read> {
    let before = errors.count();
    let mut read =
        Read { gates: GateLimits::default(), verification: Verify::default(), unknown_slo: None, group: None };
    let gates_at = fields.get("gates");
    let verification_at = fields.get("verification");
    if let Some(at) = &gates_at {
        gates(at, &mut read, errors);
    }
    if let Some(at) = &verification_at {
        verification(at, &mut read, errors);
    }
    if errors.count() > before {
        return None;
    }
    agree(&read, verification_at.as_ref().or(gates_at.as_ref()).unwrap_or(&fields.at), errors);
    Some(read)
}

pub(super) fn hold_notifications(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Duration {
    let hold = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, Duration::ZERO, HOUR, errors);
    fields.optional("hold_notifications", errors, hold).unwrap_or_default()
}

fn gates(at: &At<'_>, read: &mut Read, errors: &mut ConfigErrors) -> Option<()> {
    let mut fields = Fields::of(at, errors)?;
    let span = |min: Duration, max: Duration| {
        move |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, min, max, errors)
    };
    let count = |max: u32| move |at: &At<'_>, errors: &mut ConfigErrors| read::whole(at, 1, max, errors);
    let limits = &mut read.gates;
    limits.fresh_within = fields.optional("fresh_within", errors, span(Duration::from_millis(100), DAY));
    set(&mut limits.cooldown, fields.optional("cooldown", errors, span(Duration::ZERO, 30 * DAY)));
    set(&mut limits.attempts, fields.optional("attempts", errors, count(20)));
    set(&mut limits.healthy_for, fields.optional("healthy_for", errors, span(SECOND, 30 * DAY)));
    set(&mut limits.rate, fields.optional("rate", errors, rate));
    set(&mut limits.node_rate, fields.optional("node_rate", errors, rate));
    set(&mut limits.fleet_rate, fields.optional("fleet_rate", errors, rate));
    let blast = fields.optional("blast_radius", errors, blast);
    set(&mut limits.lease, fields.optional("lease", errors, span(SECOND, DAY)));
    set(&mut limits.storm_alerts, fields.optional("storm_alerts", errors, count(ALERTS_MAX)));
    set(&mut limits.approval_within, fields.optional("approval_within", errors, span(SECOND, 7 * DAY)));
    set(&mut limits.breaker_failures, fields.optional("breaker_failures", errors, count(100)));
    set(&mut limits.repeat_max, fields.optional("repeat_max", errors, count(100)));
    set(&mut limits.repeat_within, fields.optional("repeat_within", errors, span(SECOND, 30 * DAY)));
    fields.finish(errors);
    let (blast, group) = blast.unzip();
    (limits.blast, read.group) = (blast, group);
    Some(())
}

/// `{count: 3, per: 1h}`
fn rate(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Rate> {
    let mut fields = Fields::of(at, errors)?;
    let count = fields.required("count", errors, |at, errors| read::whole(at, 1, COUNT_MAX, errors));
    let per = fields.required("per", errors, |at, errors| read::duration(at, SECOND, 7 * DAY, errors));
    fields.finish(errors);
    Some(Rate { count: count?, per: per? })
}

fn blast(at: &At<'_>, errors: &mut ConfigErrors) -> Option<(Blast, ConfigError)> {
    let mut fields = Fields::of(at, errors)?;
    let group = fields.required("group", errors, trigger::matchers);
    let percent_max = fields.required("percent_max", errors, |at, errors| read::whole(at, 1, 100, errors));
    let count_max = fields.required("count_max", errors, |at, errors| read::whole(at, 1, COUNT_MAX, errors));
    let healthy_min = fields.required("healthy_min", errors, |at, errors| read::whole(at, 0, COUNT_MAX, errors));
    fields.finish(errors);
    let blast = Blast { group: group?, percent_max: percent_max?, count_max: count_max?, healthy_min: healthy_min? };
    Some((blast, at.error("blast-radius", "")))
}

fn verification(at: &At<'_>, read: &mut Read, errors: &mut ConfigErrors) -> Option<()> {
    let mut fields = Fields::of(at, errors)?;
    let verify = &mut read.verification;
    let settle = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, Duration::ZERO, SETTLE_MAX, errors);
    set(&mut verify.settle, fields.optional("settle", errors, settle));
    set(&mut verify.times, fields.optional("times", errors, |at, errors| read::whole(at, 1, TIMES_MAX, errors)));
    let slo = fields.optional("slo", errors, |at, errors| {
        let slo = read::text(at, errors)?;
        Some((SloName::new(slo), at.error("unknown-slo", format!("there is no SLO `{slo}`"))))
    });
    let within = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, SECOND, DAY, errors);
    set(&mut verify.within, fields.optional("within", errors, within));
    let quarantine = |at: &At<'_>, errors: &mut ConfigErrors| read::word(at, &QUARANTINE, errors);
    set(&mut verify.quarantine, fields.optional("quarantine", errors, quarantine));
    fields.finish(errors);
    (verify.slo, read.unknown_slo) = slo.unzip();
    Some(())
}

fn agree(read: &Read, at: &At<'_>, errors: &mut ConfigErrors) {
    let (gates, verify) = (&read.gates, &read.verification);
    let (settle, within, lease) =
        (show_duration(verify.settle), show_duration(verify.within), show_duration(gates.lease));
    if verify.settle >= verify.within {
        let message = format!("it settles for {settle}, and verification must be over within {within}");
        errors.push(at.error("verification", message).help("lengthen `within`, or shorten `settle`"));
    } else if gates.lease <= verify.within {
        let message = format!("its lease of {lease} would end before verification, which may take {within}");
        errors.push(at.error("lease", message).help("lengthen `lease` in `gates`, or shorten `within`"));
    }
}
