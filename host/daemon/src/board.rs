//! What anyone may look at: the committed state and the newest results, in memory, with a stream of what changed.
//! Written by the pipeline alone, after each commit. Knows nothing of HTTP.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tocsin_core::anomaly::Anomaly;
use tocsin_core::health::{Health, HealthStatus};
use tocsin_core::id::{CheckName, DetectorName, PluginName};
use tocsin_core::pipeline::{
    BookChange, Change, CheckState, DetectorRun, DetectorState, IncidentChange, RemediationChange, State,
};
use tocsin_core::quarantine::Quarantine;
use tocsin_core::run::{RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;
use tokio::sync::broadcast;

/// Points of a check's sparkline.
const RECENT_MAX: usize = 40;
const ANOMALIES_MAX: usize = 200;
/// A reader that falls further behind is told to look at everything anew.
const NEWS_QUEUE: usize = 16_384;

/// What is known of one check.
#[derive(Clone, Debug, Default)]
pub struct Post {
    pub state: Option<CheckState>,
    pub latest: Option<Arc<RunRecord>>,
    /// The newest run that was not ok: its findings and evidence are what people look for.
    pub latest_bad: Option<Arc<RunRecord>>,
    /// Oldest first.
    pub recent: VecDeque<Recent>,
}

impl Post {
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.state.as_ref().map_or(HealthStatus::Unknown, |state| state.health.status)
    }

    #[must_use]
    pub fn health(&self) -> Option<&Health> {
        self.state.as_ref().map(|state| &state.health)
    }

    #[must_use]
    pub fn quarantine(&self) -> Option<&Quarantine> {
        self.state.as_ref().map(|state| &state.quarantine)
    }
}

/// One run, as a point of a sparkline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recent {
    pub at: Timestamp,
    pub status: HealthStatus,
    pub wall_us: u64,
    /// The value of the observation's first metric.
    pub headline: Option<f64>,
}

/// What changed, for those who watch.
#[derive(Clone, Debug)]
pub enum News {
    Ran(Arc<RunRecord>),
    Check {
        check: CheckName,
        from: HealthStatus,
        to: HealthStatus,
        at: Timestamp,
    },
    Anomaly(Arc<Anomaly>),
    /// Checks or detectors came, went or changed.
    Configured,
    /// A plugin came, went or changed.
    Plugin(PluginName),
    /// Of the book: an alert, a silence or a page.
    Book(BookChange),
    Incident(IncidentChange),
    Remediation(RemediationChange),
}

#[derive(Debug)]
pub struct Board {
    posts: Mutex<BTreeMap<CheckName, Post>>,
    detectors: Mutex<BTreeMap<DetectorName, DetectorState>>,
    detectors_ended: Mutex<BTreeMap<DetectorName, RunOutcome>>,
    anomalies: Mutex<VecDeque<Arc<Anomaly>>>,
    news: broadcast::Sender<News>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            posts: Mutex::default(),
            detectors: Mutex::default(),
            detectors_ended: Mutex::default(),
            anomalies: Mutex::default(),
            news: broadcast::channel(NEWS_QUEUE).0,
        }
    }
}

impl Board {
    /// Goes on with what the store kept: the state, and the newest run of each check.
    #[must_use]
    pub fn restore(state: &State, newest: impl Iterator<Item = RunRecord>) -> Self {
        let board = Self::default();
        {
            let mut posts = lock(&board.posts);
            for name in state.checks() {
                posts.insert(name.clone(), Post { state: state.check(name).cloned(), ..Post::default() });
            }
            for record in newest {
                if let Some(post) = posts.get_mut(&record.check) {
                    post.ran(&Arc::new(record));
                }
            }
            let mut detectors = lock(&board.detectors);
            for name in state.detectors() {
                detectors.extend(state.detector(name).cloned().map(|state| (name.clone(), state)));
            }
        }
        board
    }

    #[must_use]
    pub fn post(&self, check: &CheckName) -> Option<Post> {
        lock(&self.posts).get(check).cloned()
    }

    /// Calls `look` with every check's post, in order of their names.
    pub fn each<T>(&self, look: impl Fn(&CheckName, &Post) -> T) -> Vec<T> {
        lock(&self.posts).iter().map(|(name, post)| look(name, post)).collect()
    }

    #[must_use]
    pub fn detector(&self, name: &DetectorName) -> Option<DetectorState> {
        lock(&self.detectors).get(name).cloned()
    }

    /// How a detector's last run ended.
    #[must_use]
    pub fn detector_ended(&self, name: &DetectorName) -> Option<RunOutcome> {
        lock(&self.detectors_ended).get(name).cloned()
    }

    /// Newest first.
    #[must_use]
    pub fn anomalies(&self) -> Vec<Arc<Anomaly>> {
        lock(&self.anomalies).iter().rev().cloned().collect()
    }

    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// A change that is committed.
    pub fn changed(&self, change: &Change) {
        match change {
            Change::Check(name, Some(state)) => {
                let before = lock(&self.posts).entry(name.clone()).or_default().state.replace(state.clone());
                let from = before.map_or(HealthStatus::Unknown, |before| before.health.status);
                let (to, at) = (state.health.status, state.health.since);
                if from != to {
                    self.tell(|| News::Check { check: name.clone(), from, to, at });
                }
            }
            Change::Check(name, None) => drop(lock(&self.posts).remove(name)),
            Change::Detector(name, Some(state)) => {
                drop(lock(&self.detectors).insert(name.clone(), state.clone()));
            }
            Change::Detector(name, None) => drop(lock(&self.detectors).remove(name)),
            Change::Anomaly(anomaly) => {
                let anomaly = Arc::new(anomaly.clone());
                let mut anomalies = lock(&self.anomalies);
                if anomalies.len() == ANOMALIES_MAX {
                    anomalies.pop_front();
                }
                anomalies.push_back(Arc::clone(&anomaly));
                self.tell(|| News::Anomaly(anomaly));
            }
            Change::Config(_) => self.tell(|| News::Configured),
            Change::Book(change @ (BookChange::Alert(..) | BookChange::Silence(..) | BookChange::Page(..))) => {
                self.tell(|| News::Book(change.clone()));
            }
            Change::Book(_) => {}
            Change::Incident(change) => self.tell(|| News::Incident(change.clone())),
            Change::Remediation(change) => self.tell(|| News::Remediation(change.clone())),
            Change::Watch(..) | Change::Rule(..) | Change::Slo(_) | Change::Budget(_) => {}
        }
    }

    /// A run whose consequences are committed.
    pub fn ran(&self, record: &Arc<RunRecord>) {
        if let Some(post) = lock(&self.posts).get_mut(&record.check) {
            post.ran(record);
        }
        self.tell(|| News::Ran(Arc::clone(record)));
    }

    /// A detector's run whose consequences are committed.
    pub fn judged(&self, run: &DetectorRun) {
        lock(&self.detectors_ended).insert(run.detector.clone(), run.outcome.clone());
    }

    pub fn plugin_changed(&self, name: &PluginName) {
        self.tell(|| News::Plugin(name.clone()));
    }

    /// News costs nothing while nobody watches.
    fn tell(&self, news: impl FnOnce() -> News) {
        if self.news.receiver_count() > 0 {
            // The last watcher may have left just now.
            let _nobody = self.news.send(news());
        }
    }
}

impl Post {
    fn ran(&mut self, record: &Arc<RunRecord>) {
        let status = record.status().map_or(HealthStatus::Unknown, HealthStatus::from);
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        let headline = record.observation.as_ref().and_then(|observation| observation.metrics.first());
        self.recent.push_back(Recent {
            at: record.started_at,
            status,
            wall_us: record.cost.wall_us,
            headline: headline.map(|metric| metric.value),
        });
        if status != HealthStatus::Ok {
            self.latest_bad = Some(Arc::clone(record));
        }
        self.latest = Some(Arc::clone(record));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
