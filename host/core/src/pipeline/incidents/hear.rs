//! What other rooms tell incidents: pages that were answered, notices that arrived, changes to the world, a new
//! configuration. Knows nothing of how any of it came about.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{CONTRIBUTIONS_MAX, IncidentChange, learn, tell};
use crate::config::Config;
use crate::id::{ContributionId, GroupKey, IncidentId};
use crate::incident::{Contribution, Entry, EntryKind, Incident, IncidentAct, NODE};
use crate::label::Labels;
use crate::notify::Notice;
use crate::pipeline::{Event, State, Transition};
use crate::time::Timestamp;

/// Something happened that belongs on its timeline.
pub(super) fn noted(state: &State, id: &IncidentId, entry: &Entry) -> Transition {
    let mut transition = Transition::default();
    if let Some(incident) = state.incidents.get(id) {
        let mut next = Incident::clone(incident);
        next.note(entry.at, entry.kind, &entry.source, &entry.text);
        transition.incident(IncidentChange::Incident(id.clone(), Some(Arc::new(next))));
    }
    transition
}

/// Somebody answers a page: for the incidents of its alerts too.
pub(crate) fn page_acknowledged(
    state: &State,
    group: &GroupKey,
    (page, by, comment): (&str, &str, Option<&str>),
    now: Timestamp,
    transition: &mut Transition,
) {
    let alerts = state.book.members(group).map(|(alert, _)| alert);
    let incidents: BTreeSet<&IncidentId> =
        alerts.filter_map(|alert| state.incidents.of_alert(alert)).filter(|it| it.is_open()).map(|it| &it.id).collect();
    for incident in incidents {
        let comment = comment.map(|comment| format!(": {comment}")).unwrap_or_default();
        let text = format!("the page {page} is acknowledged{comment}");
        let entry = Entry { at: now, kind: EntryKind::Acknowledgement, source: by.to_owned(), text };
        transition.follow(Event::IncidentNoted { incident: incident.clone(), entry });
        let (incident, by) = (incident.clone(), by.to_owned());
        transition.follow(Event::IncidentActed { incident, by, act: IncidentAct::Acknowledge });
    }
}

/// A notice was taken by the other side, or refused for good.
pub(crate) fn notified(
    state: &State,
    notice: &Notice,
    refused: Option<&str>,
    now: Timestamp,
    transition: &mut Transition,
) {
    let alerts = notice.alerts.iter().map(|told| told.alert.fingerprint());
    let of_alerts = alerts.filter_map(|alert| state.incidents.of_alert(alert)).map(|incident| incident.id.clone());
    let own = tell::incident_of(&notice.group);
    let incidents: BTreeSet<IncidentId> = of_alerts.chain(own.clone()).collect();
    let receiver = &notice.to.receiver;
    for incident in incidents {
        let what = match &own {
            Some(own) if *own == incident => "of its status".to_owned(),
            _ => {
                let count = notice.alerts.len();
                let plural = if count == 1 { "" } else { "s" };
                format!("of {count} alert{plural} ({})", notice.reason.as_str())
            }
        };
        let text = match refused {
            None => format!("{receiver} was told {what}"),
            Some(why) => format!("{receiver} could not be told {what}: {why}"),
        };
        let entry = Entry { at: now, kind: EntryKind::Notification, source: receiver.to_string(), text };
        transition.follow(Event::IncidentNoted { incident, entry });
    }
}

/// Somebody tells of a change to the world: it is kept, and stands on the timelines of the open incidents it may concern.
pub(super) fn contributed(state: &State, id: &ContributionId, told: &Arc<Contribution>, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let is_new = !state.incidents.contributions().any(|(known, _)| known == id);
    if is_new
        && state.incidents.contributions().count() >= CONTRIBUTIONS_MAX
        && let Some((oldest, _)) = state.incidents.contributions().next()
    {
        transition.incident(IncidentChange::Contribution(oldest.clone(), None));
    }
    transition.incident(IncidentChange::Contribution(id.clone(), Some(Arc::clone(told))));
    for incident in state.incidents.open().filter(|incident| learn::is_about(told, incident)) {
        let mut next = Incident::clone(incident);
        let ago = if told.at < now { format!(", at {}", told.at) } else { String::new() };
        next.note(now, EntryKind::Change, &told.by, &format!("{}{ago}: {}", told.kind, told.summary));
        transition.incident(IncidentChange::Incident(next.id.clone(), Some(Arc::new(next))));
    }
    transition
}

/// Another configuration is in force: that is a change to the world too.
pub(super) fn configured(state: &State, config: &Arc<Config>, now: Timestamp, transition: &mut Transition) {
    if state.config().is_none_or(|before| before == config) {
        return;
    }
    let millis = u64::try_from(now.as_millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    let hash = Sha256::digest(format!("configured\n{millis}"));
    let hex: String = hash.iter().take(9).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let (high, low) = (millis >> 16, millis & 0xffff);
    let id = format!("{high:08x}-{low:04x}-7{}-8{}-{}", part(0, 3), part(3, 6), part(6, 18));
    let told = Contribution {
        kind: "config".to_owned(),
        summary: "another configuration is in force".to_owned(),
        at: now,
        by: NODE.to_owned(),
        labels: Labels::default(),
        url: None,
    };
    transition.follow(Event::Contributed(ContributionId::new(id), Arc::new(told)));
}

/// The configuration has just become true: what fires may open incidents by its rules; what vanished while the node was
/// away is over.
pub(super) fn reconsider(state: &State, now: Timestamp, transition: &mut Transition) {
    let firing = state.book.alerts().filter(|(alert, it)| {
        !it.is_resolved(now) && state.incidents.of_alert(*alert).is_none_or(|incident| !incident.is_open())
    });
    firing.for_each(|(alert, _)| transition.follow(Event::Correlate(alert)));
    for incident in state.incidents.iter().filter(|it| it.is_open() || it.course.reopen_until.is_some()) {
        let gone = incident.alerts.iter().filter(|(alert, member)| {
            member.ended_at.is_none() && state.book.alert(**alert).is_none_or(|alert| alert.is_resolved(now))
        });
        let gone: Vec<_> = gone.map(|(alert, _)| *alert).collect();
        if gone.is_empty() {
            continue;
        }
        let mut next = Incident::clone(incident);
        for alert in gone {
            if let Some(member) = next.alerts.get_mut(&alert) {
                member.ended_at = Some(now.max(member.starts_at));
            }
        }
        next.calm(state.incidents.settings().resolve_after, now);
        super::settle::settle(state, Some(incident), next, now, transition);
    }
}
