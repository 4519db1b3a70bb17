//! What spans entries: a trigger that fits no check, a group that lets nothing through, an SLO that is not there, two
//! playbooks that would do the same by themselves.

use std::collections::BTreeMap;

use super::super::error::{ConfigError, ConfigErrors};
use super::super::names::Named;
use super::super::{Check, Config};
use super::{Entries, Entry};
use crate::id::{CheckName, SloName};
use crate::label::Labels;
use crate::matcher::{Matcher, all_match};
use crate::playbook::{Blast, Mode, Playbook, Playbooks};
use crate::slo::Slo;
use crate::slo::policy::matches_pattern;

/// What entries are held against. Of what could not be read whole, nothing is said that depends on it.
pub(in super::super) struct Whole<'c> {
    pub(in super::super) checks: &'c Named<Check>,
    pub(in super::super) slos: Option<&'c BTreeMap<SloName, Slo>>,
    pub(in super::super) settings: &'c Config,
}

impl Entries {
    pub(in super::super) fn bind(self, whole: &Whole<'_>, errors: &mut ConfigErrors) -> Playbooks {
        let entries: Vec<Entry> = self.named.into_things().map(|(_, entry)| entry).collect();
        let are_checks_whole = whole.checks.things().count() == whole.checks.count();
        if are_checks_whole {
            let labels = Group::of(whole, &entries);
            for entry in &entries {
                entry.hold_against(whole, &labels, errors);
            }
        }
        for entry in &entries {
            if let (Some(slos), Some(slo), Some(unknown)) =
                (whole.slos, &entry.playbook.verification.slo, &entry.unknown_slo)
                && !slos.contains_key(slo)
            {
                errors.push(unknown.clone().did_you_mean(slo.as_str(), slos.keys().map(SloName::as_str)));
            }
        }
        same_trigger(&entries, errors);
        entries.into_iter().map(|entry| (entry.playbook.name.clone(), entry.playbook)).collect()
    }
}

/// The labels of all checks, worked out once, and only where some playbook asks for a group.
struct Group<'c>(BTreeMap<&'c CheckName, Labels>);

impl<'c> Group<'c> {
    fn of(whole: &Whole<'c>, entries: &[Entry]) -> Self {
        if entries.iter().all(|entry| entry.playbook.gates.blast.is_none()) {
            return Self(BTreeMap::new());
        }
        Self(whole.checks.things().map(|check| (&check.name, whole.settings.labels_of(check))).collect())
    }

    fn count(&self, group: &[Matcher]) -> usize {
        self.0.values().filter(|labels| all_match(group, labels)).count()
    }
}

impl Entry {
    fn hold_against(&self, whole: &Whole<'_>, labels: &Group<'_>, errors: &mut ConfigErrors) {
        let before = errors.count();
        for (pattern, unknown) in &self.patterns {
            if !whole.checks.names().any(|check| matches_pattern(pattern, check)) {
                errors.push(unknown.clone());
            }
        }
        let is_unknown = errors.count() > before;
        if !is_unknown && !whole.checks.things().any(|check| can_answer(&self.playbook, &check.name)) {
            let message = "this playbook can answer nothing: no check fits both its `checks` and its `alert`";
            errors.push(ConfigError { message: message.to_owned(), ..self.never.clone() });
        }
        if let (Some(blast), Some(at)) = (&self.playbook.gates.blast, &self.group)
            && let Some(message) = shut(blast, labels.count(&blast.group))
        {
            errors.push(ConfigError { message, ..at.clone() });
        }
    }
}

/// By its name, and by what matchers say of the label `check`.
fn can_answer(playbook: &Playbook, check: &CheckName) -> bool {
    let on_check = playbook.trigger.alert.iter().filter(|matcher| matcher.name() == "check");
    playbook.trigger.names(check) && on_check.into_iter().all(|matcher| matcher.accepts(check.as_str()))
}

/// Why a group of so many lets no repair through, if it does not.
fn shut(blast: &Blast, members: usize) -> Option<String> {
    let members = u32::try_from(members).unwrap_or(u32::MAX);
    if members == 0 {
        return Some("no check matches this group, and a group of nobody lets nothing through".to_owned());
    }
    if u64::from(blast.percent_max) * u64::from(members) < 100 {
        let percent = blast.percent_max;
        return Some(format!(
            "one of this group of {members} is already more than {percent} % of it: nothing is let through"
        ));
    }
    (blast.healthy_min >= members).then(|| {
        let least = blast.healthy_min;
        format!("{least} others of this group of {members} can never be healthy: nothing is let through")
    })
}

/// By themselves they would both repair the same, one against the other.
fn same_trigger(entries: &[Entry], errors: &mut ConfigErrors) {
    let mut seen: BTreeMap<String, &Playbook> = BTreeMap::new();
    for Entry { playbook, never, .. } in entries.iter().filter(|entry| entry.playbook.mode == Mode::Auto) {
        let trigger = &playbook.trigger;
        let texts = |matchers: &[Matcher]| {
            let mut texts: Vec<String> = matchers.iter().map(ToString::to_string).collect();
            texts.sort();
            texts
        };
        let key = format!(
            "{:?} {:?} {:?} {:?}",
            trigger.checks,
            texts(&trigger.alert),
            texts(&trigger.incident),
            trigger.severity
        );
        if let Some(first) = seen.get(&key) {
            let message =
                format!("the playbook `{}` answers the very same by itself: both would repair it", first.name);
            let error = ConfigError { code: "same-trigger", message, ..never.clone() };
            errors.push(error.help("make the second an action of the first, or narrow its trigger"));
        } else {
            seen.insert(key, playbook);
        }
    }
}
