//! What is asked of systemd's own interface: how a unit stands, a job, and the word of how it ended.

use std::fmt;

use futures_util::StreamExt as _;
use zbus::message::Type;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, MatchRule, MessageStream};

use super::bus::{Asked, Bus, BusError};

const NAME: &str = "org.freedesktop.systemd1";
const PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const JOB: &str = "org.freedesktop.systemd1.Job";
/// Ends of jobs of one unit that may wait to be read.
const ENDS_MAX: usize = 256;

/// systemd, on one connection.
#[derive(Debug)]
pub(super) struct Systemd {
    connection: Connection,
    /// Of the process that answers to systemd's name: nobody else can speak in it.
    owner: String,
}

/// How a unit stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Its own name, where it was asked for by another.
    pub(super) id: String,
    pub(super) load: String,
    active: String,
    sub: String,
}

impl Standing {
    pub(super) fn is_active(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating" | "reloading" | "refreshing")
    }

    pub(super) fn is_failed(&self) -> bool {
        self.active == "failed"
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sub.is_empty() || self.sub == self.active {
            f.write_str(&self.active)
        } else {
            write!(f, "{} ({})", self.active, self.sub)
        }
    }
}

/// How a job ended, by systemd's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobEnd {
    Done,
    Canceled,
    Skipped,
    /// `failed`, `timeout`, `dependency`, or another.
    Other(String),
}

impl JobEnd {
    pub(super) fn word(&self) -> &str {
        match self {
            Self::Done => "done",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for JobEnd {
    fn from(word: String) -> Self {
        match word.as_str() {
            "done" => Self::Done,
            "canceled" => Self::Canceled,
            "skipped" => Self::Skipped,
            _ => Self::Other(word),
        }
    }
}

/// The ends of a unit's jobs, from before one was queued.
pub(super) struct Ends(MessageStream);

impl Ends {
    /// `None` once the bus is gone.
    pub(super) async fn of(&mut self, job: &str) -> Option<JobEnd> {
        loop {
            let message = self.0.next().await?.ok()?;
            let body = message.body();
            let Ok((_, path, _, result)) = body.deserialize::<(u32, OwnedObjectPath, String, String)>() else {
                continue;
            };
            if path.as_str() == job {
                return Some(result.into());
            }
        }
    }
}

impl Systemd {
    pub(super) async fn connect(bus: &Bus) -> Result<Self, BusError> {
        let connection = bus.connect().await?;
        let bus =
            Asked { name: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus" };
        let owner: String = bus.call(&connection, "GetNameOwner", &NAME).await?;
        Ok(Self { connection, owner })
    }

    pub(super) async fn standing(&self, unit: &str) -> Result<Standing, BusError> {
        // Unlike `GetUnit`, it also knows a unit that nobody needs now.
        let path: OwnedObjectPath = self.manager().call(&self.connection, "LoadUnit", &unit).await?;
        let path = path.as_str();
        Ok(Standing {
            id: self.property(path, "Id").await?,
            load: self.property(path, "LoadState").await?,
            active: self.property(path, "ActiveState").await?,
            sub: self.property(path, "SubState").await?,
        })
    }

    /// From now on, of this unit alone: a busy node ends many jobs.
    pub(super) async fn ends_of_jobs(&self, id: &str) -> Result<Ends, BusError> {
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(self.owner.as_str())
            .and_then(|rule| rule.interface(MANAGER)?.member("JobRemoved")?.arg(2, id))
            .map_err(|error| BusError::Failed(Box::new(error)))?
            .build();
        let ends = MessageStream::for_match_rule(rule, &self.connection, Some(ENDS_MAX)).await?;
        // Without subscribers it keeps what happens to itself.
        let () = self.manager().call(&self.connection, "Subscribe", &()).await?;
        Ok(Ends(ends))
    }

    /// The job's path.
    pub(super) async fn queue(&self, method: &str, unit: &str) -> Result<String, BusError> {
        let job: OwnedObjectPath = self.manager().call(&self.connection, method, &(unit, "replace")).await?;
        Ok(job.as_str().to_owned())
    }

    pub(super) async fn cancel(&self, job: &str) -> Result<(), BusError> {
        Asked { name: &self.owner, path: job, interface: JOB }.call(&self.connection, "Cancel", &()).await
    }

    async fn property(&self, path: &str, name: &str) -> Result<String, BusError> {
        let asked = Asked { name: &self.owner, path, interface: "org.freedesktop.DBus.Properties" };
        let value: OwnedValue = asked.call(&self.connection, "Get", &(UNIT, name)).await?;
        String::try_from(value).map_err(|error| BusError::Answer(Box::new(error.into())))
    }

    fn manager(&self) -> Asked<'_> {
        Asked { name: &self.owner, path: PATH, interface: MANAGER }
    }
}
