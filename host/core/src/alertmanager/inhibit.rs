//! Inhibition rules.

use super::InhibitRule;
use super::read::{At, Fields, full, list, matchers, old_matchers, sorted, text};
use crate::config::ConfigErrors;
use crate::matcher::{MatchOp, Matcher};

pub(super) fn read(at: &At<'_>, errors: &mut ConfigErrors) -> Option<InhibitRule> {
    let mut fields = Fields::of(at, errors)?;
    let name = full(&mut fields, "name", errors);
    let source = side(&mut fields, ["source_match", "source_match_re", "source_matchers"], errors);
    let target = side(&mut fields, ["target_match", "target_match_re", "target_matchers"], errors);
    let equal = fields.optional("equal", errors, labels).unwrap_or_default();
    fields.finish(errors);
    Some(InhibitRule { name, source, target, equal })
}

/// Those of all three keys.
fn side(fields: &mut Fields<'_>, keys: [&'static str; 3], errors: &mut ConfigErrors) -> Vec<Matcher> {
    let [equal, regex, newer] = keys;
    let equal = fields.optional(equal, errors, |at, errors| old_matchers(at, MatchOp::Equal, errors));
    let regex = fields.optional(regex, errors, |at, errors| old_matchers(at, MatchOp::Regex, errors));
    let newer = fields.optional(newer, errors, matchers);
    sorted([equal, regex, newer].into_iter().flatten().flatten().collect())
}

fn labels(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<String>> {
    let mut labels = Vec::new();
    for at in list(at, errors)? {
        match text(&at, errors) {
            Some(name) if name.is_empty() => errors.push(at.error("empty", "this must not be empty")),
            name => labels.extend(name),
        }
    }
    labels.sort();
    labels.dedup();
    Some(labels)
}
