//! What a command's arguments may be: as many as it has patterns, each matching its own from end to end.

use regex::{Regex, RegexBuilder};

use super::Command;

pub const ARGUMENT_BYTES_MAX: usize = 4_096;
/// Of a compiled pattern: an operator's slip must not cost the node its memory.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// Why an argument is refused. Arguments count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentProblem {
    #[error("the command `{command}` takes {expected} arguments, and {given} are given")]
    Count { command: String, expected: usize, given: usize },
    #[error("argument {number} holds a NUL, which no command can be given")]
    Nul { number: usize },
    #[error("argument {number} has {bytes} bytes, and {ARGUMENT_BYTES_MAX} are possible")]
    TooLong { number: usize, bytes: usize },
    #[error("argument {number}, `{value}`, does not match its pattern `{pattern}`")]
    Pattern { number: usize, value: String, pattern: String },
}

/// A pattern as it is held against an argument: the whole of it, line ends and all.
///
/// # Errors
/// What is wrong with the regular expression.
pub fn argument_pattern(pattern: &str) -> Result<Regex, regex::Error> {
    // By itself first, so that `a)|(b` cannot break out of the anchors.
    Regex::new(pattern)?;
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z")).size_limit(PATTERN_BYTES_MAX).build()
}

impl Command {
    /// Everything that is wrong with these arguments; nothing where the command may be run with them.
    #[must_use]
    pub fn refuses(&self, arguments: &[String]) -> Vec<ArgumentProblem> {
        let (expected, given) = (self.patterns.len(), arguments.len());
        if expected != given {
            return vec![ArgumentProblem::Count { command: self.name.to_string(), expected, given }];
        }
        let numbered = self.patterns.iter().zip(arguments).enumerate();
        numbered.filter_map(|(index, (pattern, argument))| refusal(index + 1, pattern, argument)).collect()
    }
}

fn refusal(number: usize, pattern: &str, argument: &str) -> Option<ArgumentProblem> {
    if argument.contains('\0') {
        return Some(ArgumentProblem::Nul { number });
    }
    if argument.len() > ARGUMENT_BYTES_MAX {
        return Some(ArgumentProblem::TooLong { number, bytes: argument.len() });
    }
    // A pattern that cannot be read matches nothing.
    if argument_pattern(pattern).is_ok_and(|pattern| pattern.is_match(argument)) {
        return None;
    }
    let value = argument.chars().take(100).collect();
    Some(ArgumentProblem::Pattern { number, value, pattern: pattern.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(patterns: &[&str]) -> Command {
        Command {
            name: "purge".into(),
            program: "/usr/bin/purge".into(),
            fixed: vec!["--now".into()],
            patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
            user: None,
            folder: None,
        }
    }

    #[test]
    fn arguments_match_their_patterns_from_end_to_end() {
        for (patterns, arguments, allowed) in [
            (&["[a-z]+", "[0-9]{1,3}"][..], &["web", "42"][..], true),
            (&["[a-z]+"], &["web; rm -rf /"], false),
            (&["[a-z]+"], &["web\n"], false),
            (&["[a-z]+"], &["-web"], false),
            (&["a|b"], &["ac"], false),
            (&["a|b"], &["b"], true),
            (&["(?i)web"], &["WEB"], true),
            (&[], &[], true),
            (&[], &["x"], false),
            (&["[a-z]+"], &[], false),
            (&[".*"], &["\0"], false),
            (&["("], &["("], false),
            (&["a)|(?:.*"], &["anything"], false),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
            let refuses = command(patterns).refuses(&arguments);
            assert_eq!(refuses.is_empty(), allowed, "{patterns:?} {arguments:?}: {refuses:?}");
        }
    }

    #[test]
    fn an_argument_without_bound_is_refused() {
        let bytes = ARGUMENT_BYTES_MAX + 1;
        let refuses = command(&["a*"]).refuses(&["a".repeat(bytes)]);
        assert_eq!(refuses, [ArgumentProblem::TooLong { number: 1, bytes }]);
    }
}
