//! A page's way down the hallway: opened when its group is told, climbed, acknowledged, closed when the group is over.
//! What the ladder says becomes notices like any other. Knows nothing of who is on call.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::RESOLVED_RETENTION;
use crate::escalate::{NewPage, PageState, Reason as Step, Target, Tell, Turn};
use crate::group::Group;
use crate::id::{PageId, ReceiverName};
use crate::notify::{Destination, Reason, Sight};
use crate::oncall::Contact;
use crate::page::{Page, severity_rank, worst};
use crate::pipeline::groups::{frozen, notice, send, sight};
use crate::pipeline::{BookChange, State, Transition, incidents};
use crate::receiver::Receiver;
use crate::time::Timestamp;

/// How often a ladder is looked at that waits because all it is about is suppressed.
const SUPPRESSED_LOOK: Duration = Duration::from_secs(15);

/// What someone does about a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Acknowledge { comment: Option<String>, until: Option<Timestamp>, sticky: bool },
    Unacknowledge,
}

/// The group was looked at: a page opens, changes or closes with what it shows.
pub(super) fn follow(
    state: &State,
    group: &Group,
    receiver: &Receiver,
    sight: &Sight,
    now: Timestamp,
    transition: &mut Transition,
) {
    let severities = sight.firing.iter().filter_map(|alert| state.book.alert(*alert));
    let severity = worst(severities.map(|alert| alert.labels.get("severity"))).unwrap_or_default().to_owned();
    let is_over = state.book.members(&group.key).all(|(_, alert)| alert.is_resolved(now));
    match state.book.page_of(&group.key) {
        Some(page) if is_over => close(state, page, now, transition),
        Some(page) => worsen(state, page, &severity, now, transition),
        None if sight.firing.is_empty() || sight.muted_by.is_some() => {}
        None => open(state, group, receiver, severity, now, transition),
    }
}

fn open(
    state: &State,
    group: &Group,
    receiver: &Receiver,
    severity: String,
    now: Timestamp,
    transition: &mut Transition,
) {
    let Some(config) = state.config() else { return };
    let policy = receiver.escalation.as_deref().and_then(|name| config.policies.get(name));
    let Some(policy) = policy else { return };
    let to = Destination { receiver: receiver.name.clone(), integration: 0 };
    let identity = notice(&group.key, &group.labels, to, Arc::default(), Reason::Escalation, now).id;
    let id = PageId::new(identity.as_str().get(..12).unwrap_or_default());
    let new = NewPage { id, key: group.key.to_string(), policy: Arc::clone(policy), severity };
    let (opened, turn) = PageState::open(new, now, &config.people);
    let page = Page {
        state: opened,
        group: group.key.clone(),
        group_labels: group.labels.clone(),
        receiver: receiver.name.clone(),
        sticky: false,
        notes: Vec::new(),
    };
    keep(state, page, turn, now, transition);
}

/// A worse alert than any the acknowledgement was given for takes it back, unless it is sticky.
fn worsen(state: &State, page: &Arc<Page>, severity: &str, now: Timestamp, transition: &mut Transition) {
    if severity.is_empty() || severity == page.state.severity {
        return;
    }
    let Some(config) = state.config() else { return };
    let is_worse = severity_rank(severity) < severity_rank(&page.state.severity);
    let mut next = Page::clone(page);
    let mut turn = Turn::default();
    severity.clone_into(&mut next.state.severity);
    if is_worse && page.is_acknowledged() && !page.sticky {
        turn = next.state.unacknowledge("a worse alert", now, &config.people).unwrap_or_default();
    }
    keep(state, next, turn, now, transition);
}

fn close(state: &State, page: &Arc<Page>, now: Timestamp, transition: &mut Transition) {
    let mut next = Page::clone(page);
    let turn = next.state.close(now);
    keep(state, next, turn, now, transition);
}

/// Somebody answers, or takes the answer back. What cannot be done (a page that is closed by now) changes nothing.
pub(super) fn acted(state: &State, id: &PageId, by: &str, act: &Act, now: Timestamp) -> Transition {
    let mut transition = Transition::default();
    let (Some(page), Some(config)) = (state.book.page(id), state.config()) else { return transition };
    let mut next = Page::clone(page);
    let turn = match act {
        Act::Acknowledge { comment, until, sticky } => {
            next.sticky = *sticky;
            next.state.acknowledge(by, now, comment.as_deref(), *until)
        }
        Act::Unacknowledge => next.state.unacknowledge(by, now, &config.people),
    };
    if let Ok(turn) = turn {
        keep(state, next, turn, now, &mut transition);
        if let Act::Acknowledge { comment, .. } = act {
            let said = (id.as_str(), by, comment.as_deref());
            incidents::page_acknowledged(state, &page.group, said, now, &mut transition);
        }
    }
    transition
}

/// Pages whose time has come.
pub(super) fn tick(state: &State, now: Timestamp, transition: &mut Transition) {
    let Some(config) = state.config() else { return };
    for id in state.book.pages_due(now) {
        let Some(page) = state.book.page(id) else { continue };
        if let Some(closed_at) = page.state.closed_at {
            if closed_at.after(RESOLVED_RETENTION) <= now {
                transition.book(BookChange::Page(id.clone(), None));
            }
            continue;
        }
        let Some(group) = state.book.group(&page.group) else {
            // Another configuration has no such group.
            close(state, page, now, transition);
            continue;
        };
        if page.state.ack.is_none() && is_suppressed(state, group, now) {
            transition.book(BookChange::PageLook(id.clone(), now.after(SUPPRESSED_LOOK)));
            continue;
        }
        let mut next = Page::clone(page);
        let turn = next.state.due(now, &config.people);
        keep(state, next, turn, now, transition);
    }
}

/// Whether all that the page is about is suppressed: nobody is woken for that.
fn is_suppressed(state: &State, group: &Group, now: Timestamp) -> bool {
    let alerting = state.alerting();
    let Some(route) = alerting.routes.as_ref().and_then(|routes| routes.by_id(&group.route)) else { return false };
    let sight = sight(state, alerting, group, route, now);
    sight.firing.is_empty() || sight.muted_by.is_some()
}

fn keep(state: &State, mut page: Page, turn: Turn, now: Timestamp, transition: &mut Transition) {
    page.note(turn.notes);
    for tell in &turn.tells {
        tell_one(state, &page, tell, now, transition);
    }
    transition.book(BookChange::Page(page.state.id.clone(), Some(Arc::new(page))));
}

fn tell_one(state: &State, page: &Page, tell: &Tell, now: Timestamp, transition: &mut Transition) {
    let members: Vec<_> = state.book.members(&page.group).map(|(fingerprint, _)| fingerprint).collect();
    let is_over = tell.reason == Step::Over;
    let shown = members
        .iter()
        .filter(|alert| is_over || state.book.alert(**alert).is_some_and(|alert| !alert.is_resolved(now)));
    let alerts = frozen(state, shown, now);
    for to in destinations(state, &tell.target) {
        let mut notice = notice(&page.group, &page.group_labels, to, Arc::clone(&alerts), Reason::Escalation, now);
        notice.remark = Some(remark(page, tell));
        send(notice, now, transition);
    }
}

/// Where a target is reached: one way of a user, or every integration of a receiver.
fn destinations(state: &State, target: &Target) -> Vec<Destination> {
    let alerting = state.alerting();
    let all = |receiver: &ReceiverName| {
        let lanes = alerting.lanes_of(receiver.as_str());
        (0..lanes).map(|integration| Destination { receiver: receiver.clone(), integration }).collect()
    };
    match target {
        Target::Receiver(receiver) | Target::User { contact: Contact::Receiver(receiver), .. } => all(receiver),
        Target::User { user, contact } => {
            let contacts = state.config().and_then(|config| config.people.users.get(user)).map(|user| &user.contacts);
            let own = contacts.into_iter().flatten().filter(|contact| !matches!(contact, Contact::Receiver(_)));
            let index = own.into_iter().position(|known| known == contact);
            let receiver = crate::alerting::receiver_of_user(user);
            index.map(|integration| Destination { receiver, integration }).into_iter().collect()
        }
    }
}

fn remark(page: &Page, tell: &Tell) -> String {
    let mut text = match tell.reason {
        Step::Over => format!("Page {} is over.", page.state.id),
        Step::Opened => format!("Page {}: you are the first to be told.", page.state.id),
        Step::Escalated => format!("Page {}: nobody answered on the level before.", page.state.id),
        Step::Repeated => format!("Page {}: nobody answered in the whole round before.", page.state.id),
        Step::Resumed => format!("Page {}: it is not acknowledged any more.", page.state.id),
    };
    if tell.reason != Step::Over {
        let _infallible = write!(text, " Level {} of {}, round {}.", tell.level, page.state.policy.name, tell.round);
    }
    if let Some(schedule) = &tell.schedule {
        let _infallible = write!(text, " On call in {schedule}.");
    }
    for schedule in &tell.nobody_in {
        let _infallible = write!(text, " Nobody is on call in {schedule}.");
    }
    text
}
