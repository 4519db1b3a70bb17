//! Simulations for a terminal. Decides nothing.

use std::fmt::Write as _;

use super::{Fired, Simulated};
use crate::slo::figures;
use crate::time::Timestamp;
use crate::zone::Zone;

/// Of one target, more are only counted.
const LISTED_MAX: usize = 50;

/// A line for each target, and below what each would have said.
#[must_use]
pub fn text(all: &[Simulated], zone: &Zone) -> String {
    let mut out = String::new();
    if let Some(first) = all.first() {
        let (from, until) = (zone.show(first.from), zone.show(first.until));
        line(&mut out, format_args!("{from} to {until} ({zone})\n"));
    }
    let heads = ["target", "attained", "met", "pages", "tickets", "others", "budget left", "least left"];
    line(&mut out, row(&heads.map(str::to_owned)));
    for it in all {
        let met = it.met.map_or("no data", |met| if met { "yes" } else { "no" });
        let left = |ppm: Option<i64>| ppm.map_or_else(|| "-".to_owned(), figures::left);
        line(
            &mut out,
            row(&[
                it.target.clone(),
                figures::attained(it.counts),
                met.to_owned(),
                it.pages.to_string(),
                it.tickets.to_string(),
                it.others.to_string(),
                left(it.budget_left_ppm),
                left(it.least_budget_left_ppm),
            ]),
        );
    }
    for it in all {
        let count = it.pages + it.tickets + it.others;
        line(&mut out, format_args!("\n{}: {count} alerts", it.target));
        it.fired.iter().take(LISTED_MAX).for_each(|fired| line(&mut out, fired_line(fired, zone)));
        let listed = u64::try_from(it.fired.len().min(LISTED_MAX)).unwrap_or(u64::MAX);
        if count > listed {
            line(&mut out, format_args!("  and {} more", count - listed));
        }
    }
    out
}

fn fired_line(fired: &Fired, zone: &Zone) -> String {
    let show = |at: Timestamp| zone.show(at);
    let Fired { rule, severity, .. } = fired;
    let ended = fired.ended_at.map_or_else(|| "still firing".to_owned(), |at| format!("ended {}", show(at)));
    let left = fired.budget_left_ppm.map_or_else(|| "-".to_owned(), figures::left);
    format!("  {:<12} {severity:<8} fired {}, {ended}, with {left} of the budget left", rule, show(fired.fired_at))
}

fn row(cells: &[String; 8]) -> String {
    let widths = [11, 11, 8, 7, 9, 8, 13, 10];
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
    padded.collect::<String>().trim_end().to_owned()
}

#[expect(clippy::let_underscore_must_use, reason = "writing into a text does not fail")]
fn line(out: &mut String, text: impl std::fmt::Display) {
    let _ = writeln!(out, "{text}");
}
