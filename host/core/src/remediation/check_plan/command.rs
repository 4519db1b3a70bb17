//! A command that the node's configuration names, with arguments that each match their pattern.

use super::Faults;
use crate::config::Config;
use crate::id::CommandName;
use crate::nearest::nearest;
use crate::verb::ArgumentProblem;

pub(super) fn check(name: &str, arguments: &[String], config: &Config, faults: &mut Faults) {
    let Some(command) = config.commands.get(name) else {
        let near = nearest(name, config.commands.keys().map(CommandName::as_str));
        let way_out = near.map_or_else(
            || "add it under `commands` in the node's configuration".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        faults.say(format!("there is no command `{name}`"), way_out);
        return;
    };
    for problem in command.refuses(arguments) {
        let way_out = match &problem {
            ArgumentProblem::Count { .. } => "give one argument for each pattern of the command",
            ArgumentProblem::Nul { .. } | ArgumentProblem::TooLong { .. } => "give arguments of plain text",
            ArgumentProblem::Pattern { .. } => "give what the pattern allows, or widen it in `commands`",
        };
        faults.say(problem.to_string(), way_out);
    }
}
