//! A report as one HTML page that needs nothing else: no script, no other file. All text is escaped. Decides nothing.

use super::Report;
use super::sheet::{Section, Sheet, Table, sheet};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}\
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem;margin-bottom:.3rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd}\
meter{width:20rem;max-width:100%;height:1rem}\
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}th,td{border-color:#3a3a3a}}";

#[must_use]
pub fn html(report: &Report) -> String {
    html_of(&sheet(report))
}

pub(crate) fn html_of(sheet: &Sheet) -> String {
    let title = escaped(&sheet.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n"
    );
    paragraphs(&mut out, &sheet.lines);
    sheet.sections.iter().for_each(|it| section(&mut out, it));
    out.push_str("</body>\n</html>\n");
    out
}

fn section(out: &mut String, section: &Section) {
    out.push_str(&format!("<section>\n<h2>{}</h2>\n", escaped(&section.title)));
    if let Some(left) = section.budget_left_ppm {
        let percent = left.clamp(0, 1_000_000) / 10_000;
        out.push_str(&format!(
            "<meter min=\"0\" max=\"100\" low=\"25\" optimum=\"100\" value=\"{percent}\">{percent}%</meter>\n"
        ));
    }
    paragraphs(out, &section.lines);
    section.tables.iter().for_each(|it| table(out, it));
    out.push_str("</section>\n");
}

fn paragraphs(out: &mut String, lines: &[String]) {
    lines.iter().for_each(|line| out.push_str(&format!("<p>{}</p>\n", escaped(line))));
}

fn table(out: &mut String, table: &Table) {
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
        let all = cells.map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
        format!("<tr>{}</tr>\n", all.collect::<String>())
    };
    out.push_str(&format!("<h3>{}</h3>\n<table>\n<thead>\n", escaped(&table.title)));
    out.push_str(&cells("th", &mut table.heads.iter().copied()));
    out.push_str("</thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str(&cells("td", &mut row.iter().map(String::as_str)));
    }
    out.push_str("</tbody>\n</table>\n");
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
