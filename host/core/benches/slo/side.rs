//! Side by side with Prometheus: the same month of counts, the rules that `pluginctl slo export prometheus` writes, and
//! what one evaluation takes. Both must say the same of every window and of every alert.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tocsin_core::quantity::show_duration;
use tocsin_core::slo::{Counts, Indicator, Slo, Slot, SlotWidth, Source, Span, When, export};
use tocsin_core::time::Timestamp;

use crate::figure::{self, Reach, median};
use crate::node::{DAY, MINUTE, slo};
use crate::ours::Ours;
use crate::prometheus::Prometheus;
use crate::traffic::Traffic;

const SLOS: usize = 5;
const EVALUATIONS: usize = 10;
/// What adding floats may lose.
const LOST: f64 = 1e-9;

pub(crate) fn by_side() -> Result<()> {
    let slos: Vec<Slo> = (0..SLOS).map(named).collect();
    let traffic = Traffic::until(now()?);
    // It takes a minute at least as they are meant; the samples are the same however often they are looked at.
    let rules = export::prometheus(&slos)?.replace("interval: 1m", "interval: 1s");
    let mut ours = Ours::new(slos.clone(), SlotWidth::new(MINUTE).start(traffic.first()));
    // Neither runs while the other one is timed.
    let our_ns = ours.feed(&traffic)?;
    let Some(prometheus) = Prometheus::start(&rules, &traffic.open_metrics(&slos))? else { return Ok(()) };
    let their_ns = median(prometheus.evaluations(SLOS, EVALUATIONS)?) * 1e9;
    let apart = windows_agree(&mut ours, &prometheus, &traffic, &slos)?;
    alerts_agree(&mut ours, &prometheus, &slos)?;
    let against = Some(("Prometheus over ours", their_ns / our_ns));
    figure::print("a slot passes, an SLO is judged and read", our_ns, "ns", against, Reach::AtLeast(1.0));
    figure::print("Prometheus evaluates the equal rules of an SLO", their_ns / 1e6, "ms", None, Reach::Nothing);
    figure::print("a window's share of bad events, apart at most", apart * 1e6, "ppm", None, Reach::AtMost(1.0));
    Ok(())
}

fn named(number: usize) -> Slo {
    let name = format!("s{number}");
    let slo = slo(&name, MINUTE, 30 * DAY);
    Slo { indicator: Indicator { source: Source::Events(name.as_str().into()), ..slo.indicator }, ..slo }
}

/// Every window that was recorded holds what ours held at that moment: the same slots, or a step more or less at its
/// beginning. How much they are apart at most, as a share of ours.
fn windows_agree(ours: &mut Ours, prometheus: &Prometheus, traffic: &Traffic, slos: &[Slo]) -> Result<f64> {
    let mut recorded: BTreeMap<i64, Vec<(usize, Duration, f64)>> = BTreeMap::new();
    for window in recorded_windows(slos) {
        let metric = format!("tocsin:sli_bad:ratio_rate{}[1m]", show_duration(window));
        let found = prometheus.query(&metric)?;
        ensure!(found.len() == slos.len(), "Prometheus recorded {} of {} series {metric}", found.len(), slos.len());
        for series in found {
            let (at, share) = newest(&series)?;
            let name = series.pointer("/metric/slo").and_then(Value::as_str).unwrap_or_default();
            let slo = slos.iter().position(|slo| slo.name.as_str() == name).context("an SLO that nobody exported")?;
            recorded.entry(at).or_default().push((slo, window, share));
        }
    }
    let mut apart = 0.0_f64;
    for (at, windows) in recorded {
        ours.pass(Timestamp::from_millis(at));
        for (index, window, theirs) in windows {
            let series = ours.series(&format!("s{index}"))?;
            let number = series.shape().window(window).unwrap_or(series.shape().windows.len() - 1);
            let Some(Span::Rolling(slots)) = series.shape().windows.get(number).map(|window| &window.span) else {
                continue;
            };
            let counts = series.reading(number).counts().context("ours does not know a window")?;
            let (first, head) = (series.head().minus(slots - 1), series.head());
            let again = |shift: i64| traffic.sum(index, Slot(first.0 + shift), head);
            ensure!(counts == again(0), "ours counts {counts:?} in {window:?}, and a recount {:?}", again(0));
            let near = [-1, 0, 1].map(|shift| share(again(shift)));
            let (least, most) = near.iter().fold((f64::MAX, 0.0_f64), |(a, b), share| (a.min(*share), b.max(*share)));
            ensure!(
                theirs >= least * (1.0 - LOST) && theirs <= most * (1.0 + LOST),
                "in {window:?} of s{index} Prometheus has {theirs}, and ours {}: more than a step apart",
                share(counts)
            );
            apart = apart.max((theirs - share(counts)).abs() / share(counts));
        }
    }
    Ok(apart)
}

/// The same alerts fire, and some do.
fn alerts_agree(ours: &mut Ours, prometheus: &Prometheus, slos: &[Slo]) -> Result<()> {
    let text = |series: &Value, label: &str| {
        let value = series.pointer(&format!("/metric/{label}")).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let found = prometheus.query("ALERTS{alertname=\"SLOBurnRate\",alertstate=\"firing\"}")?;
    let theirs: BTreeSet<_> = found.iter().map(|series| (text(series, "slo"), text(series, "window"))).collect();
    let mut fires = BTreeSet::new();
    let now = now()?;
    ours.pass(now);
    for slo in slos {
        let series = ours.series(slo.name.as_str())?;
        for (name, _) in series.holding(now).filter(|(_, holds)| *holds == Some(true)) {
            let rule = series.shape().rules.iter().find(|shape| shape.rule.name == name);
            if let Some(When::Burn { long, .. }) = rule.map(|shape| &shape.rule.when) {
                fires.insert((slo.name.to_string(), show_duration(*long)));
            }
        }
    }
    ensure!(!fires.is_empty(), "nothing burns, so there is nothing to compare");
    ensure!(fires == theirs, "ours fires {fires:?}, and Prometheus {theirs:?}");
    Ok(())
}

fn recorded_windows(slos: &[Slo]) -> BTreeSet<Duration> {
    let rules = slos.iter().flat_map(|slo| &slo.objectives).flat_map(|objective| &objective.alerts);
    let of = |when: &When| match when {
        When::Burn { long, short, .. } => vec![*long, *short],
        When::Breach { .. } | When::Absent { .. } => Vec::new(),
    };
    rules.flat_map(|rule| of(&rule.when)).chain([30 * DAY]).collect()
}

/// The newest sample of a series: when, in milliseconds, and what.
fn newest(series: &Value) -> Result<(i64, f64)> {
    let samples = series.get("values").and_then(Value::as_array);
    let sample = samples.and_then(|samples| samples.last()).context("a series without samples")?;
    let at = sample.get(0).and_then(Value::as_f64).context("a sample without a time")?;
    let value = sample.get(1).and_then(Value::as_str).context("a sample without a value")?.parse()?;
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of this century")]
    let at = (at * 1e3).round() as i64;
    Ok((at, value))
}

fn share(counts: Counts) -> f64 {
    counts.bad() as f64 / counts.total as f64
}

#[expect(clippy::disallowed_methods, reason = "samples lie where the peer's clock says that it is now")]
fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(i64::try_from(since.as_millis())?))
}
