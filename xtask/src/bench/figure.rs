//! One measured figure, and how it is written down. Knows no bench.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// `{name, value, unit, against, ratio, reach, reached}`: kept as it was measured, checked for its keys alone.
#[derive(Debug)]
pub(crate) struct Figure(Map<String, Value>);

const KEYS: [&str; 7] = ["name", "value", "unit", "against", "ratio", "reach", "reached"];

impl Figure {
    pub(crate) fn read(line: &str) -> Result<Self> {
        let figure: Map<String, Value> = serde_json::from_str(line).with_context(|| format!("not a figure: {line}"))?;
        let missing = KEYS.into_iter().find(|key| !figure.contains_key(*key));
        anyhow::ensure!(missing.is_none(), "the figure {line} has no `{}`", missing.unwrap_or_default());
        Ok(Self(figure))
    }

    fn text(&self, key: &str) -> String {
        match self.0.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => "-".to_owned(),
            Some(Value::Number(number)) => number.as_f64().map_or_else(|| number.to_string(), rounded),
            Some(Value::Bool(reached)) => if *reached { "reached" } else { "not reached" }.to_owned(),
            Some(other) => other.to_string(),
        }
    }
}

/// Three significant digits say all that a bench knows.
fn rounded(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

pub(crate) fn to_json(figures: &[Figure]) -> Result<String> {
    let figures: Vec<_> = figures.iter().map(|figure| &figure.0).collect();
    Ok(serde_json::to_string_pretty(&figures)? + "\n")
}

/// A table in Markdown, as `docs/benchmarks.md` holds it.
pub(crate) fn table(figures: &[Figure]) -> String {
    let header = format!("| {} |\n|{}", KEYS.join(" | "), "---|".repeat(KEYS.len()));
    let row = |figure: &Figure| format!("\n| {} |", KEYS.map(|key| figure.text(key)).join(" | "));
    figures.iter().map(row).fold(header, |table, row| table + &row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_without_a_key_is_refused_by_the_name_of_the_key() {
        let error = Figure::read(r#"{"name":"probe run","value":9.9,"unit":"us"}"#).unwrap_err();
        assert!(error.to_string().ends_with("has no `against`"), "{error}");
    }

    #[test]
    fn figures_make_a_table_in_markdown() {
        let line = r#"{"name":"probe run","value":9.94,"unit":"us","against":"/bin/true","ratio":84.51,"reach":">= 50","reached":true}"#;
        let table = table(&[Figure::read(line).unwrap()]);
        assert!(table.ends_with("\n| probe run | 9.94 | us | /bin/true | 84.5 | >= 50 | reached |"), "{table}");
    }
}
