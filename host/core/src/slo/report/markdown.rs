//! A report in Markdown, with tables as GitHub has them. What came from outside stays text. Decides nothing.

use super::Report;
use super::sheet::{Sheet, Table, sheet};

#[must_use]
pub fn markdown(report: &Report) -> String {
    markdown_of(&sheet(report))
}

pub(crate) fn markdown_of(sheet: &Sheet) -> String {
    let mut out = format!("# {}\n", escaped(&sheet.title));
    paragraphs(&mut out, &sheet.lines);
    for section in &sheet.sections {
        out.push_str(&format!("\n## {}\n", escaped(&section.title)));
        paragraphs(&mut out, &section.lines);
        for table in &section.tables {
            out.push_str(&format!("\n### {}\n\n", escaped(&table.title)));
            out.push_str(&rows(table));
        }
    }
    out
}

fn paragraphs(out: &mut String, lines: &[String]) {
    lines.iter().for_each(|line| out.push_str(&format!("\n{}\n", escaped(line))));
}

fn rows(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let heads = line(table.heads.iter().map(|head| escaped(head)).collect());
    let rule = line(table.heads.iter().map(|_| "---".to_owned()).collect());
    let rows = table.rows.iter().map(|row| line(row.iter().map(|cell| escaped(cell)).collect()));
    heads + &rule + &rows.collect::<String>()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => out.extend(['\\', character]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
