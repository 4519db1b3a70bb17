//! The key `commands`: what plans may run, by name. Whatever a plan says, only these are run, without a shell, with
//! arguments that match.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::ConfigErrors;
use super::names::Named;
use super::read::{self, At, Fields};
use crate::id::CommandName;
use crate::verb::{Command, argument_pattern};

const COMMANDS_MAX: usize = 1_000;
const WORDS_MAX: usize = 64;
const PATTERNS_MAX: usize = 32;
const TEXT_BYTES_MAX: usize = 4_096;

/// The entries of all files.
#[derive(Debug, Default)]
pub(super) struct Entries {
    named: Named<Command>,
}

impl Entries {
    /// Reads an entry and defines it under its name.
    pub(super) fn read(&mut self, at: &At<'_>, errors: &mut ConfigErrors) {
        if self.named.count() >= COMMANDS_MAX {
            if self.named.count() == COMMANDS_MAX {
                let message = format!("this is one command more than the {COMMANDS_MAX} a node has");
                errors.push(at.error("too-many", message));
            }
            return;
        }
        let Some(mut fields) = Fields::of(at, errors) else { return };
        let name = fields.required("name", errors, |at, errors| {
            let name = read::name(at, errors)?;
            self.named.claim("command", name, at, errors);
            Some(name)
        });
        let run = fields.required("run", errors, run);
        let patterns = fields.optional("arguments", errors, patterns);
        let user = fields.optional("user", errors, user);
        let folder = fields.optional("folder", errors, |at, errors| absolute(at, "folder", errors));
        fields.finish(errors);
        let (Some(name), Some((program, fixed))) = (name, run) else { return };
        let patterns = patterns.unwrap_or_default();
        self.named.define(name, Command { name: CommandName::new(name), program, fixed, patterns, user, folder });
    }

    pub(super) fn finish(self) -> BTreeMap<CommandName, Arc<Command>> {
        self.named.into_things().map(|(_, command)| (command.name.clone(), Arc::new(command))).collect()
    }
}

/// The program, and the arguments that always come first.
fn run(at: &At<'_>, errors: &mut ConfigErrors) -> Option<(String, Vec<String>)> {
    let words = read::list(at, errors)?;
    let Some((program, fixed)) = words.split_first().filter(|_| words.len() <= WORDS_MAX) else {
        let message = format!("{} words; the program, and at most {} more, are expected", words.len(), WORDS_MAX - 1);
        let error = at.error(if words.is_empty() { "empty" } else { "too-many" }, message);
        errors.push(error.help("write `run: [/usr/bin/systemctl, reload, web.service]`, for example"));
        return None;
    };
    let before = errors.count();
    let program = absolute(program, "program", errors);
    let fixed: Vec<String> = fixed.iter().filter_map(|at| word(at, errors)).collect();
    program.filter(|_| errors.count() == before).map(|program| (program, fixed))
}

/// One word, whatever is in it: nothing takes it apart. An empty one is a word too.
fn word(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    let written = read::written(at, errors)?;
    if written.contains('\0') || written.len() > TEXT_BYTES_MAX {
        let message = format!("an argument has no NUL, and at most {TEXT_BYTES_MAX} bytes");
        errors.push(at.error("too-long", message));
        return None;
    }
    Some(written)
}

/// What a relative path means would depend on where the daemon was started, and a bare name on its `PATH`.
fn absolute(at: &At<'_>, what: &str, errors: &mut ConfigErrors) -> Option<String> {
    let path = read::text(at, errors)?;
    let is_whole = path.starts_with('/') && path.len() <= TEXT_BYTES_MAX && !path.contains('\0');
    if !is_whole || path.split('/').any(|part| part == "..") {
        let error = at.error("path", format!("`{path}` is no path from the root"));
        errors.push(error.help(format!("write the {what} in full, without `..`: `/usr/local/bin/restart-web`")));
        return None;
    }
    if what == "program" && path.ends_with('/') {
        errors.push(at.error("path", format!("`{path}` is a folder")).help("name the program in it"));
        return None;
    }
    Some(path.to_owned())
}

/// Each is compiled here, so that what is wrong with it is told now and not when a repair waits for it.
fn patterns(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<String>> {
    let patterns = read::list(at, errors)?;
    if patterns.len() > PATTERNS_MAX {
        errors.push(at.error("too-many", format!("{} patterns; {PATTERNS_MAX} are possible", patterns.len())));
        return None;
    }
    let before = errors.count();
    let read: Vec<String> = patterns.iter().filter_map(|at| pattern(at, errors)).collect();
    (errors.count() == before).then_some(read)
}

fn pattern(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    let pattern = read::text(at, errors)?;
    if let Err(error) = argument_pattern(pattern) {
        let why = crate::matcher::reason(&error);
        let message = format!("`{pattern}` is not a regular expression: {why}");
        errors.push(
            at.error("pattern", message).help("it is held against the whole argument; `[a-z0-9-]+`, for example"),
        );
        return None;
    }
    Some(pattern.to_owned())
}

fn user(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    let user = read::text(at, errors)?;
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    let starts = user.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    if !starts || user.len() > 32 || !user.chars().all(is_inner) {
        let error = at.error("name", format!("`{user}` is not a user's name of this machine"));
        errors.push(error.help("write its name, not its number: `www-data`"));
        return None;
    }
    Some(user.to_owned())
}
