//! The node as a value: `build` sets everything up and reports every error before any port is bound, `spawn` starts
//! the rooms. Knows nothing of what the rooms do.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use tocsin_core::config::{self, Config, Defaults, Files};
use tocsin_core::id::DetectorName;
use tocsin_core::notify::Notice;
use tocsin_core::pipeline::{Event, State};
use tocsin_sandbox::net::{NetworkConfig, OwnedPorts};
use tocsin_sandbox::{Network, Sandbox, SandboxConfig, WallClock};
use tocsin_store::{Options, Store};
use tocsin_verbs::Executor;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::alerts::Alerts;
use crate::auth::Auth;
use crate::board::Board;
use crate::control::Control;
use crate::detection::{self, Judge};
use crate::dispatch::{Carrier, Clients, Dispatch, Uncommitted};
use crate::http::{self, Front};
use crate::keeper::Keeper;
use crate::learn;
use crate::metrics::Metrics;
use crate::pipeline::{Inbox, Outlets, Pipeline, Report, Request, SharedState};
use crate::recorder::{Entry, Recorder};
use crate::registry::{self, Registry};
use crate::remedy::{self, Remedy};
use crate::runner::Runner;
use crate::scheduler::{Command, Scheduler};
use crate::secrets::NodeSecrets;
use crate::slots::{self, Wanted};
use crate::sources;
use crate::tasks::Tasks;
use crate::view::Node;

mod running;

use running::Stop;
pub use running::{Drained, Running};

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Settings {
    pub config: PathBuf,
    /// Instead of the configuration's.
    pub listen: Option<std::net::SocketAddr>,
    /// Instead of the configuration's.
    pub data: Option<PathBuf>,
}

impl Settings {
    /// The configuration with what the command line says instead.
    #[must_use]
    pub fn over(&self, mut config: Config) -> Config {
        config.listen = self.listen.unwrap_or(config.listen);
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        config
    }
}

/// Reports that may wait for the pipeline; a run that finds it full waits with its report.
const REPORTS_QUEUE: usize = 4_096;
const EVENTS_QUEUE: usize = 1_024;
/// Requests of clients that may wait; more of them wait outside.
const REQUESTS_QUEUE: usize = 64;
/// Notices on their way to the dispatcher; what finds it full is handed out again later.
const NOTICES_QUEUE: usize = 4_096;
/// Steps of remediations that wait to be begun; core has fewer under way.
const REMEDY_QUEUE: usize = 2_048;
/// Resolved incidents whose metrics wait to be looked at.
const LEARN_QUEUE: usize = 256;
/// Reads of what was counted long ago; what finds it full is asked for again.
const SLOTS_QUEUE: usize = 65_536;
const COMMANDS_QUEUE: usize = 1_024;
const DETECTION_QUEUE: usize = 4_096;
/// Runs whose history waits to be written; what comes on top is shed and counted.
const HISTORY_QUEUE: usize = 65_536;

/// A node, set up, with its port bound, not running yet.
pub struct App {
    config: Arc<Config>,
    sources: Files,
    settings: Settings,
    defaults: Defaults,
    clock: Arc<dyn WallClock>,
    store: Store,
    state: State,
    board: Arc<Board>,
    keeper: Arc<Keeper>,
    registry: Arc<Registry>,
    secrets: Arc<NodeSecrets>,
    metrics: Arc<Metrics>,
    executor: Executor,
    auth: Auth,
    listener: TcpListener,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl App {
    /// Sets everything up.
    ///
    /// # Errors
    /// The whole of what is wrong, as sentences, before a port is bound.
    pub async fn build(settings: Settings, clock: Arc<dyn WallClock>) -> anyhow::Result<Self> {
        let defaults = defaults(&settings);
        let sources = sources::read(&settings.config, &defaults)?;
        let early =
            sources.own.first().map(|source| config::settings(source, &defaults)).context("no configuration")?;
        let early = settings.over(early);
        let data = early.data.clone();
        make_private(&data).with_context(|| format!("the data folder {} cannot be made", data.display()))?;

        let owned = OwnedPorts::default();
        let sandbox = Sandbox::new(SandboxConfig {
            cache: Some(data.join("cache")),
            concurrency: early.concurrency,
            memory_bytes_max: tocsin_core::limits::CEILING.memory_bytes,
            network: network(&early, owned.clone())?,
            clock: Arc::clone(&clock),
        })?;
        let plugins = data.join("plugins");
        make_private(&plugins).with_context(|| format!("the folder {} cannot be made", plugins.display()))?;
        let registry = Registry::open(&plugins, sandbox).await?;
        let config = config::compile(&sources, &registry::catalog(&registry, None), &defaults)
            .map_err(|errors| anyhow::anyhow!("the configuration is not valid:\n{errors}"))?;
        let config = settings.over(config);

        let (store, state, board, keeper) = restore(&config).await?;
        let auth = Auth::open(&config.data, config.listen, &config.tokens)?;
        let secrets = NodeSecrets::default();
        for problem in secrets.read(&config.secrets) {
            tracing::warn!("{problem}");
        }
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("{} cannot be listened on; is another pluginhost running?", config.listen))?;
        owned.insert(listener.local_addr()?);
        let metrics = Arc::new(Metrics::new()?);
        let secrets = Arc::new(secrets);
        let network = Network::new(network(&early, owned)?)?;
        let executor = remedy::executor(&config.data, network, Arc::clone(&secrets), Arc::clone(&clock))?;
        Ok(Self {
            config: Arc::new(config),
            sources,
            settings,
            defaults,
            clock,
            store,
            state,
            board: Arc::new(board),
            keeper: Arc::new(keeper),
            registry: Arc::new(registry),
            secrets,
            metrics,
            executor,
            auth,
            listener,
        })
    }

    /// How long a shutdown may take.
    #[must_use]
    pub fn shutdown_grace(&self) -> Duration {
        self.config.shutdown_grace
    }

    /// The room that carries notices out.
    fn dispatch(&self, config: &watch::Receiver<Arc<Config>>, tasks: &Tasks, events: &mpsc::Sender<Event>) -> Dispatch {
        let carrier = Carrier {
            clock: Arc::clone(&self.clock),
            config: config.clone(),
            registry: Arc::clone(&self.registry),
            secrets: Arc::clone(&self.secrets),
            metrics: Arc::clone(&self.metrics),
            clients: Clients::default(),
        };
        let (metrics, tasks, events) = (Arc::clone(&self.metrics), tasks.clone(), events.clone());
        Dispatch { carrier: Arc::new(carrier), metrics, tasks, events }
    }

    /// The room that carries remediations out.
    fn remedy(
        &self,
        config: &watch::Receiver<Arc<Config>>,
        tasks: &Tasks,
        (scheduler, events): (mpsc::Sender<Command>, mpsc::Sender<Event>),
    ) -> Remedy {
        Remedy {
            executor: self.executor.clone(),
            registry: Arc::clone(&self.registry),
            secrets: Arc::clone(&self.secrets),
            board: Arc::clone(&self.board),
            config: config.clone(),
            metrics: Arc::clone(&self.metrics),
            scheduler,
            tasks: tasks.clone(),
            events,
        }
    }

    /// What is looked up, and cleared away, once a repair or an incident is over.
    fn after_repairs(
        &self,
        state: &SharedState,
        tasks: &Tasks,
        stop: &Stop,
        (nudges, resolved): (mpsc::Receiver<()>, mpsc::Receiver<learn::Resolved>),
        (events, requests): (mpsc::Sender<Event>, mpsc::Sender<Request>),
    ) {
        let tidying = remedy::tidy(self.executor.clone(), Arc::clone(state), Arc::clone(&self.clock), nudges, requests);
        let learning = learn::learn(self.store.clone(), Arc::clone(state), resolved, events);
        tasks.room("tidy", stop.pipeline.clone(), tidying);
        tasks.room("learn", stop.pipeline.clone(), learning);
    }

    fn runner(&self, reports: mpsc::Sender<Report>) -> Runner {
        let runner = Runner::new(
            Arc::clone(&self.clock),
            Arc::clone(&self.registry),
            Arc::clone(&self.secrets),
            Arc::clone(&self.keeper),
            Arc::clone(&self.metrics),
            reports,
        );
        runner.sample_transcripts(self.config.retention.transcript_sample);
        runner
    }

    fn recorder(&self, config: &watch::Receiver<Arc<Config>>, detection: mpsc::Sender<DetectorName>) -> Recorder {
        Recorder {
            clock: Arc::clone(&self.clock),
            store: self.store.clone(),
            metrics: Arc::clone(&self.metrics),
            config: config.clone(),
            detection,
        }
    }

    fn judge(&self, config: &watch::Receiver<Arc<Config>>, events: mpsc::Sender<Event>) -> Judge {
        Judge {
            store: self.store.clone(),
            registry: Arc::clone(&self.registry),
            secrets: Arc::clone(&self.secrets),
            board: Arc::clone(&self.board),
            metrics: Arc::clone(&self.metrics),
            config: config.clone(),
            events,
        }
    }

    /// Starts every room.
    ///
    /// # Errors
    /// If the bound port cannot be told.
    pub fn spawn(mut self) -> anyhow::Result<Running> {
        let address = self.listener.local_addr()?;
        let queues = Queues::new();
        let (uncommitted_sender, uncommitted) = Uncommitted::new();
        let (stop, tasks) = (Stop::default(), Tasks::default());
        let (config_sender, config) = watch::channel(Arc::clone(&self.config));
        let dispatch = self.dispatch(&config, &tasks, &queues.events.0);

        let remedy = self.remedy(&config, &tasks, (queues.commands.0.clone(), queues.events.0.clone()));
        let reading = slots::read(self.store.clone(), queues.slots.1, queues.events.0.clone());
        tasks.room("slots", stop.pipeline.clone(), reading);
        let runner = Arc::new(self.runner(queues.reports.0));
        let recorder = self.recorder(&config, queues.detection.0);
        let judge = self.judge(&config, queues.events.0.clone());
        let state: SharedState = Arc::new(RwLock::new(std::mem::take(&mut self.state)));
        let told = (queues.events.0.clone(), queues.requests.0.clone());
        self.after_repairs(&state, &tasks, &stop, (queues.tidy.1, queues.learn.1), told);
        let pipeline = Pipeline {
            clock: Arc::clone(&self.clock),
            state: Arc::clone(&state),
            store: self.store.clone(),
            board: Arc::clone(&self.board),
            metrics: Arc::clone(&self.metrics),
            outlets: Outlets {
                scheduler: queues.commands.0.clone(),
                recorder: queues.history.0,
                dispatcher: queues.notices.0,
                slots: queues.slots.0,
                remedy: queues.remedy.0,
                learn: queues.learn.0,
                tidy: queues.tidy.0,
                uncommitted: uncommitted_sender,
            },
            pending: Vec::new(),
        };
        let scheduler =
            Scheduler::new(self.config.concurrency, Arc::clone(&runner), tasks.clone(), Arc::clone(&self.metrics));
        let control = Arc::new(Control {
            settings: self.settings,
            defaults: self.defaults,
            clock: Arc::clone(&self.clock),
            registry: Arc::clone(&self.registry),
            secrets: self.secrets,
            keeper: self.keeper,
            runner,
            board: Arc::clone(&self.board),
            metrics: Arc::clone(&self.metrics),
            auth: self.auth.clone(),
            scheduler: queues.commands.0,
            events: queues.events.0,
            config: config_sender,
            sources: Mutex::new(self.sources),
        });
        let alerts = Alerts::new(Arc::clone(&self.clock), state, queues.requests.0);
        let (metrics, shown) = (Arc::clone(&self.metrics), alerts.clone());
        let node = Node::new(Arc::clone(&control), self.board, self.registry, self.store, metrics, shown, config);

        // Nothing is in the queues yet, so neither send can fail or wait: the state knows its checks before the
        // scheduler starts the first.
        control.events.try_send(Event::Configured(Arc::clone(&self.config)))?;
        control.scheduler.try_send(Command::Configure(self.config))?;

        let inbox = Inbox { reports: queues.reports.1, events: queues.events.1, requests: queues.requests.1 };
        // Both also end with the last of those who send to them, which may be before they are told to.
        tasks.room("recorder", stop.work.clone(), recorder.run(queues.history.1));
        tasks.room("pipeline", stop.work.clone(), pipeline.run(inbox, stop.pipeline.clone()));
        let judging = detection::run(Arc::new(judge), tasks.clone(), queues.detection.1, stop.work.clone());
        let dispatching = dispatch.run(queues.notices.1, uncommitted, stop.work.clone());
        tasks.room("dispatch", stop.work.clone(), dispatching);
        tasks.room("remedy", stop.work.clone(), remedy.run(queues.remedy.1, stop.work.clone()));
        tasks.room("detection", stop.work.clone(), judging);
        tasks.room("scheduler", stop.work.clone(), scheduler.run(queues.commands.1, stop.work.clone()));
        tasks.room("news", stop.http.clone(), node.clone().tell(stop.http.clone()));
        let node = Arc::new(node);
        let front = front(&node, alerts, self.auth, self.metrics, stop.http.clone());
        tasks.room("http", stop.http.clone(), http::serve(self.listener, front));
        Ok(Running { address, control, audit: node, tasks, stop })
    }
}

/// The node is what HTTP shows, and keeps the log of who changed it.
fn front(node: &Arc<Node>, alerts: Alerts, auth: Auth, metrics: Arc<Metrics>, closing: CancellationToken) -> Front {
    Front::new(Arc::<Node>::clone(node), alerts, auth, Arc::<Node>::clone(node), metrics, closing)
}

struct Queues {
    reports: (mpsc::Sender<Report>, mpsc::Receiver<Report>),
    events: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
    requests: (mpsc::Sender<Request>, mpsc::Receiver<Request>),
    notices: (mpsc::Sender<Arc<Notice>>, mpsc::Receiver<Arc<Notice>>),
    slots: (mpsc::Sender<Wanted>, mpsc::Receiver<Wanted>),
    remedy: (mpsc::Sender<remedy::Wanted>, mpsc::Receiver<remedy::Wanted>),
    learn: (mpsc::Sender<learn::Resolved>, mpsc::Receiver<learn::Resolved>),
    tidy: (mpsc::Sender<()>, mpsc::Receiver<()>),
    commands: (mpsc::Sender<Command>, mpsc::Receiver<Command>),
    history: (mpsc::Sender<Entry>, mpsc::Receiver<Entry>),
    detection: (mpsc::Sender<DetectorName>, mpsc::Receiver<DetectorName>),
}

impl Queues {
    fn new() -> Self {
        Self {
            reports: mpsc::channel(REPORTS_QUEUE),
            events: mpsc::channel(EVENTS_QUEUE),
            requests: mpsc::channel(REQUESTS_QUEUE),
            notices: mpsc::channel(NOTICES_QUEUE),
            slots: mpsc::channel(SLOTS_QUEUE),
            remedy: mpsc::channel(REMEDY_QUEUE),
            learn: mpsc::channel(LEARN_QUEUE),
            tidy: mpsc::channel(1),
            commands: mpsc::channel(COMMANDS_QUEUE),
            history: mpsc::channel(HISTORY_QUEUE),
            detection: mpsc::channel(DETECTION_QUEUE),
        }
    }
}

async fn restore(config: &Config) -> anyhow::Result<(Store, State, Board, Keeper)> {
    let (folder, options) =
        (config.data.clone(), Options { reserve_bytes: config.retention.reserve_bytes, quota_bytes: None });
    let read = tokio::task::spawn_blocking(move || {
        let (store, set_aside) = Store::open_or_set_aside(&folder, &options)?;
        if let Some(set_aside) = set_aside {
            let (reason, path) = (registry::chain(&set_aside.reason), set_aside.path.display());
            tracing::error!(reason, "the database was damaged; it lies at {path}, and the node begins a new one");
        }
        let (state, kept, newest) = (store.load_state()?, store.plugin_states()?, store.last_runs()?);
        Ok::<_, tocsin_store::StoreError>((store, state, kept, newest))
    });
    let (store, state, kept, newest) = read.await??;
    let board = Board::restore(&state, newest.into_iter().map(|run| run.record));
    let keeper = Keeper::restore(kept.into_iter().map(|kept| (kept.plugin, kept.check, kept.entries)));
    Ok((store, state, board, keeper))
}

fn network(config: &Config, owned: OwnedPorts) -> anyhow::Result<NetworkConfig> {
    let read = |path: &PathBuf| {
        std::fs::read(path).with_context(|| format!("network.ca_file: {} cannot be read", path.display()))
    };
    let ca_pem = config.network.ca_file.as_ref().map(read).transpose()?;
    Ok(NetworkConfig { resolver: config.network.resolver, ca_pem, owned })
}

fn defaults(settings: &Settings) -> Defaults {
    let folder = settings.config.parent().unwrap_or(std::path::Path::new("."));
    let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Defaults { node, data: folder.join("data") }
}

/// Makes the folder, for this user alone: it holds tokens and what plugins keep.
fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
