//! SLOs in the hallway: what runs, reports and the passing of time add to their series, and which alerts follow. Knows
//! nothing of how sums are kept, nor how a burn is judged.

use std::sync::Arc;
use std::time::Duration;

use crate::pipeline::{Effect, Event, State, Transition, maintenance};
use crate::run::RunRecord;
use crate::slo::{
    BatchSeen, Beginning, Block, Home, Judged, Series, SeriesKey, Shape, SliReport, Slot, end_all, heard, judge,
    measure,
};
use crate::time::Timestamp;

mod book;
mod change;
mod count;

pub use book::Slos;
pub use change::SloChange;
use count::Draft;

/// How long a series is kept that no objective of the configuration has: a file may be missing by mistake.
const DORMANT: Duration = Duration::from_secs(7 * 86_400);
/// How long a batch's key is remembered at least, for those that try again.
const BATCH_AT_LEAST: Duration = Duration::from_secs(600);
/// Keys that are remembered at once; beyond that the oldest is forgotten.
const BATCHES_MAX: usize = 100_000;
const HOUR_MS: i64 = 3_600_000;

/// What a run adds to every series it feeds.
pub(super) fn run_finished(state: &State, run: &RunRecord, now: Timestamp, transition: &mut Transition) {
    if run.status().is_none() {
        return;
    }
    let at = run.finished_at();
    let mut touched = Vec::new();
    for key in state.slos.of_check(&run.check) {
        let Some(series) = state.slos.get(key) else { continue };
        let Some(measured) = measure(series.shape(), series.meter(), run, now) else { continue };
        let mut draft = Draft::new(state, key, series, now);
        draft.meter = measured.meter;
        match measured.counts {
            Ok(counts) if !counts.is_zero() => draft.add(at, counts),
            Ok(_) => {}
            Err(reason) => draft.refuse(reason, 1),
        }
        draft.finish(transition);
        touched.push(key.clone());
    }
    if !touched.is_empty() {
        transition.follow(Event::JudgeSeries(touched));
    }
}

/// What a batch of posted events adds, unless it was counted before.
pub(super) fn reported(state: &State, report: &SliReport, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let batch = report.batch();
    if batch.as_ref().and_then(|key| state.slos.batch(key)).is_some_and(|seen| seen.until > now) {
        return transition;
    }
    let (mut touched, mut late) = (Vec::new(), Duration::ZERO);
    for part in &report.series {
        // The configuration may be another by now than at the door.
        let Some(series) = state.slos.get(&part.key) else { continue };
        if !state.slos.of_sli(&report.sli).contains(&part.key) {
            continue;
        }
        let width = series.shape().width;
        late = late.max(width.start(Slot(series.shape().late + 2)).since(Timestamp::default()));
        let mut draft = Draft::new(state, &part.key, series, now);
        if series.shape().is_by_clock() {
            if let Some(newest) = part.newest {
                let count = part.slots.iter().map(|(_, counts)| counts.total).fold(0_u64, u64::saturating_add);
                draft.meter = Some(heard(series.shape(), series.meter(), newest, count, now));
            }
        } else {
            part.slots.iter().for_each(|(slot, counts)| draft.add_in(*slot, *counts));
        }
        part.refused.iter().for_each(|(reason, refused)| draft.refuse(*reason, refused.count));
        draft.finish(&mut transition);
        touched.push(part.key.clone());
    }
    if let Some(key) = batch {
        let until = now.after(late.max(BATCH_AT_LEAST));
        if state.slos.batches_len() >= BATCHES_MAX
            && let Some((_, oldest)) = state.slos.oldest_batch()
        {
            transition.slo(SloChange::Batch(oldest.clone(), None));
        }
        transition.slo(SloChange::Batch(key, Some(BatchSeen { ticket: report.ticket, until })));
    }
    if !touched.is_empty() {
        transition.follow(Event::JudgeSeries(touched));
    }
    transition
}

/// Old sums that were asked for.
pub(super) fn slots_read(
    state: &State,
    key: &SeriesKey,
    era: u64,
    (first, last): (Slot, Slot),
    blocks: &Arc<[Block]>,
) -> Transition {
    let mut transition = Transition::default();
    // What was read before a clock was set back is true no more.
    let Some(series) = state.slos.get(key).filter(|series| series.beginning().era == era) else { return transition };
    for window in series.awaiting(first) {
        let sums = series.sums_of(blocks, first, last);
        transition.slo(SloChange::Tail { series: key.clone(), window, first, sums });
    }
    if !transition.changes.is_empty() {
        transition.follow(Event::JudgeSeries(vec![key.clone()]));
    }
    transition
}

/// Holds series against their rules, and sees to it that windows will know what they need.
pub(super) fn judge_series(state: &State, keys: &[SeriesKey], now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let Some(config) = state.config() else { return transition };
    let home = Home { node: &config.node, labels: &config.labels };
    for key in keys {
        let Some(series) = state.slos.get(key) else { continue };
        say(key, judge(series, home, now), &mut transition);
        for (window, first, last) in series.wants(now) {
            transition.slo(SloChange::Asked { series: key.clone(), window, first, at: now });
            let era = series.beginning().era;
            transition.effect(Effect::ReadSlots { series: key.clone(), era, first, last });
        }
    }
    transition
}

pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    let slos = &state.slos;
    for batch in slos.batches_over(now) {
        transition.slo(SloChange::Batch(batch.clone(), None));
    }
    if now.as_millis() / HOUR_MS != slos.clock().as_millis() / HOUR_MS {
        let is_over = |beginning: &Beginning| beginning.left_at.is_some_and(|at| at.after(DORMANT) <= now);
        for (key, _) in slos.dormant().filter(|(_, kept)| is_over(&kept.beginning)) {
            transition.slo(SloChange::Forgotten(key.clone()));
        }
    }
    if slos.is_empty() {
        return;
    }
    // By a clock that was set back no look is due: then all are.
    let due: Vec<&SeriesKey> =
        if now < slos.clock() { slos.iter().map(|(key, _)| key).collect() } else { slos.due(now).collect() };
    transition.slo(SloChange::Clock(now));
    for key in &due {
        let Some(series) = slos.get(key) else { continue };
        Draft::new(state, key, series, now).finish(transition);
    }
    if !due.is_empty() {
        transition.follow(Event::JudgeSeries(due.into_iter().cloned().collect()));
    }
}

/// Series are held against a configuration that has just become true.
pub(super) fn reconsider(state: &State, now: Timestamp, transition: &mut Transition) {
    let slos = &state.slos;
    for (key, series) in slos.iter().filter(|(key, _)| !slos.shapes().contains_key(*key)) {
        say(key, end_all(series, now), transition);
        let beginning = Beginning { left_at: Some(now), ..series.beginning().clone() };
        transition.slo(SloChange::Beginning(key.clone(), beginning));
    }
    for (key, kept) in slos.dormant() {
        if !slos.shapes().contains_key(key) && kept.beginning.left_at.is_none() {
            let beginning = Beginning { left_at: Some(now), ..kept.beginning.clone() };
            transition.slo(SloChange::Beginning(key.clone(), beginning));
        }
    }
    for (key, shape) in slos.shapes() {
        take_up(slos, key, shape, now, transition);
    }
    if !slos.shapes().is_empty() {
        transition.slo(SloChange::Clock(now));
        transition.follow(Event::JudgeSeries(slos.shapes().keys().cloned().collect()));
    }
}

fn take_up(slos: &Slos, key: &SeriesKey, shape: &Shape, now: Timestamp, transition: &mut Transition) {
    let slot = shape.width.slot(now);
    let before = slos.get(key).map(Series::beginning).or_else(|| slos.kept(key).map(|kept| &kept.beginning));
    match before {
        Some(before) if before.digest == shape.digest => {
            if before.left_at.is_some() {
                transition.slo(SloChange::Beginning(key.clone(), Beginning { left_at: None, ..before.clone() }));
            }
            match slos.get(key) {
                None => transition.slo(SloChange::Woken(key.clone(), slot)),
                Some(series) if **series.shape() != *shape => transition.slo(SloChange::Reshaped(key.clone())),
                Some(_) => {}
            }
        }
        before => {
            if let Some(series) = slos.get(key) {
                say(key, end_all(series, now), transition);
            }
            let renewed = before.is_some();
            let era = before.map_or(0, |before| before.era.saturating_add(1));
            let (digest, sum) = (shape.digest.clone(), Default::default());
            let beginning =
                Beginning { at: now, digest, renewed, since: slot, sum, kept_from: slot, era, left_at: None };
            transition.slo(SloChange::Begun(key.clone(), beginning));
        }
    }
}

fn say(key: &SeriesKey, judged: Vec<Judged>, transition: &mut Transition) {
    for Judged { rule, state, alerts } in judged {
        transition.slo(SloChange::Rule(key.clone(), rule, state));
        for alert in alerts {
            transition.follow(Event::Alert(alert.fingerprint(), Arc::new(alert)));
        }
    }
}

/// Whether planned work leaves out what was observed then.
fn is_left_out(state: &State, shape: &Shape, at: Timestamp) -> bool {
    shape.exclude_maintenance
        && maintenance::of_source(state, &shape.source, &shape.labels)
            .any(|window| window.is_active(at, state.book.progress(&window.name)))
}

#[cfg(test)]
mod tests;
