//! The book of alerts: which there are, in which groups they are told, what silences them, and what is on its way out.
//! Its indexes follow from what is in it and cost what one change touches. Knows nothing of when anything is decided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::alert::{Alert, RESOLVED_RETENTION};
use crate::alerting::Alerting;
use crate::group::Group;
use crate::id::{GroupKey, NoticeId, PageId, ReceiverName, SilenceId, WindowName};
use crate::label::Fingerprint;
use crate::maintenance::{Progress, Window};
use crate::notify::Notice;
use crate::page::Page;
use crate::pipeline::state::put;
use crate::suppress::inhibit::{Inhibition, Inhibitor};
use crate::suppress::silence::Silence;
use crate::time::Timestamp;

mod change;
mod timers;

pub use change::{BookChange, Kept};
pub(super) use timers::Timers;

#[derive(Clone, Debug, Default)]
pub struct Book {
    alerts: BTreeMap<Fingerprint, Entry>,
    /// When an alert changes by the passing of time.
    ends: Timers<Fingerprint>,
    groups: BTreeMap<GroupKey, Arc<Group>>,
    members: BTreeMap<GroupKey, BTreeSet<Fingerprint>>,
    flushes: Timers<GroupKey>,
    inhibitor: Inhibitor,
    silences: BTreeMap<SilenceId, Arc<Silence>>,
    expiries: Timers<SilenceId>,
    outbox: BTreeMap<NoticeId, Arc<Notice>>,
    attempts: Timers<NoticeId>,
    receivers: BTreeMap<ReceiverName, Usage>,
    beats: Timers<ReceiverName>,
    pages: BTreeMap<PageId, Arc<Page>>,
    /// Of the open ones.
    page_of: BTreeMap<GroupKey, PageId>,
    climbs: Timers<PageId>,
    /// Windows of the API, besides those of the configuration.
    windows: BTreeMap<WindowName, Arc<Window>>,
    progress: BTreeMap<WindowName, Progress>,
    /// Alerts refused since the start because the book was full, by their `alertname`.
    overflow: BTreeMap<String, u64>,
}

#[derive(Clone, Debug)]
struct Entry {
    alert: Arc<Alert>,
    groups: Arc<[GroupKey]>,
}

/// What a receiver's limits have to know of the past; forgotten by a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// When the last notifications were made, oldest first; as many as the limit allows.
    pub made: Vec<Timestamp>,
    /// Lanes held back since the last summary.
    pub held: BTreeSet<GroupKey>,
    pub next_beat: Option<Timestamp>,
}

impl Book {
    pub(super) fn restore(kept: Kept) -> Self {
        let mut book = Self::default();
        let changes = kept.into_changes();
        changes.iter().for_each(|change| book.apply(change));
        book
    }

    /// New rules of inhibition: every firing alert is looked at once more.
    pub(super) fn configure(&mut self, alerting: &Alerting) {
        self.inhibitor = Inhibitor::new(alerting.inhibit_rules());
        for (fingerprint, entry) in &self.alerts {
            self.inhibitor.insert(*fingerprint, &entry.alert.labels);
        }
    }

    pub(super) fn apply(&mut self, change: &BookChange) {
        match change {
            BookChange::Alert(fingerprint, Some(alert)) => self.insert(*fingerprint, alert),
            BookChange::Alert(fingerprint, None) => self.remove(*fingerprint),
            BookChange::Seen(fingerprint, alert) => {
                if let Some(entry) = self.alerts.get_mut(fingerprint) {
                    entry.alert = Arc::clone(alert);
                }
            }
            BookChange::Look(fingerprint, at) => self.ends.set(*fingerprint, Some(*at)),
            BookChange::Placed(fingerprint, groups) => self.place(*fingerprint, groups),
            BookChange::Group(key, group) => {
                self.flushes.set(key.clone(), group.as_ref().map(|group| group.flush_at));
                put(&mut self.groups, key, group.as_ref());
            }
            BookChange::Silence(id, silence) => {
                let gone_at =
                    silence.as_ref().map(|silence| silence.ends_at.after(crate::suppress::silence::RETENTION));
                self.expiries.set(id.clone(), gone_at);
                put(&mut self.silences, id, silence.as_ref());
            }
            BookChange::Notice(id, notice) => {
                self.attempts.set(id.clone(), notice.as_ref().map(|notice| notice.due_at));
                put(&mut self.outbox, id, notice.as_ref());
            }
            BookChange::Handed(id, again_at) => self.attempts.set(id.clone(), Some(*again_at)),
            BookChange::Usage(receiver, usage) => {
                self.beats.set(receiver.clone(), usage.as_ref().and_then(|usage| usage.next_beat));
                put(&mut self.receivers, receiver, usage.as_ref());
            }
            BookChange::Page(id, page) => self.turn_page(id, page.as_ref()),
            BookChange::PageLook(id, at) => self.climbs.set(id.clone(), Some(*at)),
            BookChange::Window(name, window) => put(&mut self.windows, name, window.as_ref()),
            BookChange::Progress(name, progress) => put(&mut self.progress, name, progress.as_ref()),
            BookChange::Overflow(alertname) => *self.overflow.entry(alertname.clone()).or_default() += 1,
        }
    }

    fn turn_page(&mut self, id: &PageId, page: Option<&Arc<Page>>) {
        // An old page that is forgotten must not take its successor with it.
        if let Some(before) = self.pages.get(id).filter(|before| self.page_of.get(&before.group) == Some(id)) {
            self.page_of.remove(&before.group);
        }
        let look_at = page.and_then(|page| match page.state.closed_at {
            Some(closed_at) => Some(closed_at.after(RESOLVED_RETENTION)),
            None => page.state.next_at(),
        });
        self.climbs.set(id.clone(), look_at);
        if let Some(page) = page.filter(|page| page.is_open()) {
            self.page_of.insert(page.group.clone(), id.clone());
        }
        put(&mut self.pages, id, page);
    }

    fn insert(&mut self, fingerprint: Fingerprint, alert: &Arc<Alert>) {
        let is_over = alert.is_resolved(alert.updated_at);
        self.ends.set(fingerprint, alert.look_at(alert.updated_at));
        if is_over {
            self.inhibitor.remove(fingerprint, &alert.labels);
        } else {
            self.inhibitor.insert(fingerprint, &alert.labels);
        }
        let groups = self.alerts.get(&fingerprint).map(|entry| Arc::clone(&entry.groups)).unwrap_or_default();
        self.alerts.insert(fingerprint, Entry { alert: Arc::clone(alert), groups });
    }

    fn remove(&mut self, fingerprint: Fingerprint) {
        self.place(fingerprint, &Arc::default());
        self.ends.set(fingerprint, None);
        if let Some(entry) = self.alerts.remove(&fingerprint) {
            self.inhibitor.remove(fingerprint, &entry.alert.labels);
        }
    }

    fn place(&mut self, fingerprint: Fingerprint, groups: &Arc<[GroupKey]>) {
        let Some(entry) = self.alerts.get_mut(&fingerprint) else { return };
        let before = std::mem::replace(&mut entry.groups, Arc::clone(groups));
        for left in before.iter().filter(|key| !groups.contains(key)) {
            if let Some(members) = self.members.get_mut(left) {
                members.remove(&fingerprint);
                if members.is_empty() {
                    self.members.remove(left);
                }
            }
        }
        for joined in groups.iter().filter(|key| !before.contains(key)) {
            self.members.entry(joined.clone()).or_default().insert(fingerprint);
        }
    }

    #[must_use]
    pub fn alert(&self, fingerprint: Fingerprint) -> Option<&Arc<Alert>> {
        self.alerts.get(&fingerprint).map(|entry| &entry.alert)
    }

    /// In the order of their fingerprints.
    pub fn alerts(&self) -> impl Iterator<Item = (Fingerprint, &Arc<Alert>)> {
        self.alerts.iter().map(|(fingerprint, entry)| (*fingerprint, &entry.alert))
    }

    #[must_use]
    pub fn alerts_len(&self) -> usize {
        self.alerts.len()
    }

    /// The groups that an alert is told in.
    #[must_use]
    pub fn groups_of(&self, fingerprint: Fingerprint) -> &[GroupKey] {
        self.alerts.get(&fingerprint).map_or(&[], |entry| &entry.groups)
    }

    #[must_use]
    pub fn group(&self, key: &GroupKey) -> Option<&Arc<Group>> {
        self.groups.get(key)
    }

    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.groups.values()
    }

    pub fn members(&self, key: &GroupKey) -> impl Iterator<Item = (Fingerprint, &Arc<Alert>)> {
        let members = self.members.get(key).into_iter().flatten();
        members.filter_map(|fingerprint| Some((*fingerprint, self.alert(*fingerprint)?)))
    }

    /// The source that mutes an alert, if one does.
    #[must_use]
    pub fn inhibition(&self, alert: &Alert, now: Timestamp) -> Option<Inhibition> {
        let firing = |source| self.alert(source).filter(|source| !source.is_resolved(now)).map(|source| &source.labels);
        self.inhibitor.inhibition(&alert.labels, firing)
    }

    #[must_use]
    pub const fn inhibitor(&self) -> &Inhibitor {
        &self.inhibitor
    }

    #[must_use]
    pub fn silence(&self, id: &SilenceId) -> Option<&Arc<Silence>> {
        self.silences.get(id)
    }

    pub fn silences(&self) -> impl Iterator<Item = &Arc<Silence>> {
        self.silences.values()
    }

    #[must_use]
    pub fn notice(&self, id: &NoticeId) -> Option<&Arc<Notice>> {
        self.outbox.get(id)
    }

    /// What is on its way out.
    pub fn outbox(&self) -> impl Iterator<Item = &Arc<Notice>> {
        self.outbox.values()
    }

    #[must_use]
    pub fn page(&self, id: &PageId) -> Option<&Arc<Page>> {
        self.pages.get(id)
    }

    /// Open ones, and those that closed a while ago.
    pub fn pages(&self) -> impl Iterator<Item = &Arc<Page>> {
        self.pages.values()
    }

    /// The open page of a group.
    #[must_use]
    pub fn page_of(&self, group: &GroupKey) -> Option<&Arc<Page>> {
        self.page_of.get(group).and_then(|id| self.pages.get(id))
    }

    /// The open page of a group; else the one that closed last, for as long as it is remembered.
    #[must_use]
    pub fn last_page_of(&self, group: &GroupKey) -> Option<&Arc<Page>> {
        let closed = || self.pages.values().filter(|page| page.group == *group).max_by_key(|page| page.state.closed_at);
        self.page_of(group).or_else(closed)
    }

    /// Maintenance windows that were made over the API.
    pub fn windows(&self) -> impl Iterator<Item = &Arc<Window>> {
        self.windows.values()
    }

    /// How the present occurrence of a window goes, if its end depends on that.
    #[must_use]
    pub fn progress(&self, window: &WindowName) -> Option<&Progress> {
        self.progress.get(window)
    }

    #[must_use]
    pub fn usage(&self, receiver: &ReceiverName) -> Option<&Usage> {
        self.receivers.get(receiver)
    }

    /// Alerts refused since the start because the book was full, by their `alertname`.
    #[must_use]
    pub const fn overflow(&self) -> &BTreeMap<String, u64> {
        &self.overflow
    }

    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        let firsts = [
            self.ends.first(),
            self.flushes.first(),
            self.expiries.first(),
            self.attempts.first(),
            self.beats.first(),
            self.climbs.first(),
        ];
        firsts.into_iter().flatten().min()
    }

    pub(super) fn ends_due(&self, now: Timestamp) -> impl Iterator<Item = &Fingerprint> {
        self.ends.due(now)
    }

    pub(super) fn flushes_due(&self, now: Timestamp) -> impl Iterator<Item = &GroupKey> {
        self.flushes.due(now)
    }

    pub(super) fn silences_due(&self, now: Timestamp) -> impl Iterator<Item = &SilenceId> {
        self.expiries.due(now)
    }

    pub(super) fn attempts_due(&self, now: Timestamp) -> impl Iterator<Item = &NoticeId> {
        self.attempts.due(now)
    }

    pub(super) fn pages_due(&self, now: Timestamp) -> impl Iterator<Item = &PageId> {
        self.climbs.due(now)
    }

    pub(super) fn beats_due(&self, now: Timestamp) -> impl Iterator<Item = &ReceiverName> {
        self.beats.due(now)
    }
}
