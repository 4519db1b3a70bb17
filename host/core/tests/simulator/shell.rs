//! A stand-in for the shell: one writer, a disk, dispatchers that lose and delay, and a power cord that somebody stumbles
//! over between any two steps. Knows nothing of what is right; that is the oracle's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tocsin_core::config::Config;
use tocsin_core::id::{CheckName, Digest, PluginName, RunId};
use tocsin_core::notify::{Notice, Outcome};
use tocsin_core::observation::Observation;
use tocsin_core::pipeline::{Effect, Event, State, advance};
use tocsin_core::remediation::Scope;
use tocsin_core::run::{RunCause, RunCost, RunOutcome, RunRecord};
use tocsin_core::time::Timestamp;
use tocsin_core::verb::OrderKey;

use super::dice::Dice;
use super::node::{self, GATEWAY, INTERVAL_MS, SERVICES};
use super::oracle::{Figures, Oracle, Seen};
use super::store::Store;
use super::world::{Fault, Look, World};

mod action;
mod people;

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const MINUTE: u64 = 60_000;
/// Things happen for so long, and then all is calm.
const BUSY_MS: u64 = 150 * MINUTE;
const CALM_MS: u64 = 45 * MINUTE;
/// More steps at one moment are a loop.
const STEPS_MAX: u32 = 2_000;

/// What is to be done at some moment.
#[derive(Clone, Debug)]
enum Job {
    /// The schedule of a check.
    Due(&'static str),
    Fault(Fault),
    People,
    /// Somebody throws a kill switch.
    Stop(Scope),
    ClockBack,
    Look,
    Calm,
    Begin,
    /// From here on: lost when the node goes away.
    Run(CheckName, RunCause),
    Tell(Event),
    Carry(OrderKey),
    Deliver(Arc<Notice>),
}

#[derive(Debug)]
pub(super) struct Shell {
    seed: u64,
    dice: Dice,
    config: Arc<Config>,
    state: State,
    store: Store,
    world: World,
    oracle: Oracle,
    jobs: BTreeMap<(u64, u64), (u64, Job)>,
    /// Of jobs, so that those of one moment keep their order.
    sequence: u64,
    /// How often it has begun; what belongs to an earlier life is lost.
    life: u64,
    now: u64,
    /// By how much the wall clock was set back in all.
    back: u64,
    away_until: u64,
    /// Crashes in ten thousand steps.
    fragile: u64,
    is_calm: bool,
    /// The last things that happened.
    trace: Vec<String>,
}

impl Shell {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let config = node::configuration(&mut dice);
        let fragile = if dice.hits(600) { dice.between(1, 12) } else { 0 };
        let mut shell = Self {
            seed,
            config,
            state: State::default(),
            store: Store::default(),
            world: World::new(),
            oracle: Oracle::default(),
            jobs: BTreeMap::new(),
            sequence: 0,
            life: 0,
            now: 0,
            back: 0,
            away_until: 0,
            fragile,
            is_calm: false,
            trace: Vec::new(),
            dice,
        };
        shell.plan();
        shell
    }

    /// The course of events, as far as chance decides it beforehand.
    fn plan(&mut self) {
        for (nth, check) in SERVICES.into_iter().chain([GATEWAY]).enumerate() {
            self.at(u64::try_from(nth).unwrap_or(0) * 1_700, Job::Due(check));
        }
        let mut at = 3 * MINUTE;
        while at < BUSY_MS - 10 * MINUTE {
            self.misfortune(at);
            at += self.dice.between(MINUTE, 8 * MINUTE);
        }
        if self.dice.hits(400) {
            let at = self.dice.between(10 * MINUTE, BUSY_MS);
            self.at(at, Job::ClockBack);
        }
        self.at(0, Job::Begin);
        self.at(20_000, Job::People);
        self.at(5_000, Job::Look);
        self.at(BUSY_MS, Job::Calm);
    }

    fn misfortune(&mut self, at: u64) {
        let service = usize::try_from(self.dice.between(0, 4)).unwrap_or(0);
        let (soon, long) = (at + self.dice.between(5_000, 4 * MINUTE), at + self.dice.between(MINUTE, 8 * MINUTE));
        let check = if self.dice.hits(100) { usize::MAX } else { service };
        let fault = match self.dice.between(0, 20) {
            0..7 => Fault::Break { service, stubborn: 1 },
            7..9 => Fault::Break { service, stubborn: 2 },
            9..11 => {
                self.at(long, Job::Fault(Fault::Heal { service }));
                Fault::Break { service, stubborn: 99 }
            }
            11..14 => {
                self.at(soon, Job::Fault(Fault::Heal { service }));
                Fault::Break { service, stubborn: 1 }
            }
            14 => Fault::Flap { service, until: long },
            15 => {
                self.at(soon, Job::Fault(Fault::Gateway { down: false }));
                Fault::Gateway { down: true }
            }
            16 | 17 => Fault::Blind { check, until: long },
            18 => Fault::Mute { check, until: long },
            _ => Fault::Puzzle { check, until: soon },
        };
        self.at(at, Job::Fault(fault));
    }

    pub(super) fn live(&mut self) {
        let mut steps = 0;
        while self.now < BUSY_MS + CALM_MS {
            let next = self.jobs.first_key_value().map(|((at, _), _)| *at).unwrap_or(u64::MAX);
            let wake = if self.now < self.away_until { u64::MAX } else { self.wake().unwrap_or(u64::MAX) };
            let at = next.min(wake).max(self.now);
            steps = if at == self.now { steps + 1 } else { 0 };
            if steps > STEPS_MAX {
                self.oracle.broke(format!(
                    "it goes on and on without time passing; next are {:?}",
                    self.jobs.first_key_value()
                ));
                break;
            }
            self.now = at;
            if wake < next {
                self.tell(&Event::Tick);
            } else if let Some((_, (life, job))) = self.jobs.pop_first() {
                self.work(life, job);
            }
            // What comes after the first that must not be follows from it.
            if !self.oracle.figures.broken.is_empty() {
                return;
            }
        }
        self.oracle.close(&self.state, &self.store);
    }

    pub(super) fn figures(mut self) -> Figures {
        let (seed, mut trace) = (self.seed, self.trace);
        let broken = &mut self.oracle.figures.broken;
        if !broken.is_empty() {
            broken.iter_mut().for_each(|line| *line = format!("seed {seed}: {line}"));
            let from = trace.len().saturating_sub(60);
            broken.push(format!("seed {seed}, what led there:\n{}", trace.split_off(from).join("\n")));
        }
        self.oracle.figures
    }

    fn wall(&self) -> Timestamp {
        START.after(Duration::from_millis(self.now)).before(Duration::from_millis(self.back))
    }

    /// When the core wants to be woken, on the clock of the world; never twice at one moment.
    fn wake(&self) -> Option<u64> {
        let wake = self.state.next_wake()?;
        let wait = wake.since(self.wall());
        Some(self.now.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)).max(self.now + 1))
    }

    fn at(&mut self, at: u64, job: Job) {
        self.sequence += 1;
        self.jobs.insert((at.max(self.now), self.sequence), (self.life, job));
    }

    fn after(&mut self, least: u64, end: u64, job: Job) {
        let at = self.now + self.dice.between(least, end);
        self.at(at, job);
    }

    fn work(&mut self, life: u64, job: Job) {
        let is_away = self.now < self.away_until;
        match job {
            Job::Due(check) => {
                self.at(self.now + INTERVAL_MS, Job::Due(check));
                if !is_away {
                    self.run(&check.into(), RunCause::Schedule);
                }
            }
            Job::Fault(fault) if !self.is_calm => {
                self.note(format!("{fault:?}"));
                self.world.happen(&fault);
            }
            Job::Fault(_) => {}
            Job::ClockBack => self.set_back(is_away),
            Job::People => {
                self.at(self.now + 20_000, Job::People);
                if !is_away {
                    self.people();
                }
            }
            Job::Stop(scope) => {
                if !is_away && !self.is_calm {
                    self.stop(scope);
                }
            }
            Job::Look => {
                self.at(self.now + 5_000, Job::Look);
                if !is_away {
                    self.oracle.look(&self.state, self.wall(), self.now);
                }
            }
            Job::Calm => self.calm(),
            Job::Begin => self.begin(),
            // What was under way when the node went away.
            _ if is_away || life != self.life => {}
            Job::Run(check, cause) => self.run(&check, cause),
            Job::Tell(event) => self.tell(&event),
            Job::Carry(key) => self.carry(&key),
            Job::Deliver(notice) => {
                let outcome = if notice.attempts == 0 && self.dice.hits(150) {
                    Outcome::Failed { reason: "no answer".to_owned(), after: None }
                } else {
                    self.oracle.delivered(&notice);
                    Outcome::Delivered(None)
                };
                self.note(format!("{:?} of {}", outcome, notice.id));
                self.tell(&Event::Delivered { notice: notice.id.clone(), outcome });
            }
        }
    }

    /// A run begins: what it sees is of this moment, and it takes a while until that is told.
    fn run(&mut self, check: &CheckName, cause: RunCause) {
        let look = self.world.look(check.as_str(), self.now, &mut self.dice);
        let (outcome, observation) = match look {
            Look::Nothing => return,
            Look::Failed(outcome) => (outcome, None),
            Look::Found(status) => (RunOutcome::Completed, Some(Observation::new(status, "seen"))),
        };
        self.sequence += 1;
        let wall_ms = self.dice.between(5, 900);
        let record = RunRecord {
            id: RunId::new(format!("{}-{}", self.now, self.sequence)),
            check: check.clone(),
            plugin: PluginName::new("probe-any"),
            digest: Digest::new("0".repeat(64)),
            cause,
            due_at: self.wall(),
            started_at: self.wall(),
            outcome,
            cost: RunCost { wall_us: wall_ms * 1_000, ..RunCost::default() },
            observation,
            problems: Vec::new(),
            transcript: false,
        };
        self.at(self.now + wall_ms, Job::Tell(Event::RunFinished(Arc::new(record))));
    }

    /// One event through the core, onto the disk, and only then out. The cord may be pulled before and after the disk.
    fn tell(&mut self, event: &Event) {
        self.oracle.figures.events += 1;
        let is_delicate = matches!(
            event,
            Event::Planned { .. } | Event::Prepared { .. } | Event::Carried { .. } | Event::Approved { .. }
        );
        let fragile = if is_delicate { self.fragile * 30 } else { self.fragile };
        let wall = self.wall();
        let transition = advance(&mut self.state, event, wall);
        if self.crashes(fragile) {
            return self.crash("before the commit");
        }
        self.store.commit(&transition.changes);
        self.oracle.committed(&self.store, self.now);
        if let Event::RunFinished(run) = event
            && !matches!(run.outcome, RunOutcome::Saturated | RunOutcome::Cancelled)
        {
            let started = self.now.saturating_sub(run.cost.wall_us / 1_000);
            self.oracle.saw(&run.check, Seen { started, found: run.status() });
        }
        if !matches!(event, Event::RunFinished(_) | Event::Tick | Event::Delivered { .. })
            || !transition.effects.is_empty()
        {
            self.note(format!("{} -> {:?}", brief(event), transition.effects.iter().map(short).collect::<Vec<_>>()));
        }
        if self.crashes(fragile) {
            return self.crash("after the commit");
        }
        for effect in transition.effects {
            self.dispatch(effect);
        }
    }

    fn dispatch(&mut self, effect: Effect) {
        // What is asked again where nothing comes may be lost.
        let is_lost = self.dice.hits(30);
        match effect {
            Effect::Probe(check) if !is_lost => self.after(1, 2_000, Job::Run(check, RunCause::Demand)),
            Effect::Retry { check, at } => {
                let wait = u64::try_from(at.since(self.wall()).as_millis()).unwrap_or(0);
                self.at(self.now + wait, Job::Run(check, RunCause::Schedule));
            }
            Effect::Plan(id) if !is_lost => self.propose(id),
            Effect::Prepare(key) if !is_lost => self.prepare(key),
            Effect::Carry(key) => {
                // At the last moment, now and then.
                if self.dice.hits(if self.is_calm { 0 } else { 40 }) {
                    let scope = self.scope();
                    self.after(1, 400, Job::Stop(scope));
                }
                self.after(1, 400, Job::Carry(key));
            }
            Effect::Deliver(notice) => self.after(1, 1_500, Job::Deliver(notice)),
            _ => {}
        }
    }

    fn crashes(&mut self, fragile: u64) -> bool {
        !self.is_calm && self.dice.next() % 10_000 < fragile
    }

    /// Everything that is not on disk is gone.
    fn crash(&mut self, when: &str) {
        let away = self.dice.between(500, 90_000);
        self.note(format!("the node goes away {when}, for {away} ms"));
        self.oracle.figures.crashes += 1;
        self.oracle.was_away(away);
        self.life += 1;
        self.state = State::default();
        self.away_until = self.now + away;
        self.at(self.away_until, Job::Begin);
    }

    fn begin(&mut self) {
        if self.now < self.away_until {
            return;
        }
        self.state = State::restore(self.store.kept());
        let config = Arc::clone(&self.config);
        self.tell(&Event::Configured(config));
    }

    fn set_back(&mut self, is_away: bool) {
        let by = if self.dice.hits(300) { 60 * MINUTE } else { self.dice.between(1_000, 20 * MINUTE) };
        self.note(format!("the clock is set back by {by} ms"));
        if is_away {
            return;
        }
        self.back += by;
        self.tell(&Event::ClockSetBack(Duration::from_millis(by)));
    }

    /// Nothing happens any more, and whatever stood in the way is gone.
    fn calm(&mut self) {
        if self.now < self.away_until {
            return self.at(self.away_until + 1, Job::Calm);
        }
        self.note("calm".to_owned());
        self.is_calm = true;
        self.world.calm();
        let thrown: Vec<_> = self.store.switches.keys().cloned().collect();
        for scope in thrown {
            self.tell(&Event::KillSwitch(scope, None));
        }
    }

    fn note(&mut self, what: String) {
        let (minutes, seconds) = (self.now / MINUTE, self.now % MINUTE);
        self.trace.push(format!("{minutes:>4}:{:02}.{:03} {what}", seconds / 1_000, seconds % 1_000));
        if self.trace.len() > 400 {
            self.trace.drain(..200);
        }
    }
}

/// The kind of an event, and what it is about.
fn brief(event: &Event) -> String {
    match event {
        Event::RunFinished(run) => format!("run of {} found {:?}", run.check, run.status()),
        Event::Configured(_) => "the node begins".to_owned(),
        other => format!("{other:?}").chars().take(150).collect(),
    }
}

fn short(effect: &Effect) -> String {
    match effect {
        Effect::Deliver(notice) => {
            let of = |alert: &tocsin_core::notify::NoticeAlert| format!("{}", alert.alert.labels);
            format!("Deliver({:?} {})", notice.status(), notice.alerts.iter().map(of).collect::<String>())
        }
        other => format!("{other:?}"),
    }
}
