//! What the program says: tables and sentences for people on a terminal, one JSON document for programs.
//! The only place that writes to standard output. Knows nothing of what it prints.

use std::io::{self, IsTerminal, Write};

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};
use serde::Serialize;

/// How to print, decided once at start.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    terminal: bool,
    colour: bool,
}

/// One cell of a table for people.
#[derive(Clone, Debug)]
pub enum Field {
    Text(String),
    /// A status word: coloured by its meaning on a terminal.
    Status(String),
    /// Set to the right.
    Number(String),
}

/// Words of states, by their colours; all others have a fourth.
const GOOD: [&str; 5] = ["ok", "completed", "resolved", "acknowledged", "active"];
const UNCERTAIN: [&str; 3] = ["warning", "pending", "suppressed"];
const BAD: [&str; 3] = ["critical", "firing", "open"];

impl Output {
    #[must_use]
    pub fn new(json: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self { json, terminal, colour: terminal && !json && std::env::var_os("NO_COLOR").is_none() }
    }

    #[must_use]
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// Prints `value` as JSON for programs, or what `people` makes of it.
    pub fn result<T: Serialize>(self, value: &T, people: impl FnOnce(&T) -> String) -> io::Result<()> {
        if self.json {
            return self.line(&serde_json::to_string_pretty(value)?);
        }
        self.line(people(value).trim_end())
    }

    /// A line beside the result, for people only: never mixed into the JSON.
    pub fn say(self, text: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { self.line(text) }
    }

    /// A line that must be seen in either mode, apart from the result.
    pub fn note(self, text: &str) -> io::Result<()> {
        ignore_closed(writeln!(io::stderr().lock(), "{text}"))
    }

    /// Why the command ended: a problem document for programs, the error and its causes for people.
    pub fn error(self, error: &anyhow::Error) -> io::Result<()> {
        if self.json {
            let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
            return self.note(&serde_json::json!({ "error": error.to_string(), "causes": causes }).to_string());
        }
        self.note(&format!("error: {error}"))?;
        error.chain().skip(1).try_for_each(|cause| self.note(&format!("  because: {cause}")))
    }

    /// Exactly these bytes: a format that somebody else defined (a Nagios line).
    pub fn raw(self, text: &str) -> io::Result<()> {
        self.line(text)
    }

    /// Whether somebody can be asked. False for scripts, pipes and `--json`.
    #[must_use]
    pub fn can_ask(self) -> bool {
        !self.json && self.terminal && io::stdin().is_terminal()
    }

    /// Asks a question that is answered with yes or no; no is the default.
    pub fn ask(self, question: &str) -> anyhow::Result<bool> {
        Ok(dialoguer::Confirm::new().with_prompt(question).default(false).interact()?)
    }

    /// A table without lines, as wide as it needs to be, or as the terminal is.
    #[must_use]
    pub fn table(self, header: &[&str], rows: Vec<Vec<Field>>) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_content_arrangement(match self.terminal {
            true => ContentArrangement::Dynamic,
            false => ContentArrangement::Disabled,
        });
        table.set_header(header.iter().map(|title| Cell::new(title.to_uppercase())));
        for row in rows {
            table.add_row(row.into_iter().map(|field| self.cell(field)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let text = if self.colour { table.to_string() } else { table.force_no_tty().to_string() };
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// `word` in its colour, on a terminal.
    #[must_use]
    pub fn status(self, word: &str) -> String {
        let code = match (self.colour, word) {
            (true, word) if GOOD.contains(&word) => 32,
            (true, word) if UNCERTAIN.contains(&word) => 33,
            (true, word) if BAD.contains(&word) => 31,
            (true, _) => 35,
            (false, _) => return word.to_owned(),
        };
        format!("\u{1b}[{code}m{word}\u{1b}[0m")
    }

    fn cell(self, field: Field) -> Cell {
        match field {
            Field::Text(text) => Cell::new(text),
            Field::Number(text) => Cell::new(text).set_alignment(comfy_table::CellAlignment::Right),
            Field::Status(word) if self.colour => Cell::new(&word).fg(match word.as_str() {
                word if GOOD.contains(&word) => Color::Green,
                word if UNCERTAIN.contains(&word) => Color::Yellow,
                word if BAD.contains(&word) => Color::Red,
                _ => Color::Magenta,
            }),
            Field::Status(word) => Cell::new(word),
        }
    }

    fn line(self, text: &str) -> io::Result<()> {
        ignore_closed(writeln!(io::stdout().lock(), "{text}"))
    }
}

/// A reader that has seen enough (`| head`) is no failure.
fn ignore_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Output = Output { json: false, terminal: false, colour: false };

    #[test]
    fn a_table_in_a_pipe_has_neither_colour_nor_lines_nor_trailing_blanks() {
        let rows = vec![
            vec!["web".into(), Field::Status("critical".to_owned()), Field::Number("12".to_owned())],
            vec!["a-longer-name".into(), Field::Status("ok".to_owned()), Field::Number("3".to_owned())],
        ];
        let expected = "CHECK          STATUS    RUNS\nweb            critical    12\na-longer-name  ok           3";
        assert_eq!(PLAIN.table(&["check", "status", "runs"], rows), expected);
    }

    #[test]
    fn a_status_is_coloured_on_a_terminal_alone() {
        assert_eq!(PLAIN.status("critical"), "critical");
        let terminal = Output { json: false, terminal: true, colour: true };
        assert_eq!(terminal.status("critical"), "\u{1b}[31mcritical\u{1b}[0m");
    }
}
