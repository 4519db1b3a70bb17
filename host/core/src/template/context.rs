//! What one rendering has at hand, and what it has left: every step, byte and pattern is paid for, so that no template
//! hangs or grows without end.

use std::collections::BTreeMap;

use regex::Regex;

use super::value::Value;
use crate::time::Timestamp;

/// What one rendering may cost: a step one, eight bytes made or looked through one.
pub(super) const FUEL: u64 = 1_000_000;
/// Different patterns in one rendering.
const PATTERNS: usize = 50;
/// Of one pattern.
const PATTERN_BYTES: usize = 1_000;
/// Of one pattern's program.
const PROGRAM_BYTES: usize = 1 << 20;

pub(super) struct Context {
    pub now: Timestamp,
    /// The root it was given.
    pub data: Value,
    fuel: u64,
    patterns: BTreeMap<String, Regex>,
}

impl Context {
    pub(super) fn new(data: &Value, now: Timestamp) -> Self {
        Self { now, data: data.clone(), fuel: FUEL, patterns: BTreeMap::new() }
    }

    /// # Errors
    /// That nothing is left.
    pub(super) fn pay(&mut self, cost: u64) -> Result<(), String> {
        self.fuel = self
            .fuel
            .checked_sub(cost)
            .ok_or("the template takes too many steps: something in it grows without end")?;
        Ok(())
    }

    /// For this many bytes.
    pub(super) fn pay_bytes(&mut self, bytes: usize) -> Result<(), String> {
        self.pay(u64::try_from(bytes / 8).unwrap_or(u64::MAX))
    }

    /// # Errors
    /// What is wrong with the pattern.
    pub(super) fn pattern(&mut self, pattern: &str) -> Result<&Regex, String> {
        if !self.patterns.contains_key(pattern) {
            if self.patterns.len() >= PATTERNS {
                return Err(format!("more than {PATTERNS} different patterns in one template"));
            }
            self.pay(10_000)?;
            self.patterns.insert(pattern.to_owned(), compile(pattern)?);
        }
        self.patterns.get(pattern).ok_or_else(|| "no pattern".to_owned())
    }
}

/// # Errors
/// What is wrong with the pattern, in one line.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_BYTES {
        return Err(format!("a pattern is at most {PATTERN_BYTES} bytes"));
    }
    regex::RegexBuilder::new(pattern).size_limit(PROGRAM_BYTES).build().map_err(|error| {
        let why = error.to_string();
        format!(
            "`{pattern}` is not a regular expression: {}",
            why.lines().last().unwrap_or_default().trim_start_matches("error: ")
        )
    })
}
