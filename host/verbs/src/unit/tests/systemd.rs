//! A service that speaks systemd's interface: units that move, and jobs that end as a test wants them to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::task::JoinSet;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, DBusError, ObjectServer, connection, interface};

/// What becomes of a unit's next job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Done,
    /// The word of its end is on its way before the answer is.
    DoneAtOnce,
    /// After the word of a thousand others.
    DoneAmongOthers,
    /// It ends well, and the unit is broken right away.
    DoneThenFails,
    Ends(&'static str),
    Hangs,
    Denied,
    Refused,
}

#[derive(Debug)]
struct Unit {
    load: String,
    active: String,
    fate: Fate,
}

#[derive(Debug, Default)]
struct World {
    units: BTreeMap<String, Unit>,
    jobs: u32,
    called_off: u32,
    subscribed: bool,
    /// Words of ends that are under way.
    words: JoinSet<()>,
}

type Shared = Arc<Mutex<World>>;

pub(super) struct Fake {
    shared: Shared,
    queued: Arc<Notify>,
    _connection: Connection,
}

impl Fake {
    pub(super) async fn start(address: &str) -> Self {
        let (shared, queued) = (Shared::default(), Arc::new(Notify::new()));
        let top = Top { shared: Arc::clone(&shared), queued: Arc::clone(&queued) };
        let connection = connection::Builder::address(address).unwrap().name("org.freedesktop.systemd1").unwrap();
        let connection = connection.serve_at("/org/freedesktop/systemd1", top).unwrap().build().await.unwrap();
        Self { shared, queued, _connection: connection }
    }

    pub(super) fn unit(&self, name: &str, active: &str, fate: Fate) {
        let unit = Unit { load: "loaded".to_owned(), active: active.to_owned(), fate };
        self.shared.lock().unwrap().units.insert(name.to_owned(), unit);
    }

    pub(super) fn load(&self, name: &str, load: &str) {
        let unit = Unit { load: load.to_owned(), active: "inactive".to_owned(), fate: Fate::Done };
        self.shared.lock().unwrap().units.insert(name.to_owned(), unit);
    }

    pub(super) fn state(&self, name: &str) -> String {
        self.shared.lock().unwrap().units[name].active.clone()
    }

    pub(super) fn called_off(&self) -> u32 {
        self.shared.lock().unwrap().called_off
    }

    /// Told of each job.
    pub(super) fn queued(&self) -> Arc<Notify> {
        Arc::clone(&self.queued)
    }
}

#[derive(Debug, DBusError)]
#[zbus(prefix = "org.freedesktop.systemd1")]
enum Said {
    #[zbus(error)]
    Bus(zbus::Error),
    NoSuchUnit(String),
    OnlyByDependency(String),
    #[zbus(name = "AccessDenied")]
    AccessDenied(String),
}

struct Top {
    shared: Shared,
    queued: Arc<Notify>,
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Top {
    fn subscribe(&self) {
        self.shared.lock().unwrap().subscribed = true;
    }

    /// As systemd does, it also gives a unit that is not there a path.
    async fn load_unit(
        &self,
        name: String,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> Result<OwnedObjectPath, Said> {
        let path = format!("/org/freedesktop/systemd1/unit/{}", name.replace(['.', '-', '@'], "_"));
        let view = UnitView { name, shared: Arc::clone(&self.shared) };
        let _is_new = server.at(path.as_str(), view).await?;
        Ok(path.try_into().unwrap())
    }

    async fn restart_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> Result<OwnedObjectPath, Said> {
        self.queue(&name, &mode, "active", emitter.to_owned(), server).await
    }

    async fn start_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> Result<OwnedObjectPath, Said> {
        self.queue(&name, &mode, "active", emitter.to_owned(), server).await
    }

    async fn stop_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> Result<OwnedObjectPath, Said> {
        self.queue(&name, &mode, "inactive", emitter.to_owned(), server).await
    }

    #[zbus(signal)]
    async fn job_removed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        job: OwnedObjectPath,
        unit: &str,
        result: &str,
    ) -> zbus::Result<()>;
}

impl Top {
    async fn queue(
        &self,
        name: &str,
        mode: &str,
        after: &str,
        emitter: SignalEmitter<'static>,
        server: &ObjectServer,
    ) -> Result<OwnedObjectPath, Said> {
        assert_eq!(mode, "replace");
        let (id, fate) = {
            let mut world = self.shared.lock().unwrap();
            assert!(world.subscribed, "nobody would hear of the job's end");
            world.jobs += 1;
            let id = world.jobs;
            let unit = world.units.get_mut(name).ok_or_else(|| Said::NoSuchUnit(name.to_owned()))?;
            match unit.fate {
                Fate::Denied => return Err(Said::AccessDenied("interactive authentication required".to_owned())),
                Fate::Refused => return Err(Said::OnlyByDependency("it says no".to_owned())),
                Fate::Done | Fate::DoneAtOnce | Fate::DoneAmongOthers => after.clone_into(&mut unit.active),
                Fate::DoneThenFails | Fate::Ends("failed") => "failed".clone_into(&mut unit.active),
                Fate::Ends(_) | Fate::Hangs => {}
            }
            (id, unit.fate)
        };
        let path: OwnedObjectPath = format!("/org/freedesktop/systemd1/job/{id}").try_into().unwrap();
        let view = JobView { shared: Arc::clone(&self.shared) };
        let _is_new = server.at(path.as_str(), view).await?;
        self.queued.notify_one();
        let (unit, job) = (name.to_owned(), path.clone());
        let tell = async move {
            let (others, result) = match fate {
                Fate::Hangs => return,
                Fate::DoneAmongOthers => (1_000, "done"),
                Fate::Ends(result) => (0, result),
                _ => (0, "done"),
            };
            for other in 0..others {
                let path = format!("/org/freedesktop/systemd1/job/{}", 10_000 + other).try_into().unwrap();
                // Some of them for the very same unit.
                let of = if other % 2 == 0 { "other.service" } else { &unit };
                Self::job_removed(&emitter, 10_000 + other, path, of, "failed").await.unwrap();
            }
            Self::job_removed(&emitter, id, job, &unit, result).await.unwrap();
        };
        if matches!(fate, Fate::DoneAtOnce) {
            tell.await;
        } else {
            self.shared.lock().unwrap().words.spawn(tell);
        }
        Ok(path)
    }
}

struct UnitView {
    name: String,
    shared: Shared,
}

impl UnitView {
    fn see(&self, of: impl FnOnce(&Unit) -> String, nothing: &str) -> String {
        self.shared.lock().unwrap().units.get(&self.name).map_or_else(|| nothing.to_owned(), of)
    }
}

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl UnitView {
    #[zbus(property)]
    fn id(&self) -> String {
        self.name.clone()
    }

    #[zbus(property)]
    fn load_state(&self) -> String {
        self.see(|unit| unit.load.clone(), "not-found")
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        self.see(|unit| unit.active.clone(), "inactive")
    }

    #[zbus(property)]
    fn sub_state(&self) -> String {
        let sub = |unit: &Unit| match unit.active.as_str() {
            "active" => "running".to_owned(),
            "inactive" => "dead".to_owned(),
            other => other.to_owned(),
        };
        self.see(sub, "dead")
    }
}

struct JobView {
    shared: Shared,
}

#[interface(name = "org.freedesktop.systemd1.Job")]
impl JobView {
    fn cancel(&self) {
        self.shared.lock().unwrap().called_off += 1;
    }
}
