//! What can become different in the book, and what a store keeps of it.

use std::sync::Arc;

use crate::alert::Alert;
use crate::group::Group;
use crate::id::{GroupKey, NoticeId, PageId, ReceiverName, SilenceId, WindowName};
use crate::label::Fingerprint;
use crate::maintenance::{Progress, Window};
use crate::notify::Notice;
use crate::page::Page;
use crate::pipeline::book::Usage;
use crate::suppress::silence::Silence;
use crate::time::Timestamp;

/// One thing that is different from now on; `None` removes it.
#[derive(Clone, Debug, PartialEq)]
pub enum BookChange {
    Alert(Fingerprint, Option<Arc<Alert>>),
    Group(GroupKey, Option<Arc<Group>>),
    Silence(SilenceId, Option<Arc<Silence>>),
    /// The outbox: committed with what it follows from.
    Notice(NoticeId, Option<Arc<Notice>>),
    Page(PageId, Option<Arc<Page>>),
    /// A maintenance window of the API.
    Window(WindowName, Option<Arc<Window>>),
    Progress(WindowName, Option<Progress>),
    /// When to look at a page again. In memory only.
    PageLook(PageId, Timestamp),
    /// The same alert was posted again and only lasts longer. In memory only: a restart grants every alert a while.
    Seen(Fingerprint, Arc<Alert>),
    /// When to look at an alert again. In memory only.
    Look(Fingerprint, Timestamp),
    /// Which groups an alert is told in. In memory only: it follows from the routes.
    Placed(Fingerprint, Arc<[GroupKey]>),
    /// A notice was handed to its dispatcher; without a word from there it is handed out again then. In memory only.
    Handed(NoticeId, Timestamp),
    /// In memory only.
    Usage(ReceiverName, Option<Usage>),
    /// An alert was refused because the book is full; counted by its `alertname`. In memory only.
    Overflow(String),
}

impl BookChange {
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        match self {
            Self::Alert(..)
            | Self::Group(..)
            | Self::Silence(..)
            | Self::Notice(..)
            | Self::Page(..)
            | Self::Window(..)
            | Self::Progress(..) => true,
            Self::Seen(..)
            | Self::Look(..)
            | Self::PageLook(..)
            | Self::Placed(..)
            | Self::Handed(..)
            | Self::Usage(..)
            | Self::Overflow(_) => false,
        }
    }
}

/// What a store kept of the book.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub alerts: Vec<Alert>,
    pub groups: Vec<Group>,
    pub silences: Vec<Silence>,
    pub notices: Vec<Notice>,
    pub pages: Vec<Page>,
    pub windows: Vec<Window>,
    pub progress: Vec<(WindowName, Progress)>,
}

impl Kept {
    pub(super) fn into_changes(self) -> Vec<BookChange> {
        let alerts = self.alerts.into_iter().map(|alert| {
            let fingerprint = alert.fingerprint();
            BookChange::Alert(fingerprint, Some(Arc::new(alert)))
        });
        let groups = self.groups.into_iter().map(|group| BookChange::Group(group.key.clone(), Some(Arc::new(group))));
        let silences = self.silences.into_iter();
        let silences = silences.map(|silence| BookChange::Silence(silence.id.clone(), Some(Arc::new(silence))));
        let notices = self.notices.into_iter();
        let notices = notices.map(|notice| BookChange::Notice(notice.id.clone(), Some(Arc::new(notice))));
        let pages = self.pages.into_iter();
        let pages = pages.map(|page| BookChange::Page(page.state.id.clone(), Some(Arc::new(page))));
        let windows = self.windows.into_iter();
        let windows = windows.map(|window| BookChange::Window(window.name.clone(), Some(Arc::new(window))));
        let progress = self.progress.into_iter().map(|(name, progress)| BookChange::Progress(name, Some(progress)));
        alerts.chain(groups).chain(silences).chain(notices).chain(pages).chain(windows).chain(progress).collect()
    }
}
