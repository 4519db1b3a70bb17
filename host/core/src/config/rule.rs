//! Rules: what one entry says, and the checks it is about. A rule that can never fire is an error: whoever wrote it
//! believes to be warned.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::error::{ConfigError, ConfigErrors};
use super::names::{Named, References};
use super::read::{self, At, Fields};
use super::{Check, Detector};
use crate::id::{CheckName, DetectorName, RuleName};
use crate::label::Labels;
use crate::matcher::{Matcher, all_match};
use crate::rule::{BUILTIN_NAMES, Condition, Rule, Rules, Timing};

mod texts;
mod when;

pub(super) use when::matchers;

const RULES_MAX: usize = 2_000;
/// Checks of all rules together.
const BINDINGS_MAX: usize = 1_000_000;
const DURATION_MAX: Duration = Duration::from_secs(366 * 86_400);

/// The entries of all files.
#[derive(Debug, Default)]
pub(super) struct Entries {
    named: Named<Entry>,
    checks: References,
    detectors: References,
}

#[derive(Debug)]
struct Entry {
    rule: Rule,
    about: About,
    /// If it turns out that it cannot fire, with the reason to come.
    otherwise: ConfigError,
}

/// The checks a rule is about.
#[derive(Debug)]
enum About {
    All,
    Checks(BTreeSet<CheckName>),
    Matching(Vec<Matcher>),
}

impl Entries {
    /// Reads an entry of `rules` and defines it under its name.
    pub(super) fn read(&mut self, at: &At<'_>, errors: &mut ConfigErrors) {
        if self.named.count() >= RULES_MAX {
            if self.named.count() == RULES_MAX {
                errors.push(at.error("too-many", format!("this is one rule more than the {RULES_MAX} a node has")));
            }
            return;
        }
        let Some(mut fields) = Fields::of(at, errors) else { return };
        let name = fields.required("name", errors, |at, errors| {
            let name = rule_name(at, errors)?;
            self.named.claim("rule", name, at, errors);
            Some(name)
        });
        let alert = fields.optional("alert", errors, rule_name);
        let about = self.about(&mut fields, errors);
        let condition = fields.required("when", errors, |at, errors| when::read(at, &mut self.detectors, errors));
        let span = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, Duration::ZERO, DURATION_MAX, errors);
        let hold = fields.optional("for", errors, span).unwrap_or_default();
        let keep_firing_for = fields.optional("keep_firing_for", errors, span).unwrap_or_default();
        let labels = texts::labels(&mut fields, errors);
        let annotations = texts::annotations(&mut fields, errors);
        fields.finish(errors);
        let (Some(name), Some(about), Some(condition)) = (name, about, condition) else { return };
        let rule = Rule {
            name: RuleName::new(name),
            alert: alert.unwrap_or(name).to_owned(),
            condition,
            timing: Timing { hold, keep_firing_for },
            labels,
            annotations,
            place: Some(at.place()),
        };
        self.named.define(name, Entry { rule, about, otherwise: at.error("never-fires", "") });
    }

    /// At most one of `check`, `checks` and `matchers`; none means every check.
    fn about(&mut self, fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<About> {
        let mut want = |at: &At<'_>, errors: &mut ConfigErrors| {
            let check = read::text(at, errors)?;
            self.checks.want(check, at.error("unknown-check", format!("there is no check `{check}`")));
            Some(CheckName::new(check))
        };
        let given = [fields.get("check"), fields.get("checks"), fields.get("matchers")];
        if given.iter().flatten().count() > 1 {
            let error = fields.at.error("rule-checks", "a rule has one of `check`, `checks` and `matchers`");
            errors.push(error.help("use `matchers` alone, or name every check in `checks`"));
            return None;
        }
        match given {
            [Some(at), _, _] => Some(About::Checks(want(&at, errors).into_iter().collect())),
            [_, Some(at), _] => {
                let names = read::list(&at, errors)?;
                if names.is_empty() {
                    errors.push(at.error("empty", "no check is named").help("leave `checks` out to mean every check"));
                }
                Some(About::Checks(names.iter().filter_map(|at| want(at, errors)).collect()))
            }
            [_, _, Some(at)] => when::matchers(&at, errors).map(About::Matching),
            [None, None, None] => Some(About::All),
        }
    }

    /// Binds every rule to the checks it is about.
    pub(super) fn bind(
        self,
        checks: &Named<Check>,
        detectors: &Named<Detector>,
        node: &super::Config,
        errors: &mut ConfigErrors,
    ) -> Rules {
        self.checks.resolve(checks, errors);
        self.detectors.resolve(detectors, errors);
        // What is broken may well be what a rule is about: one mistake is one error.
        let is_whole = checks.things().count() == checks.count();
        let labels: BTreeMap<&CheckName, Labels> =
            checks.things().map(|check| (&check.name, node.labels_of(check))).collect();
        let judged: BTreeMap<&DetectorName, &CheckName> =
            detectors.things().map(|detector| (&detector.name, &detector.check)).collect();
        let mut bound: Vec<(Rule, Vec<CheckName>)> = Vec::new();
        let mut bindings = 0_usize;
        for (_, Entry { rule, about, otherwise }) in self.named.into_things() {
            let is_matching = matches!(about, About::Matching(_));
            let mut about = about.checks(&labels);
            if is_whole && about.is_empty() && is_matching {
                errors.push(otherwise.clone().because("no check matches its `matchers`"));
            }
            if let Condition::Anomaly { detector, .. } = &rule.condition
                && let Some(check) = judged.get(detector)
            {
                if is_whole && !about.is_empty() && !about.contains(check) {
                    let why = format!("the detector `{detector}` judges the check `{check}`, which it is not about");
                    errors.push(otherwise.clone().because(&why));
                }
                about = vec![(*check).clone()];
            }
            bindings = bindings.saturating_add(about.len());
            if bindings > BINDINGS_MAX {
                let message = format!("the rules are about more than {BINDINGS_MAX} checks together");
                errors.push(ConfigError { code: "too-many", message, ..otherwise });
                break;
            }
            same_alert(&rule, &about, &bound, &otherwise, errors);
            bound.push((rule, about));
        }
        Rules::new(bound, checks.things(), node.builtin_rules)
    }
}

impl About {
    fn checks(&self, labels: &BTreeMap<&CheckName, Labels>) -> Vec<CheckName> {
        let is_about = |check: &CheckName, labels: &Labels| match self {
            Self::All => true,
            Self::Checks(names) => names.contains(check),
            Self::Matching(matchers) => all_match(matchers, labels),
        };
        let about = labels.iter().filter(|(check, labels)| is_about(check, labels));
        about.map(|(check, _)| (*check).clone()).collect()
    }
}

impl ConfigError {
    fn because(self, why: &str) -> Self {
        Self { message: format!("this rule can never fire: {why}"), ..self }
    }
}

/// Two rules with one `alert` on one check must differ in a label, or the end of one would be the end of both.
fn same_alert(
    rule: &Rule,
    about: &[CheckName],
    bound: &[(Rule, Vec<CheckName>)],
    otherwise: &ConfigError,
    errors: &mut ConfigErrors,
) {
    let shares = |other: &[CheckName]| about.iter().any(|check| other.binary_search(check).is_ok());
    let is_same = |other: &Rule| other.alert == rule.alert && !texts::differ(&rule.labels, &other.labels);
    if let Some((other, _)) = bound.iter().find(|(other, checks)| is_same(other) && shares(checks)) {
        let message = format!("this can be the same alert `{}` as that of the rule `{}`", rule.alert, other.name);
        let error = ConfigError { code: "same-alert", message, ..otherwise.clone() };
        errors.push(error.help("give each another `alert`, `severity` or label"));
    }
}

fn rule_name<'n>(at: &At<'n>, errors: &mut ConfigErrors) -> Option<&'n str> {
    let name = read::text(at, errors)?;
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    if name.len() > 100 || !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.bytes().all(is_inner) {
        let error = at.error("name", format!("{} of a rule", read::not_a_name(name)));
        errors.push(error.help("1 to 100 letters, digits, `_`, `-`, `.` and `:`, with a letter first: `DiskFull`"));
        return None;
    }
    if BUILTIN_NAMES.contains(&name) {
        let error = at.error("duplicate-name", format!("`{name}` is a built-in rule"));
        errors.push(error.help("choose another name; `builtin_rules: false` switches the built-in ones off"));
        return None;
    }
    Some(name)
}
