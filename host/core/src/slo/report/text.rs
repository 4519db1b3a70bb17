//! A report for a terminal: plain text, columns of spaces. Decides nothing.

use super::Report;
use super::sheet::{Table, sheet};

#[must_use]
pub fn text(report: &Report) -> String {
    let sheet = sheet(report);
    let mut lines = vec![sheet.title];
    lines.extend(sheet.lines);
    for section in sheet.sections {
        lines.extend([String::new(), section.title]);
        lines.extend(section.lines.iter().map(|line| format!("  {line}")));
        for table in &section.tables {
            lines.push(String::new());
            lines.push(format!("  {}", table.title));
            lines.extend(rows(table));
        }
    }
    lines.push(String::new());
    // What came from outside cannot move a cursor or add a line.
    lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n")
}

fn rows(table: &Table) -> impl Iterator<Item = String> {
    let heads: Vec<String> = table.heads.iter().map(|head| (*head).to_owned()).collect();
    let all = || std::iter::once(&heads).chain(&table.rows);
    let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..heads.len()).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("    {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    };
    all().map(line).collect::<Vec<_>>().into_iter()
}

fn printable(line: &str) -> String {
    line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
