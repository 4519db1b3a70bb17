//! `restart-service`, `start-service`, `stop-service` and what takes them back: jobs of systemd, asked for over D-Bus and
//! awaited. What was looked at is a unit that is active or not; one that became the other since is left as it is.

mod bus;
mod systemd;

use std::time::Duration;

use tocsin_core::capability::is_service_unit;
use tocsin_core::verb::{Done, Undo};
use tokio::time::{Instant, timeout, timeout_at};

pub use self::bus::Bus;
use self::bus::BusError;
use self::systemd::{JobEnd, Standing, Systemd};
use crate::failure::{Outcome, chain, failed, refused, unclear};
use crate::found::{Found, Look};

/// For a job that is to be given up.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Restart,
    Start,
    Stop,
}

impl Ask {
    const fn word(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Start => "start",
            Self::Stop => "stop",
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Restart => "RestartUnit",
            Self::Start => "StartUnit",
            Self::Stop => "StopUnit",
        }
    }
}

/// One job for one unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) bus: &'a Bus,
    pub(crate) unit: &'a str,
    pub(crate) ask: Ask,
}

impl Turn<'_> {
    pub(crate) async fn look(self) -> Outcome<Look> {
        let Self { unit, ask, .. } = self;
        let systemd = self.systemd().await?;
        let standing = self.standing(&systemd).await?;
        let active = standing.is_active();
        let says = match (ask, active) {
            (Ask::Start, true) => format!("{unit} is {standing} already: it would be told to start, and stay as it is"),
            (Ask::Stop, false) => format!("{unit} is {standing} already: it would be told to stop, and stay as it is"),
            _ => format!("would {} {unit}, which is {standing}", ask.word()),
        };
        let unit = unit.to_owned();
        let undo = match (ask, active) {
            (Ask::Restart | Ask::Start, false) => Some(Undo::StopService { unit }),
            (Ask::Stop, true) => Some(Undo::StartService { unit }),
            // It ran before, and runs again; or nothing is changed.
            (Ask::Restart | Ask::Start, true) | (Ask::Stop, false) => None,
        };
        Ok(Look { undo, ..Look::of(says, Found::Unit { active }) })
    }

    pub(crate) async fn carry(self, active: bool, deadline: Instant) -> Outcome<Done> {
        let Self { unit, ask, .. } = self;
        let asked = async {
            let systemd = self.systemd().await?;
            let standing = self.standing(&systemd).await?;
            if standing.is_active() != active {
                return Err(refused(format!("{unit} is {standing} now, which it was not when it was looked at")));
            }
            let ends = systemd.ends_of_jobs(&standing.id).await.map_err(|error| self.not_asked(&error))?;
            Ok((systemd, ends))
        };
        let late = || refused(format!("systemd did not answer in time, and was not asked to {} {unit}", ask.word()));
        let (systemd, mut ends) = timeout_at(deadline, asked).await.map_err(|_| late())??;
        let job = match timeout_at(deadline, systemd.queue(ask.method(), unit)).await {
            Err(_) => return Err(unclear(format!("systemd was asked to {} {unit} and did not answer", ask.word()))),
            Ok(Err(BusError::Said { name, text })) => return Err(self.said_no(&name, &text)),
            Ok(Err(error)) => {
                let reason = format!("systemd was asked to {} {unit}, and then: {}", ask.word(), chain(&error));
                return Err(unclear(reason));
            }
            Ok(Ok(job)) => job,
        };
        match timeout_at(deadline, ends.of(&job)).await {
            Err(_) => Err(self.give_up(&systemd, &job).await),
            Ok(None) => Err(unclear(format!(
                "the bus went away while systemd was about to {} {unit}: nobody can tell how that ended",
                ask.word()
            ))),
            Ok(Some(end)) => self.judge(&systemd, &end).await,
        }
    }

    async fn judge(self, systemd: &Systemd, end: &JobEnd) -> Outcome<Done> {
        let Self { unit, ask, .. } = self;
        let word = ask.word();
        // How it stands is said where it can be found out soon.
        let standing = timeout(CANCEL_GRACE, systemd.standing(unit)).await.ok().and_then(Result::ok);
        let now = standing.as_ref().map_or_else(String::new, |standing| format!("; it is {standing} now"));
        match end {
            JobEnd::Done if ask != Ask::Stop && standing.as_ref().is_some_and(Standing::is_failed) => {
                Err(failed(format!("systemd did {word} {unit}, which failed at once{now}")))
            }
            JobEnd::Done => Ok(Done { says: format!("systemd did {word} {unit}{now}"), output: String::new() }),
            JobEnd::Skipped if ask != Ask::Restart => {
                Err(refused(format!("systemd skipped the {word} of {unit}, whose conditions do not hold{now}")))
            }
            JobEnd::Canceled => {
                Err(unclear(format!("somebody else called the {word} of {unit} off while it was under way{now}")))
            }
            JobEnd::Skipped | JobEnd::Other(_) => {
                Err(failed(format!("the {word} of {unit} ended as `{}`{now}", end.word())))
            }
        }
    }

    /// A job that nobody waits for any more must not be done at a moment that nobody expects.
    async fn give_up(self, systemd: &Systemd, job: &str) -> tocsin_core::verb::VerbFailure {
        let Self { unit, ask, .. } = self;
        let canceled = timeout(CANCEL_GRACE, systemd.cancel(job)).await;
        let then = match canceled {
            Ok(Ok(())) => "it was called off",
            Ok(Err(_)) | Err(_) => "it could not be called off, and may still be done",
        };
        unclear(format!("systemd did not {} {unit} by the deadline; {then}", ask.word()))
    }

    async fn systemd(self) -> Outcome<Systemd> {
        if !is_service_unit(self.unit) {
            let reason = "is no full name of one service, such as `nginx.service`";
            return Err(refused(format!("{:?} {reason}", self.unit)));
        }
        if is_own(self.unit, &std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default()) {
            return Err(refused(format!(
                "{} is this node itself, which would not live to see how that ended",
                self.unit
            )));
        }
        Systemd::connect(self.bus).await.map_err(|error| self.not_asked(&error))
    }

    async fn standing(self, systemd: &Systemd) -> Outcome<Standing> {
        let unit = self.unit;
        let standing = systemd.standing(unit).await.map_err(|error| self.not_asked(&error))?;
        match standing.load.as_str() {
            "loaded" => Ok(standing),
            "not-found" => Err(refused(format!("systemd knows no {unit}"))),
            "masked" => Err(refused(format!("{unit} is masked: somebody has ruled out that it runs"))),
            load => Err(refused(format!("systemd cannot use {unit}: its file is `{load}`"))),
        }
    }

    fn not_asked(self, error: &BusError) -> tocsin_core::verb::VerbFailure {
        refused(format!("systemd cannot be asked about {}: {}", self.unit, chain(error)))
    }

    fn said_no(self, name: &str, text: &str) -> tocsin_core::verb::VerbFailure {
        let word = self.ask.word();
        let denied = name.ends_with(".AccessDenied") || name.ends_with(".InteractiveAuthorizationRequired");
        // These come from the bus: the call may have reached systemd.
        if name.ends_with(".NoReply") || name.ends_with(".Disconnected") || name.ends_with(".TimedOut") {
            return unclear(format!("systemd was asked to {word} {} and did not answer: {text}", self.unit));
        }
        let way = if denied { ": run this node as root, or let a polkit rule allow it to" } else { "" };
        refused(format!("systemd does not {word} {}: {text} ({name}){way}", self.unit))
    }
}

/// Whether the unit is one of those that this very process runs in.
fn is_own(unit: &str, cgroups: &str) -> bool {
    cgroups.lines().any(|line| line.split('/').any(|part| part == unit))
}

#[cfg(test)]
mod tests;
