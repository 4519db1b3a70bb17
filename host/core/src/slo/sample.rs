//! An SLO for tests, to be changed where it matters.

use std::time::Duration;

use super::{Indicator, IndicatorKind, Measure, Method, Objective, Period, Ratio, Slo, Source};
use crate::config::Place;
use crate::label::Labels;

/// Events that are pushed, minutes as slots, a period of 28 days, the objective `answers`, the service `shop`, the label
/// `team="web"`.
pub(crate) fn slo(name: &str, target: &str) -> Slo {
    let objective = Objective {
        name: "answers".into(),
        target: Ratio::share(target).unwrap_or_else(|error| panic!("{error}")),
        limit: None,
        method: Method::Occurrences,
        alerts: Vec::new(),
    };
    Slo {
        name: name.into(),
        title: name.to_uppercase(),
        service: "shop".into(),
        description: String::new(),
        labels: Labels::overlay([("team", "web")]),
        indicator: Indicator {
            name: name.into(),
            kind: IndicatorKind::Availability,
            source: Source::Events(name.into()),
            measure: Measure::Counted,
        },
        period: Period::Rolling(Duration::from_secs(28 * 86_400)),
        slot: Duration::from_secs(60),
        late: Duration::from_secs(300),
        objectives: vec![objective],
        exclude_maintenance: false,
        place: Place { file: "slos.yaml".to_owned(), line: 1, column: 1 },
    }
}
