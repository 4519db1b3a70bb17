//! Commands whose patterns let plans say more than was most likely meant.

use std::collections::BTreeSet;

use super::Notes;
use crate::capability::VerbKind;
use crate::config::Config;
use crate::verb::{Command, argument_pattern};

/// What matches all of these matches everything.
const ANYTHING: [&str; 5] = ["anything at all", "--option=x", "/etc/passwd", "; reboot", "é"];
const OPTIONS: [&str; 6] = ["-x", "--x", "--all", "-1", "--help", "--config=x"];
const CLIMBS: [&str; 4] = ["..", "../x", "a/../../x", "/../x"];
/// They run, or start, what their arguments say.
const INTERPRETERS: [&str; 20] = [
    "ash", "bash", "busybox", "dash", "doas", "env", "fish", "ksh", "lua", "node", "perl", "php", "python", "python3",
    "ruby", "sh", "su", "sudo", "xargs", "zsh",
];

/// Those that this playbook's plans may run.
pub(super) fn lint(config: &Config, notes: &mut Notes<'_>) {
    let rights = notes.playbook.actions.iter().flat_map(|rung| &rung.rights.verbs);
    let may_run = rights.filter(|right| right.verb == VerbKind::RunCommand);
    let names: BTreeSet<&str> = may_run.map(|right| right.target.as_str()).collect();
    for command in names.into_iter().filter_map(|name| config.commands.get(name)) {
        interpreter(command, notes);
        for (index, pattern) in command.patterns.iter().enumerate() {
            self::pattern(&command.name, index + 1, pattern, notes);
        }
    }
}

fn interpreter(command: &Command, notes: &mut Notes<'_>) {
    let program = command.program.rsplit('/').next().unwrap_or_default();
    if INTERPRETERS.contains(&program) && !command.patterns.is_empty() {
        let message = format!(
            "the command `{}` hands a plan's arguments to `{program}`, which runs what it is told",
            command.name
        );
        notes.say("interpreter", message, "name a program that does one thing, or take no arguments");
    }
}

fn pattern(command: &crate::id::CommandName, number: usize, pattern: &str, notes: &mut Notes<'_>) {
    // One that cannot be read was refused with the configuration.
    let Ok(regex) = argument_pattern(pattern) else { return };
    let takes = |what: &str| format!("argument {number} of the command `{command}`, `{pattern}`, takes {what}");
    if ANYTHING.iter().all(|text| regex.is_match(text)) {
        notes.say("open-pattern", takes("anything"), "list what it may be, such as `web|db`, or `[a-z][a-z0-9-]*`");
        return;
    }
    if OPTIONS.iter().any(|text| regex.is_match(text)) {
        let help = "begin the pattern with what is no `-`, or put `--` at the end of `run` if the program knows it";
        notes.say("option-pattern", takes("what the program may read as an option"), help);
    }
    if CLIMBS.iter().any(|text| regex.is_match(text)) {
        notes.say("climbing-pattern", takes("paths that climb with `..`"), "leave the dot or the slash out");
    }
}
