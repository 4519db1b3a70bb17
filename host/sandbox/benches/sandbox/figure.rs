//! How a bench prints what it measured: one figure a line, as JSON. `cargo xtask bench` reads them.

use serde_json::json;

/// What a figure is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach {
    AtLeast(f64),
    AtMost(f64),
    /// Measured to be known.
    Nothing,
}

/// Prints a value. With a ratio to a peer or a floor of the same run, the ratio is held against the reach; else the value.
pub(crate) fn print(name: &str, value: f64, unit: &str, against: Option<(&str, f64)>, reach: Reach) {
    let held = against.map_or(value, |(_, ratio)| ratio);
    let (text, reached) = match reach {
        Reach::AtLeast(least) => (Some(format!(">= {least}")), Some(held >= least)),
        Reach::AtMost(most) => (Some(format!("<= {most}")), Some(held <= most)),
        Reach::Nothing => (None, None),
    };
    let (against, ratio) = (against.map(|(against, _)| against), against.map(|(_, ratio)| ratio));
    let figure = json!({
        "name": name, "value": value, "unit": unit, "against": against, "ratio": ratio, "reach": text, "reached": reached,
    });
    #[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
    {
        println!("{figure}");
    }
}

/// The middle one: what other programs on the machine do to some rounds does not move it.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
