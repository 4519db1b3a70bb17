//! Inhibition: a target is muted while any unresolved source with equal labels exists, as Alertmanager's
//! `inhibit.Inhibitor` does; an index from the equal labels' values to the *set* of sources keeps it exact and its cost
//! independent of how many sources there are. Knows nothing of groups.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::alertmanager::InhibitRule;
use crate::label::{Fingerprint, Labels};
use crate::matcher::{MatchOp, Matcher, all_match};

/// A rule by its place in the configuration.
pub type RuleIndex = usize;

/// The rules, and which alerts are sources of which.
#[derive(Clone, Debug, Default)]
pub struct Inhibitor {
    rules: Vec<InhibitRule>,
    source_sides: Sides,
    target_sides: Sides,
    /// For each rule: sources by a hash of the values that must be equal.
    sources: Vec<BTreeMap<u64, BTreeSet<Fingerprint>>>,
}

/// Who mutes an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inhibition {
    pub rule: RuleIndex,
    pub source: Fingerprint,
}

impl Inhibitor {
    #[must_use]
    pub fn new(rules: &[InhibitRule]) -> Self {
        Self {
            rules: rules.to_vec(),
            source_sides: Sides::new(rules.iter().map(|rule| rule.source.as_slice())),
            target_sides: Sides::new(rules.iter().map(|rule| rule.target.as_slice())),
            sources: vec![BTreeMap::new(); rules.len()],
        }
    }

    #[must_use]
    pub fn rule(&self, index: RuleIndex) -> Option<&InhibitRule> {
        self.rules.get(index)
    }

    /// Takes a firing alert in as a source, wherever it is one.
    pub fn insert(&mut self, fingerprint: Fingerprint, labels: &Labels) {
        self.each_source(labels, |sources, key| {
            sources.entry(key).or_default().insert(fingerprint);
        });
    }

    /// The alert has resolved or is gone.
    pub fn remove(&mut self, fingerprint: Fingerprint, labels: &Labels) {
        self.each_source(labels, |sources, key| {
            if let Some(set) = sources.get_mut(&key) {
                set.remove(&fingerprint);
                if set.is_empty() {
                    sources.remove(&key);
                }
            }
        });
    }

    fn each_source(&mut self, labels: &Labels, mut act: impl FnMut(&mut BTreeMap<u64, BTreeSet<Fingerprint>>, u64)) {
        for index in self.source_sides.candidates(labels) {
            let (Some(rule), Some(sources)) = (self.rules.get(index), self.sources.get_mut(index)) else { continue };
            if all_match(&rule.source, labels) {
                act(sources, key(rule, labels));
            }
        }
    }

    /// The first source that mutes an alert. `labels_of` gives a source's labels while it fires, and `None` once it does
    /// not: an end that has passed counts before anyone has looked.
    pub fn inhibition<'a>(
        &self,
        labels: &Labels,
        labels_of: impl Fn(Fingerprint) -> Option<&'a Labels>,
    ) -> Option<Inhibition> {
        let rules = self.target_sides.candidates(labels);
        rules.into_iter().find_map(|index| {
            let rule = self.rules.get(index).filter(|rule| all_match(&rule.target, labels))?;
            let sources = self.sources.get(index)?.get(&key(rule, labels))?;
            // An alert that is on both sides is not muted by its like, nor by itself.
            let is_two_sided = all_match(&rule.source, labels);
            let mutes = |source: &&Fingerprint| {
                labels_of(**source).is_some_and(|source| {
                    rule.equal.iter().all(|name| source.get(name) == labels.get(name))
                        && !(is_two_sided && all_match(&rule.target, source))
                })
            };
            sources.iter().find(mutes).map(|source| Inhibition { rule: index, source: *source })
        })
    }
}

fn key(rule: &InhibitRule, labels: &Labels) -> u64 {
    let mut hasher = DefaultHasher::new();
    for name in &rule.equal {
        labels.get(name).hash(&mut hasher);
    }
    hasher.finish()
}

/// One side of all rules, by a label that it compares with a value: most rules are passed over without a look.
#[derive(Clone, Debug, Default)]
struct Sides {
    by_label: BTreeMap<String, BTreeMap<String, Vec<RuleIndex>>>,
    /// Rules that have no such label.
    others: Vec<RuleIndex>,
}

impl Sides {
    fn new<'r>(sides: impl Iterator<Item = &'r [Matcher]>) -> Self {
        let mut indexed = Self::default();
        for (index, side) in sides.enumerate() {
            match side.iter().find(|matcher| matcher.op() == MatchOp::Equal && !matcher.value().is_empty()) {
                Some(matcher) => {
                    let values = indexed.by_label.entry(matcher.name().to_owned()).or_default();
                    values.entry(matcher.value().to_owned()).or_default().push(index);
                }
                None => indexed.others.push(index),
            }
        }
        indexed
    }

    /// The rules that may match, in the order of the configuration.
    fn candidates(&self, labels: &Labels) -> Vec<RuleIndex> {
        let mut found = self.others.clone();
        if !self.by_label.is_empty() {
            let by_value = |(name, value): (&str, &str)| self.by_label.get(name)?.get(value);
            labels.iter().filter_map(by_value).for_each(|rules| found.extend(rules));
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(text: &str) -> Labels {
        Labels::new(text.split(',').filter_map(|pair| pair.split_once('='))).expect("no name twice")
    }

    fn matchers(text: &str) -> Vec<Matcher> {
        let of = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            let regex = value.strip_prefix('~');
            Some(match regex {
                Some(regex) => Matcher::new(name, MatchOp::Regex, regex).expect("valid"),
                None => Matcher::equal(name, value),
            })
        };
        text.split(',').filter_map(of).collect()
    }

    fn rule(source: &str, target: &str, equal: &[&str]) -> InhibitRule {
        let equal = equal.iter().map(|name| (*name).to_owned()).collect();
        InhibitRule { name: None, source: matchers(source), target: matchers(target), equal }
    }

    /// Whether an alert is muted when all of these fire.
    fn is_muted(rules: &[InhibitRule], firing: &[&str], target: &str) -> bool {
        let mut inhibitor = Inhibitor::new(rules);
        let known: BTreeMap<Fingerprint, Labels> =
            firing.iter().map(|text| labels(text)).map(|labels| (labels.fingerprint(), labels)).collect();
        for (fingerprint, labels) in &known {
            inhibitor.insert(*fingerprint, labels);
        }
        inhibitor.inhibition(&labels(target), |source| known.get(&source)).is_some()
    }

    #[test]
    fn a_target_is_muted_by_any_source_with_equal_labels() {
        let critical = [rule("severity=critical", "severity=warning", &["cluster"])];
        let twofold = [rule("a=~.+", "b=~.+", &[])];
        let table = [
            (&critical[..], vec!["severity=critical,cluster=x"], "severity=warning,cluster=x", true),
            (&critical, vec!["severity=critical,cluster=y"], "severity=warning,cluster=x", false),
            (&critical, vec!["severity=critical"], "severity=warning", true),
            (&critical, vec!["severity=critical"], "severity=warning,cluster=", true),
            (&critical, vec!["severity=critical,cluster=x"], "severity=critical,cluster=x", false),
            // On both sides: muted by one that is only a source, not by its like, not by itself.
            (&twofold, vec!["a=1,b=1"], "a=1,b=1", false),
            (&twofold, vec!["a=2,b=2"], "a=1,b=1", false),
            (&twofold, vec!["a=2"], "a=1,b=1", true),
            (&twofold, vec!["a=2,b=2"], "b=1", true),
        ];
        for (rules, firing, target, expected) in table {
            assert_eq!(is_muted(rules, &firing, target), expected, "{firing:?} -> {target}");
        }
    }

    #[test]
    fn while_one_of_two_sources_is_left_the_target_stays_muted() {
        let mut inhibitor = Inhibitor::new(&[rule("role=source", "role=target", &["site"])]);
        let sources = [labels("role=source,site=x,n=1"), labels("role=source,site=x,n=2")];
        let firing = |source: Fingerprint| sources.iter().find(|labels| labels.fingerprint() == source);
        let target = labels("role=target,site=x");
        for source in &sources {
            inhibitor.insert(source.fingerprint(), source);
        }
        inhibitor.remove(sources[0].fingerprint(), &sources[0]);
        assert_eq!(inhibitor.inhibition(&target, firing).map(|by| by.source), Some(sources[1].fingerprint()));
        inhibitor.remove(sources[1].fingerprint(), &sources[1]);
        assert_eq!(inhibitor.inhibition(&target, firing), None);
    }

    proptest! {
        #[test]
        fn the_index_agrees_with_asking_every_rule_and_every_alert(
            alerts in proptest::collection::vec(("[ab]", "[ab]", "[xy]?"), 1..12),
            sides in proptest::collection::vec(("[ab]", "[ab]", any::<bool>()), 1..5),
        ) {
            let rules: Vec<InhibitRule> = sides
                .iter()
                .map(|(source, target, equal)| {
                    rule(&format!("p={source}"), &format!("q={target}"), if *equal { &["site"] } else { &[] })
                })
                .collect();
            let texts: Vec<String> = alerts.iter().map(|(p, q, site)| format!("p={p},q={q},site={site}")).collect();
            let firing: Vec<&str> = texts.iter().map(String::as_str).collect();
            for target in &texts {
                let target_labels = labels(target);
                let naive = rules.iter().any(|rule| {
                    all_match(&rule.target, &target_labels)
                        && firing.iter().map(|text| labels(text)).any(|source| {
                            all_match(&rule.source, &source)
                                && rule.equal.iter().all(|name| source.get(name) == target_labels.get(name))
                                && !(all_match(&rule.source, &target_labels) && all_match(&rule.target, &source))
                        })
                });
                prop_assert_eq!(is_muted(&rules, &firing, target), naive);
            }
        }
    }
}
