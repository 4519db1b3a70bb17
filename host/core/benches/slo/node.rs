//! A node of its own, in memory: SLOs that count posted events, and the clock of benches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tocsin_core::config::{Catalog, Config, Defaults, Files, Place, Source as File, compile};
use tocsin_core::label::Labels;
use tocsin_core::pipeline::{Event, State, advance};
use tocsin_core::slo::{
    AlertRule, Factor, Guard, Indicator, IndicatorKind, Measure, Method, Number, Objective, Period, PostedEvent,
    PostedEvents, Ratio, SeriesKey, Slo, Source, When,
};
use tocsin_core::time::Timestamp;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub(crate) fn clock() -> Instant {
    Instant::now()
}

/// One line that is posted.
pub(crate) fn posted(at: Timestamp, good: u64, total: u64) -> PostedEvents {
    let number = |count| Some(Number::Count(count));
    let event = PostedEvent { at: Some(at), good: number(good), total: number(total), value: None };
    PostedEvents { events: vec![event], ..PostedEvents::default() }
}

pub(crate) fn key(slo: &str) -> SeriesKey {
    SeriesKey { slo: slo.into(), objective: "good".into() }
}

/// One that begins to count now.
pub(crate) fn node(slos: Vec<Slo>, now: Timestamp) -> State {
    let mut state = State::default();
    let _first = advance(&mut state, &Event::Configured(Arc::new(configuration(slos))), now);
    state
}

/// Counts what is posted to `orders`; 99.9 %, with the four classic pairs where the period is long enough for them.
pub(crate) fn slo(name: &str, slot: Duration, period: Duration) -> Slo {
    let pair = |name: &str, long: Duration, short: Duration, numerator: u64| AlertRule {
        name: name.to_owned(),
        when: When::Burn { long, short, factor: Factor { numerator, denominator: 10 }, guard: Guard::default() },
        hold: Duration::ZERO,
        labels: Labels::overlay([("severity", "page")]),
        annotations: Labels::default(),
        notify: Vec::new(),
    };
    let alerts = vec![
        pair("fast", HOUR, 5 * MINUTE, 144),
        pair("moderate", 6 * HOUR, 30 * MINUTE, 60),
        pair("slow", DAY, 2 * HOUR, 30),
        pair("trickle", 3 * DAY, 6 * HOUR, 10),
    ];
    let alerts = if period < DAY { alerts.into_iter().take(1).collect() } else { alerts };
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
            target: Ratio::from_billionths(999_000_000),
            limit: None,
            method: Method::Occurrences,
            alerts,
        }],
        exclude_maintenance: false,
        place: Place { file: "slo.yaml".into(), line: 1, column: 1 },
    }
}

pub(crate) fn configuration(slos: Vec<Slo>) -> Config {
    let file = File { name: "tocsin.yaml".into(), folder: "/".into(), text: "{}\n".to_owned() };
    let defaults = Defaults { node: "bench".to_owned(), data: "/data".into() };
    let config = compile(&Files::from(vec![file]), &Catalog::default(), &defaults);
    let config = config.unwrap_or_else(|errors| fail(&errors));
    Config { slos: slos.into_iter().map(|slo| (slo.name.clone(), slo)).collect(), ..config }
}

#[expect(clippy::panic, reason = "a bench that cannot be run to its end has no figures")]
pub(crate) fn fail(errors: &impl std::fmt::Display) -> ! {
    panic!("{errors}")
}
