//! What of an incident's evidence may be acted upon: checks that are critical, and the finding that says why.
//! Knows the names of what may stand in a template; not what a template is for.

use crate::{Finding, Status};

use super::{CheckEvidence, Input, NoPlan};

/// Longer values are not names of anything a repair could need.
const VALUE_BYTES_MAX: usize = 512;

const NAMES: &str =
    "`incident.id`, `.title`, `.severity`, `.labels.NAME`, `check.name`, `.labels.NAME`, `finding.code`, `.subject`";

impl Input {
    /// The value of one of the incident's labels.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        find(&self.incident.labels, name)
    }

    /// The evidence of checks that were critical, in the order given.
    pub fn critical(&self) -> impl Iterator<Item = &CheckEvidence> {
        self.evidence.iter().filter(|evidence| evidence.observation.status == Status::Critical)
    }

    /// The first critical finding of this code, with the check that found it.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<(&CheckEvidence, &Finding)> {
        self.critical().find_map(|evidence| Some((evidence, critical_finding(evidence, Some(code))?)))
    }

    /// What may be acted upon: every critical check, or, where `only_if` names a finding's code, those of which it is a
    /// critical finding. Refused where there is none: nothing would say what is broken, or prove the repair.
    pub fn trigger(&self, only_if: Option<&str>) -> Result<Trigger<'_>, NoPlan> {
        if self.evidence.is_empty() {
            return Err(NoPlan::because(
                "no check stands behind this incident: nothing says what is broken, and nothing could prove the repair",
            ));
        }
        let mut critical = self.critical().filter(|one| only_if.is_none() || critical_finding(one, only_if).is_some());
        match critical.next() {
            Some(first) => Ok(Trigger {
                input: self,
                first,
                others: critical.collect(),
                finding: critical_finding(first, only_if),
            }),
            None => Err(NoPlan::because(self.nothing_critical(only_if))),
        }
    }

    fn nothing_critical(&self, only_if: Option<&str>) -> String {
        let checks = self.evidence.iter().map(|one| format!("{} is {}", one.check, one.observation.status.as_str()));
        let codes = self.critical().flat_map(|one| &one.observation.findings);
        let codes = codes.filter(|finding| finding.status == Status::Critical).map(|finding| finding.code.clone());
        let listed = |texts: Vec<String>| if texts.is_empty() { "none".to_owned() } else { texts.join(", ") };
        match only_if {
            None => format!("no check behind this incident is critical: {}", listed(checks.collect())),
            Some(code) => {
                format!("`{code}` is no critical finding of this incident (there are: {})", listed(codes.collect()))
            }
        }
    }
}

/// The critical checks behind an incident, at least one.
#[derive(Clone, Debug)]
pub struct Trigger<'a> {
    input: &'a Input,
    first: &'a CheckEvidence,
    others: Vec<&'a CheckEvidence>,
    finding: Option<&'a Finding>,
}

impl<'a> Trigger<'a> {
    /// The check that comes first.
    #[must_use]
    pub const fn first(&self) -> &'a CheckEvidence {
        self.first
    }

    /// The names of the checks, each once.
    #[must_use]
    pub fn checks(&self) -> Vec<String> {
        let mut names = vec![self.first.check.clone()];
        for other in &self.others {
            if !names.contains(&other.check) {
                names.push(other.check.clone());
            }
        }
        names
    }

    /// The finding of the first check that stands for what is wrong, if it has a critical one.
    #[must_use]
    pub const fn finding(&self) -> Option<&'a Finding> {
        self.finding
    }

    /// What that finding is about: a mount point, a process, a host.
    #[must_use]
    pub fn subject(&self) -> Option<&'a str> {
        self.finding.and_then(|finding| finding.subject.as_deref()).filter(|subject| !subject.is_empty())
    }

    /// What is wrong, in a sentence for a plan's `why`.
    #[must_use]
    pub fn says(&self) -> String {
        let what = self.finding.map_or(&self.first.observation.summary, |finding| &finding.message);
        format!("{} is critical: {what}", self.first.check)
    }

    /// The value of a name in a template, such as `incident.labels.host` or `finding.subject`. One that is missing, empty,
    /// very long or holds a control character is a refusal, never an empty text.
    pub fn value(&self, name: &str) -> Result<String, NoPlan> {
        let (incident, check) = (&self.input.incident, self.first);
        let found = match name.split_once(".labels.") {
            Some(("incident", label)) => find(&incident.labels, label).map(str::to_owned),
            Some(("check", label)) => find(&check.labels, label).map(str::to_owned),
            _ => match name {
                "incident.id" => Some(incident.id.clone()),
                "incident.title" => Some(incident.title.clone()),
                "incident.severity" => Some(incident.severity.to_string()),
                "check.name" => Some(check.check.clone()),
                "finding.code" => self.finding.map(|finding| finding.code.clone()),
                "finding.subject" => self.subject().map(str::to_owned),
                _ => return Err(NoPlan::because(format!("`{{{name}}}` names no value: there are {NAMES}"))),
            },
        };
        let Some(value) = found.filter(|value| !value.trim().is_empty()) else {
            return Err(NoPlan::because(format!(
                "`{{{name}}}` has no value in this incident: a missing value is never an empty one"
            )));
        };
        if value.len() > VALUE_BYTES_MAX || value.chars().any(char::is_control) {
            return Err(NoPlan::because(format!(
                "the value of `{{{name}}}` is longer than {VALUE_BYTES_MAX} bytes or holds a control character"
            )));
        }
        Ok(value)
    }
}

/// The first critical finding, of this code where one is asked for.
fn critical_finding<'a>(evidence: &'a CheckEvidence, code: Option<&str>) -> Option<&'a Finding> {
    let fits = |finding: &&Finding| finding.status == Status::Critical && code.is_none_or(|code| finding.code == code);
    evidence.observation.findings.iter().find(fits)
}

fn find<'a>(labels: &'a [(String, String)], name: &str) -> Option<&'a str> {
    labels.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, mock};

    fn refusal<T>(result: Result<T, NoPlan>) -> String {
        match result {
            Err(NoPlan::Refused(reason)) => reason,
            Err(NoPlan::Failed(error)) => panic!("failed: {error}"),
            Ok(_) => panic!("not refused"),
        }
    }

    fn full_disk() -> Observation {
        let full = Finding::critical("disk-used", "disk used of /var is 97 %").about("/var");
        Observation::ok("").finding(Finding::warning("load", "busy")).finding(full)
    }

    #[test]
    fn what_may_be_acted_upon_is_critical_and_has_the_code_asked_for() {
        let input = mock::incident("slow")
            .evidence("load", Observation::warning("busy"))
            .evidence("web", Observation::critical("no answer"))
            .evidence("disks", full_disk())
            .evidence("disks", full_disk())
            .input();
        let all = input.trigger(None).unwrap();
        assert_eq!((all.checks(), all.subject()), (vec!["web".to_owned(), "disks".to_owned()], None));
        assert_eq!(all.says(), "web is critical: no answer");
        let disks = input.trigger(Some("disk-used")).unwrap();
        assert_eq!((disks.checks(), disks.subject()), (vec!["disks".to_owned()], Some("/var")));
        assert_eq!(disks.says(), "disks is critical: disk used of /var is 97 %");
        assert_eq!(input.finding("disk-used").map(|(check, _)| check.check.as_str()), Some("disks"));
        assert!(input.finding("load").is_none(), "a warning is nothing to act upon");
    }

    #[test]
    fn without_critical_evidence_there_is_nothing_to_act_upon() {
        let none = mock::incident("slow").input();
        assert!(refusal(none.trigger(None)).starts_with("no check stands behind this incident"));
        let warned = mock::incident("slow").evidence("load", Observation::warning("busy")).input();
        assert_eq!(refusal(warned.trigger(None)), "no check behind this incident is critical: load is warning");
        let other = mock::incident("slow").evidence("disks", full_disk()).input();
        assert_eq!(
            refusal(other.trigger(Some("load"))),
            "`load` is no critical finding of this incident (there are: disk-used)"
        );
    }

    #[test]
    fn a_name_in_a_template_has_its_value_or_the_action_is_refused() {
        let input = mock::incident("slow")
            .label("host", "db-1")
            .label("empty", "")
            .label("lines", "a\nb")
            .evidence("disks", full_disk())
            .check_label("rack", "r7")
            .input();
        let trigger = input.trigger(None).unwrap();
        let known = [
            ("incident.title", "slow"),
            ("incident.severity", "2"),
            ("incident.labels.host", "db-1"),
            ("check.name", "disks"),
            ("check.labels.rack", "r7"),
            ("finding.code", "disk-used"),
            ("finding.subject", "/var"),
        ];
        for (name, value) in known {
            assert_eq!(trigger.value(name).unwrap(), value, "{name}");
        }
        let refused = [
            ("incident.labels.rack", "has no value in this incident"),
            ("incident.labels.empty", "has no value in this incident"),
            ("check.labels.host", "has no value in this incident"),
            ("incident.labels.lines", "holds a control character"),
            ("incident.label", "names no value: there are `incident.id`"),
        ];
        for (name, reason) in refused {
            assert!(refusal(trigger.value(name)).contains(reason), "{name}");
        }
    }
}
