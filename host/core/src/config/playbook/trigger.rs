//! What a playbook answers: at least one thing is named, and what is named can hold.

use super::super::detector::Wanted;
use super::super::error::{ConfigError, ConfigErrors};
use super::super::read::{self, At, Fields, some};
use super::super::rule;
use crate::incident::Severity;
use crate::matcher::Matcher;
use crate::playbook::{Trigger, contradiction};
use crate::slo::policy::is_pattern;

const CHECKS_MAX: usize = 1_000;
const SEVERITIES: [(&str, Severity); 4] =
    [("SEV-1", Severity::Sev1), ("SEV-2", Severity::Sev2), ("SEV-3", Severity::Sev3), ("SEV-4", Severity::Sev4)];

#[derive(Debug)]
pub(super) struct Read {
    pub(super) trigger: Trigger,
    /// Each pattern with what it is if no check is called so.
    pub(super) patterns: Vec<(String, ConfigError)>,
    pub(super) never: ConfigError,
}

pub(super) fn read(at: &At<'_>, wanted: &mut Wanted, errors: &mut ConfigErrors) -> Option<Read> {
    let before = errors.count();
    let mut fields = Fields::of(at, errors)?;
    let mut patterns = Vec::new();
    let checks = fields.optional("checks", errors, |at, errors| {
        some(at, CHECKS_MAX, errors, |at, errors| check(at, &mut patterns, wanted, errors))
    });
    let alert = fields.optional("alert", errors, matchers).unwrap_or_default();
    let incident = fields.optional("incident", errors, matchers).unwrap_or_default();
    let severity = fields.optional("severity", errors, |at, errors| read::word(at, &SEVERITIES, errors));
    fields.finish(errors);
    if errors.count() > before {
        return None;
    }
    if checks.is_none() && alert.is_empty() && incident.is_empty() {
        let error = at.error("trigger", "the playbook would answer every incident there is");
        errors.push(error.help("name `checks`, or match the labels of an `alert` or of the `incident`"));
        return None;
    }
    let never = at.error("never-answers", "");
    if let Some(label) = contradiction(alert.iter()).or_else(|| contradiction(incident.iter())) {
        let message =
            format!("this playbook can answer nothing: no value of the label `{label}` fits all its matchers");
        errors.push(ConfigError { message, ..never });
        return None;
    }
    let mut checks = checks.unwrap_or_default();
    checks.sort();
    checks.dedup();
    Some(Read { trigger: Trigger { checks, alert, incident, severity }, patterns, never })
}

/// A name must be there; whether a pattern fits any is seen once all checks are known.
fn check(
    at: &At<'_>,
    patterns: &mut Vec<(String, ConfigError)>,
    wanted: &mut Wanted,
    errors: &mut ConfigErrors,
) -> Option<String> {
    let name = read::text(at, errors)?;
    if is_pattern(name) {
        let unknown = at.error("unknown-check", format!("no check is called `{name}`"));
        patterns.push((name.to_owned(), unknown));
    } else {
        wanted.checks.want(name, at.error("unknown-check", format!("there is no check `{name}`")));
    }
    Some(name.to_owned())
}

/// At least one: none would be all.
pub(super) fn matchers(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<Matcher>> {
    let matchers = rule::matchers(at, errors)?;
    if matchers.is_empty() {
        errors.push(at.error("empty", "this matches everything").help("leave it out, or name a label"));
        return None;
    }
    Some(matchers)
}
