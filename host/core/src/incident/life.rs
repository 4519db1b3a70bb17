//! What happens to one incident: alerts begin and end, people answer, it is over, it is back. Each function leaves it in a
//! legal state and says whether anything is different. Knows nothing of other incidents, nor of who is told.

use std::time::Duration;

use super::timeline::clipped;
use super::{EntryKind, Incident, Member, OpenedBy, Severity, Signed};
use crate::alert::Alert;
use crate::label::{Fingerprint, Labels};
use crate::time::Timestamp;

/// Alerts that are kept of one incident.
pub const MEMBERS_MAX: usize = 500;
/// How the node signs what it decides itself.
pub const NODE: &str = "tocsin";

/// Bytes of labels of which an incident keeps all; of longer sets it keeps the short ones.
const LABELS_BYTES: usize = 2_048;
const VALUE_BYTES: usize = 128;
/// Labels of such a set, at 128 bytes each still within bounds.
const LABELS_KEPT: usize = 16;
/// Begins and ends of one alert that are each written down; of those that follow ever fewer.
const TOLD_ALL: u32 = 5;
const SUMMARY_MAX: usize = 300;
/// That alerts go on coming which it has no room for is kept this often.
const HEARD_EVERY: Duration = Duration::from_secs(60);

impl Incident {
    /// An alert of it fires: a new one, or one that is back.
    pub(crate) fn began(&mut self, fingerprint: Fingerprint, alert: &Alert, holds: bool, now: Timestamp) -> bool {
        let (was, len) = (self.alerts.get(&fingerprint), self.alerts.len());
        if was.is_some_and(|member| member.ended_at.is_none() && member.starts_at == alert.starts_at) {
            return false;
        }
        if was.is_none() && len >= MEMBERS_MAX {
            return self.omit(now);
        }
        let is_back = was.is_none_or(|member| member.ended_at.is_some());
        let member = self.alerts.entry(fingerprint).or_insert_with(|| Member::of(alert, now));
        member.holds |= holds;
        (member.starts_at, member.ended_at) = (alert.starts_at, None);
        let (holds, times) = (member.holds, member.times.saturating_add(u32::from(is_back)));
        member.times = times;
        self.onset = self.onset.min(alert.starts_at);
        self.course.heard_at = now;
        if is_back && is_told(times) {
            let again = if times > 1 { format!(" again, for the {times}. time") } else { String::new() };
            let text = format!("{} began{again}: {}", name_of(&alert.labels), summary(alert));
            self.note(now, EntryKind::Alert, source(alert), &text);
        }
        if holds && is_back {
            self.course.closes_at = None;
            if self.resolved.is_none() && self.mitigated.take().is_some() && is_told(self.course.calmed) {
                let text = format!("no longer mitigated: {} fires", name_of(&alert.labels));
                self.note(now, EntryKind::State, NODE, &text);
            }
        }
        true
    }

    /// Whether it is full, that is said, and one more alert would change nothing about it.
    pub(crate) fn omits(&self, fingerprint: Fingerprint, now: Timestamp) -> bool {
        let is_full = self.course.alerts_omitted && self.alerts.len() >= MEMBERS_MAX;
        is_full && now < self.course.heard_at.after(HEARD_EVERY) && !self.alerts.contains_key(&fingerprint)
    }

    fn omit(&mut self, now: Timestamp) -> bool {
        self.course.heard_at = now;
        if self.course.alerts_omitted {
            return true;
        }
        self.course.alerts_omitted = true;
        let text = format!("further alerts belong to it, and are not listed: {MEMBERS_MAX} are the most");
        self.note(now, EntryKind::Alert, NODE, &text);
        true
    }

    /// An alert of it is over. When none is left that keeps it open, its impact is, and some while later it is.
    pub(crate) fn ended(
        &mut self,
        fingerprint: Fingerprint,
        alert: &Alert,
        resolve_after: Duration,
        now: Timestamp,
    ) -> bool {
        let Some(member) = self.alerts.get_mut(&fingerprint).filter(|member| member.ended_at.is_none()) else {
            return false;
        };
        member.ended_at = Some(alert.ends_at.unwrap_or(now).min(now).max(member.starts_at));
        let (times, name) = (member.times, name_of(&alert.labels));
        self.course.heard_at = now;
        if is_told(times) {
            self.note(now, EntryKind::Alert, source(alert), &format!("{name} is over"));
        }
        self.calm(resolve_after, now);
        true
    }

    /// Where nothing keeps it open any more, its impact is over.
    pub(crate) fn calm(&mut self, resolve_after: Duration, now: Timestamp) {
        let by_hand = matches!(self.opened_by, OpenedBy::Person(_));
        if self.resolved.is_some() || by_hand || self.holding().next().is_some() {
            return;
        }
        self.course.closes_at = Some(now.after(resolve_after));
        if self.mitigated.is_none() {
            self.mitigated = Some(Signed { by: NODE.to_owned(), at: now });
            self.course.calmed = self.course.calmed.saturating_add(1);
            if is_told(self.course.calmed) {
                self.note(now, EntryKind::State, NODE, "mitigated: all alerts that keep it open are over");
            }
        }
    }

    /// The alerts that fire and keep it open.
    pub fn holding(&self) -> impl Iterator<Item = (&Fingerprint, &Member)> {
        self.alerts.iter().filter(|(_, member)| member.holds && member.ended_at.is_none())
    }

    pub(crate) fn acknowledge(&mut self, by: &str, now: Timestamp) -> bool {
        if self.acknowledged.is_some() || self.resolved.is_some() {
            return false;
        }
        self.acknowledged = Some(Signed { by: by.to_owned(), at: now });
        self.course.first_acknowledged_at.get_or_insert(now);
        self.note(now, EntryKind::Acknowledgement, by, "acknowledged");
        true
    }

    pub(crate) fn mitigate(&mut self, by: &str, now: Timestamp) -> bool {
        if self.mitigated.is_some() || self.resolved.is_some() {
            return false;
        }
        self.mitigated = Some(Signed { by: by.to_owned(), at: now });
        self.note(now, EntryKind::State, by, "mitigated: its impact is over");
        true
    }

    pub(crate) fn resolve(&mut self, by: &str, why: &str, reopen_within: Duration, now: Timestamp) -> bool {
        if self.resolved.is_some() {
            return false;
        }
        let signed = Signed { by: by.to_owned(), at: now };
        self.mitigated.get_or_insert_with(|| signed.clone());
        self.resolved = Some(signed);
        self.course.closes_at = None;
        self.course.reopen_until = Some(now.after(reopen_within));
        self.note(now, EntryKind::State, by, &format!("resolved: {why}"));
        true
    }

    /// It was not over: somebody is to answer anew.
    pub(crate) fn reopen(&mut self, by: &str, why: &str, now: Timestamp) -> bool {
        if self.resolved.take().is_none() {
            return false;
        }
        (self.mitigated, self.acknowledged) = (None, None);
        (self.course.reopen_until, self.course.closes_at) = (None, None);
        self.course.reopened = self.course.reopened.saturating_add(1);
        self.note(now, EntryKind::State, by, &format!("reopened: {why}"));
        true
    }

    pub(crate) fn rate(&mut self, severity: Severity, by: &str, why: &str, now: Timestamp) -> bool {
        if self.severity == severity {
            return false;
        }
        let text = format!("{} instead of {}{why}", severity.as_str(), self.severity.as_str());
        self.severity = severity;
        self.note(now, EntryKind::Severity, by, &text);
        true
    }

    /// Over for the moment, as it was so often before: that is no news.
    pub(crate) fn comes_and_goes(&self) -> bool {
        let by_node = self.mitigated.as_ref().is_some_and(|signed| signed.by == NODE);
        self.is_open() && by_node && self.course.calmed > TOLD_ALL
    }

    /// When time alone changes something about it.
    pub(crate) fn next_look(&self, kept: Duration) -> Option<Timestamp> {
        let course = &self.course;
        if let Some(resolved) = &self.resolved {
            return course.reopen_until.or_else(|| Some(resolved.at.after(kept)));
        }
        let respond = course.respond_by.filter(|_| self.awaits_response() && course.response_missed.is_none());
        let resolve = course.resolve_by.filter(|_| self.mitigated.is_none() && course.resolution_missed.is_none());
        [respond, resolve, course.closes_at].into_iter().flatten().min()
    }

    /// Nobody has said that they look at it, and it is not over by itself.
    pub(crate) const fn awaits_response(&self) -> bool {
        self.acknowledged.is_none() && self.mitigated.is_none() && self.resolved.is_none()
    }
}

impl Member {
    #[must_use]
    pub(crate) fn of(alert: &Alert, now: Timestamp) -> Self {
        Self {
            labels: bounded(&alert.labels),
            check: alert.origin.check().cloned(),
            starts_at: alert.starts_at,
            ended_at: None,
            joined_at: now,
            holds: false,
            times: 0,
        }
    }
}

/// A set of labels that is not too long to be kept five hundred times.
pub(crate) fn bounded(labels: &Labels) -> Labels {
    if labels.bytes() <= LABELS_BYTES {
        return labels.clone();
    }
    let short = labels.iter().filter(|(name, value)| name.len().max(value.len()) <= VALUE_BYTES / 2);
    Labels::overlay(short.take(LABELS_KEPT))
}

/// Of an alert that comes and goes.
const fn is_told(times: u32) -> bool {
    times <= TOLD_ALL || times.is_power_of_two()
}

/// The alert in a word: `CheckCritical of site`.
pub(crate) fn name_of(labels: &Labels) -> String {
    let name = labels.get("alertname");
    let name = if name.is_empty() { "an alert" } else { name };
    let about = ["check", "slo", "instance", "service"].into_iter().map(|about| labels.get(about));
    match about.into_iter().find(|about| !about.is_empty()) {
        Some(about) => clipped(&format!("{name} of {about}"), SUMMARY_MAX),
        None => clipped(name, SUMMARY_MAX),
    }
}

/// What it says of itself.
pub(crate) fn summary(alert: &Alert) -> String {
    let said = ["summary", "description", "message"].into_iter().map(|name| alert.annotations.get(name));
    clipped(said.into_iter().find(|said| !said.is_empty()).unwrap_or("it says no more"), SUMMARY_MAX)
}

/// The rule that it is from.
fn source(alert: &Alert) -> &str {
    match &alert.origin {
        crate::alert::Origin::Check { rule, .. } | crate::alert::Origin::Slo { rule, .. } => rule,
        crate::alert::Origin::Posted => "posted",
        crate::alert::Origin::Node => NODE,
    }
}
