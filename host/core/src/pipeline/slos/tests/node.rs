//! A node with SLOs: the hallway, a store, a clock that goes where it is told, and reads that are answered when asked to.

use std::sync::Arc;
use std::time::Duration;

use super::shelf::Shelf;
use crate::alert::Alert;
use crate::config::{Config, Place};
use crate::label::Labels;
use crate::pipeline::{Change, Effect, Event, KeptState, State, advance};
use crate::slo::{
    AlertRule, Empty, Factor, Guard, Indicator, IndicatorKind, Measure, Method, Objective, Period, PostedEvent,
    PostedEvents, Ratio, Series, SeriesKey, SliReport, Slo, Slot, Source, When, door,
};
use crate::time::Timestamp;

pub(super) struct Node {
    pub(super) state: State,
    pub(super) shelf: Shelf,
    pub(super) config: Arc<Config>,
    pub(super) now: Timestamp,
    pub(super) reads: Vec<(SeriesKey, u64, Slot, Slot)>,
    /// Every word about an alert.
    pub(super) alerts: Vec<(Timestamp, Arc<Alert>)>,
    ticket: u64,
}

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const DAY: Duration = Duration::from_secs(86_400);

impl Node {
    pub(super) fn new(slos: impl IntoIterator<Item = Slo>) -> Self {
        let Event::Configured(config) = crate::pipeline::tests::configured(&["site"]) else { unreachable!() };
        let config = with(&config, slos);
        let mut node = Self {
            state: State::default(),
            shelf: Shelf::default(),
            config,
            now: NOW,
            reads: Vec::new(),
            alerts: Vec::new(),
            ticket: 0,
        };
        node.configure();
        node
    }

    pub(super) fn configure(&mut self) {
        self.tell(&Event::Configured(Arc::clone(&self.config)));
    }

    pub(super) fn reconfigure(&mut self, slos: impl IntoIterator<Item = Slo>) {
        self.config = with(&self.config, slos);
        self.configure();
    }

    pub(super) fn tell(&mut self, event: &Event) {
        let transition = advance(&mut self.state, event, self.now);
        for change in &transition.changes {
            match change {
                Change::Slo(change) if change.is_durable() => self.shelf.keep(change),
                Change::Book(crate::pipeline::BookChange::Alert(_, Some(alert))) => {
                    self.alerts.push((self.now, Arc::clone(alert)));
                }
                _ => {}
            }
        }
        for effect in transition.effects {
            if let Effect::ReadSlots { series, era, first, last } = effect {
                self.reads.push((series, era, first, last));
            }
        }
    }

    pub(super) fn tick(&mut self) {
        self.tell(&Event::Tick);
    }

    /// As time goes by: every wake-up that is wanted, at most every so often.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.after(time);
        while let Some(wake) = self.state.next_wake().filter(|wake| *wake <= end) {
            self.now = self.now.max(wake);
            self.tick();
            self.answer();
        }
        self.now = end;
    }

    pub(super) fn answer(&mut self) {
        for (series, era, first, last) in std::mem::take(&mut self.reads) {
            let blocks = self.shelf.read(&series, first, last).into();
            self.tell(&Event::SlotsRead { series, era, first, last, blocks });
        }
    }

    pub(super) fn restart(&mut self) {
        self.reads.clear();
        self.state = State::restore(KeptState { slos: self.shelf.kept(), ..KeptState::default() });
        self.configure();
    }

    pub(super) fn post(&mut self, posted: &PostedEvents) -> SliReport {
        self.ticket += 1;
        let report = door(&self.config, &"orders".into(), posted, self.ticket, self.now).expect("taken");
        self.tell(&Event::from(report.clone()));
        report
    }

    /// One line of good and total, some time ago.
    pub(super) fn count(&mut self, good: u64, total: u64) {
        let event = event(self.now, good, total);
        self.post(&PostedEvents { events: vec![event], ..PostedEvents::default() });
    }

    pub(super) fn series(&self) -> &Series {
        self.state.slos().iter().next().expect("a series").1
    }

    pub(super) fn firing(&self) -> Vec<String> {
        let firing = self.state.book().alerts().filter(|(_, alert)| !alert.is_resolved(self.now));
        firing.map(|(_, alert)| alert.labels.get("alertname").to_owned()).collect()
    }
}

fn with(config: &Config, slos: impl IntoIterator<Item = Slo>) -> Arc<Config> {
    let slos = slos.into_iter().map(|slo| (slo.name.clone(), slo)).collect();
    Arc::new(Config { slos, ..config.clone() })
}

pub(super) fn event(at: Timestamp, good: u64, total: u64) -> PostedEvent {
    let number = |count| Some(crate::slo::Number::Count(count));
    PostedEvent { at: Some(at), good: number(good), total: number(total), value: None }
}

pub(super) fn slo(name: &str, method: Method, slot: Duration, period: Duration, alerts: Vec<AlertRule>) -> Slo {
    Slo {
        name: name.into(),
        title: name.to_owned(),
        service: "shop".into(),
        description: String::new(),
        labels: Labels::default(),
        indicator: Indicator {
            name: "orders".into(),
            kind: IndicatorKind::Availability,
            source: Source::Events("orders".into()),
            measure: Measure::Counted,
        },
        period: Period::Rolling(period),
        slot,
        late: slot * 5,
        objectives: vec![Objective {
            name: "good".into(),
            target: Ratio::share("0.999").expect("a share"),
            limit: None,
            method,
            alerts,
        }],
        exclude_maintenance: false,
        place: Place { file: "slo.yaml".into(), line: 1, column: 1 },
    }
}

pub(super) fn burn(name: &str, long: Duration, short: Duration, factor: (u64, u64)) -> AlertRule {
    let (numerator, denominator) = factor;
    let when = When::Burn { long, short, factor: Factor { numerator, denominator }, guard: Guard::default() };
    rule(name, when)
}

pub(super) fn rule(name: &str, when: When) -> AlertRule {
    AlertRule {
        name: name.to_owned(),
        when,
        hold: Duration::ZERO,
        labels: Labels::overlay([("severity", "page")]),
        annotations: Labels::default(),
        notify: Vec::new(),
    }
}

pub(super) fn methods() -> Vec<Method> {
    let mut methods = vec![Method::Occurrences];
    for empty in [Empty::Good, Empty::Bad, Empty::Exclude] {
        methods.push(Method::Timeslices { target: Ratio::share("0.9").expect("a share"), empty });
        methods.push(Method::RatioTimeslices { empty });
    }
    methods
}
