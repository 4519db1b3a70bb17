//! Generated trees of routes, and label sets on their way through them: the same receivers in the same order as
//! `amtool config routes test` says. The grammar is the one that Debian's version knows, the classic one.

use std::fmt::Write as _;
use std::fs;

use tocsin_core::alertmanager;
use tocsin_core::label::Labels;
use tocsin_core::route::Routes;
use tocsin_tests::Seeded;

use super::{amtool, source};

const NAMES: [&str; 5] = ["alertname", "env", "service", "severity", "team"];
const VALUES: [&str; 12] = ["a", "b", "ab", "web", "db", "db-1", "WEB", "a b", "a\"b", "a\\b", "größe", ""];
const EXPRESSIONS: [&str; 18] = [
    "a|b",
    "a.*",
    ".*",
    ".+",
    "[ab]+",
    "(web|db)(-\\d)?",
    "",
    "^a$",
    "a|",
    "(?i)web",
    "\\w+",
    "b$",
    "[^a]*",
    "a b|a\\\\b",
    "gr..e",
    "\\S+",
    "(?:a)(?:b)?",
    "d{1}b(-[0-9]{1,2})?",
];
const OPERATORS: [&str; 4] = ["=", "!=", "=~", "!~"];
const DEPTH_MAX: usize = 4;

/// One file, as text, and how many receivers it has so far.
struct Draft {
    seeded: Seeded,
    text: String,
    receivers: usize,
}

impl Draft {
    fn file(seed: u64) -> String {
        let mut draft = Self { seeded: Seeded::new(seed), text: "route:\n  receiver: r0\n".to_owned(), receivers: 1 };
        draft.group_by("  ");
        draft.routes(1);
        draft.text += "receivers:\n";
        for receiver in 0..draft.receivers {
            writeln!(draft.text, "  - name: r{receiver}").unwrap();
        }
        draft.text
    }

    /// The children of a route that stands so deep.
    fn routes(&mut self, depth: usize) {
        let count = self.seeded.below(4) + usize::from(depth == 1);
        if depth > DEPTH_MAX || count == 0 {
            return;
        }
        let indent = "  ".repeat(depth * 2 - 1);
        writeln!(self.text, "{indent}routes:").unwrap();
        for _ in 0..count {
            let go_on = if self.seeded.chance(40) { "true" } else { "false" };
            writeln!(self.text, "{indent}  - continue: {go_on}").unwrap();
            let inner = format!("{indent}    ");
            // Without one of its own a route has its parent's.
            if self.seeded.chance(85) {
                writeln!(self.text, "{inner}receiver: r{}", self.receivers).unwrap();
                self.receivers += 1;
            }
            self.group_by(&inner);
            self.matchers(&inner);
            self.routes(depth + 1);
        }
    }

    fn group_by(&mut self, indent: &str) {
        let by = match self.seeded.below(4) {
            0 => "['...']".to_owned(),
            1 => "[]".to_owned(),
            2 => format!("[{}]", self.seeded.pick(&NAMES)),
            _ => return,
        };
        writeln!(self.text, "{indent}group_by: {by}").unwrap();
    }

    fn matchers(&mut self, indent: &str) {
        if self.seeded.chance(75) {
            let count = 1 + self.seeded.below(2);
            let matchers: Vec<String> = (0..count).map(|_| self.matcher()).collect();
            writeln!(self.text, "{indent}matchers: [{}]", matchers.join(", ")).unwrap();
        }
        for (key, of) in [("match", &VALUES[..]), ("match_re", &EXPRESSIONS[..])] {
            if self.seeded.chance(20) {
                let (name, value) = (*self.seeded.pick(&NAMES), *self.seeded.pick(of));
                writeln!(self.text, "{indent}{key}: {{{name}: {}}}", quoted(value)).unwrap();
            }
        }
    }

    /// In one of the ways it can be written.
    fn matcher(&mut self) -> String {
        let (name, operator) = (*self.seeded.pick(&NAMES), *self.seeded.pick(&OPERATORS));
        let value = *if operator.ends_with('~') { self.seeded.pick(&EXPRESSIONS) } else { self.seeded.pick(&VALUES) };
        let is_plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        quoted(&match self.seeded.below(3) {
            0 if is_plain => format!("{name}{operator}{value}"),
            1 => format!("{name} {operator} {}", in_matcher(value)),
            _ => format!("{name}{operator}{}", in_matcher(value)),
        })
    }
}

/// As YAML takes any text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// As a matcher takes any value.
fn in_matcher(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn label_set(seeded: &mut Seeded) -> Vec<(&'static str, &'static str)> {
    let wanted: Vec<_> = NAMES.iter().filter(|_| seeded.chance(70)).collect();
    wanted.into_iter().map(|name| (*name, *seeded.pick(&VALUES))).collect()
}

/// The receivers of each route that takes it.
fn here(file: &str, labels: &[(&str, &str)]) -> String {
    let config = alertmanager::compile(&source(file, "/".as_ref())).unwrap_or_else(|errors| panic!("{errors}\n{file}"));
    let (routes, labels) = (Routes::new(&config.route), Labels::new(labels.iter().copied()).unwrap());
    let taken: Vec<&str> = routes.matching(&labels).into_iter().map(|route| route.receiver.as_str()).collect();
    taken.join(",")
}

/// Of so many files, so many label sets each.
fn compare(files: std::ops::Range<u64>, label_sets: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut different = Vec::new();
    for seed in files {
        let (file, mut seeded) = (Draft::file(seed), Seeded::new(!seed));
        let path = folder.path().join(format!("{seed}.yml"));
        fs::write(&path, &file).unwrap();
        let path = format!("--config.file={}", path.display());
        for _ in 0..label_sets {
            let labels = label_set(&mut seeded);
            let written: Vec<String> =
                labels.iter().map(|(name, value)| format!("{name}={}", in_matcher(value))).collect();
            let mut arguments = vec!["config", "routes", "test", path.as_str()];
            arguments.extend(written.iter().map(String::as_str));
            let Some((is_content, said)) = amtool(&arguments) else { return };
            assert!(is_content, "seed {seed}: amtool refuses what was generated: {said}\n{file}");
            let (there, here) = (said.trim(), here(&file, &labels));
            if there != here {
                different.push(format!(
                    "seed {seed}, {}: amtool says {there}, here it is {here}\n{file}",
                    written.join(" ")
                ));
            }
        }
    }
    assert!(different.is_empty(), "{} differ; the first:\n{}", different.len(), different[0]);
}

#[test]
fn some_generated_configurations_route_as_amtool_says() {
    compare(0..50, 3);
}

#[test]
#[ignore = "takes a minute: `cargo xtask test --long`"]
fn two_hundred_generated_configurations_route_as_amtool_says() {
    compare(0..200, 8);
}
