//! How long it took: to detect an incident, to acknowledge, mitigate and resolve it; and of many, how many there were, the
//! median and the 90th percentile. Durations of incidents are heavy-tailed: a mean says nothing of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Incident, Severity};
use crate::zone::Zone;

/// Of one incident; `None` where it has not come to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// From the onset until it was opened. `None` where no alert says when it began.
    pub detect: Option<Duration>,
    /// From when it was opened until the first acknowledgement.
    pub acknowledge: Option<Duration>,
    /// From when it was opened until its impact was over.
    pub mitigate: Option<Duration>,
    /// From when it was opened until it was resolved, for the last time.
    pub resolve: Option<Duration>,
}

/// Of many durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    pub n: usize,
    pub median_ms: u64,
    /// The nearest rank.
    pub p90_ms: u64,
}

/// Of the incidents of one service that were opened in one month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// `2026-11`, by the zone that was asked for.
    pub month: String,
    /// Empty: of no service that is known.
    pub service: String,
    pub opened: BTreeMap<Severity, usize>,
    #[serde(flatten)]
    pub took: Took,
}

/// `None` where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    pub ttd: Option<Spread>,
    pub tta: Option<Spread>,
    pub ttm: Option<Spread>,
    pub ttr: Option<Spread>,
}

impl Incident {
    #[must_use]
    pub fn times(&self) -> Times {
        let since = |at: crate::time::Timestamp| at.since(self.opened_at);
        Times {
            detect: (!self.alerts.is_empty()).then(|| self.opened_at.since(self.onset)),
            acknowledge: self.course.first_acknowledged_at.map(since),
            mitigate: self.mitigated.as_ref().map(|signed| since(signed.at)),
            resolve: self.resolved.as_ref().map(|signed| since(signed.at)),
        }
    }
}

impl Took {
    /// Of these incidents.
    #[must_use]
    pub fn of<'i>(incidents: impl IntoIterator<Item = &'i Incident>) -> Self {
        let times: Vec<Times> = incidents.into_iter().map(Incident::times).collect();
        let spread = |of: fn(&Times) -> Option<Duration>| Spread::of(times.iter().filter_map(of).collect());
        Self {
            ttd: spread(|times| times.detect),
            tta: spread(|times| times.acknowledge),
            ttm: spread(|times| times.mitigate),
            ttr: spread(|times| times.resolve),
        }
    }
}

impl Spread {
    /// `None` of none.
    #[must_use]
    pub fn of(mut durations: Vec<Duration>) -> Option<Self> {
        durations.sort_unstable();
        let n = durations.len();
        let millis = |rank: usize| {
            let duration = durations.get(rank.clamp(1, n.max(1)) - 1)?;
            u64::try_from(duration.as_millis()).ok()
        };
        let (low, high) = (millis(n.div_ceil(2))?, millis(n / 2 + 1)?);
        Some(Self { n, median_ms: low.midpoint(high), p90_ms: millis((n * 9).div_ceil(10))? })
    }
}

/// By month and service, in this order.
#[must_use]
pub fn figures<'i>(incidents: impl IntoIterator<Item = &'i Incident>, zone: &Zone) -> Vec<Figures> {
    let mut all: BTreeMap<(String, &str), Vec<&Incident>> = BTreeMap::new();
    for incident in incidents {
        let month = zone.civil(incident.opened_at).strftime("%Y-%m").to_string();
        all.entry((month, incident.service())).or_default().push(incident);
    }
    let of = |((month, service), incidents): ((String, &str), Vec<&Incident>)| {
        let mut opened: BTreeMap<Severity, usize> = BTreeMap::new();
        incidents.iter().for_each(|incident| *opened.entry(incident.severity).or_default() += 1);
        Figures { month, service: service.to_owned(), opened, took: Took::of(incidents) }
    };
    all.into_iter().map(of).collect()
}

/// By severity, of all of them.
#[must_use]
pub fn by_severity<'i>(incidents: impl IntoIterator<Item = &'i Incident>) -> BTreeMap<Severity, Took> {
    let mut all: BTreeMap<Severity, Vec<&Incident>> = BTreeMap::new();
    incidents.into_iter().for_each(|incident| all.entry(incident.severity).or_default().push(incident));
    all.into_iter().map(|(severity, incidents)| (severity, Took::of(incidents))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::{OpenedBy, Signed};
    use crate::label::Labels;
    use crate::time::Timestamp;

    #[test]
    fn of_many_the_median_and_the_nearest_rank() {
        // seconds; how many, median and 90th percentile in milliseconds
        let table: [(&[u64], [u64; 3]); 5] = [
            (&[7], [1, 7_000, 7_000]),
            (&[9, 1], [2, 5_000, 9_000]),
            (&[3, 1, 2], [3, 2_000, 3_000]),
            (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 5_500, 9_000]),
            (&[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 100_000], [11, 1_000, 1_000]),
        ];
        for (seconds, expected) in table {
            let spread = Spread::of(seconds.iter().map(|it| Duration::from_secs(*it)).collect()).expect("some");
            assert_eq!([spread.n as u64, spread.median_ms, spread.p90_ms], expected, "{seconds:?}");
        }
        assert_eq!(Spread::of(Vec::new()), None);
    }

    #[test]
    fn figures_are_by_service_and_month_of_the_zone() {
        let vienna = Zone::find("Europe/Vienna").expect("it exists");
        let incident = |opened: &str, service: &str, minutes: Option<u64>| {
            let at = vienna.moment(opened).expect("a moment");
            let labels = Labels::overlay([("service", service)]);
            let by = OpenedBy::Person("anna".into());
            let mut incident = Incident::new("i".into(), "t", Severity::Sev2, by, labels, at);
            incident.resolved = minutes.map(|minutes| {
                let after = Duration::from_secs(minutes * 60);
                Signed { by: "anna".into(), at: at.after(after) }
            });
            incident
        };
        let all = [
            incident("2026-10-31T23:30", "shop", Some(10)),
            incident("2026-11-01T00:30", "shop", Some(20)),
            incident("2026-11-15", "shop", Some(40)),
            incident("2026-11-15", "shop", None),
            incident("2026-11-15", "till", None),
        ];
        let figures = figures(&all, &vienna);
        let shown: Vec<_> = figures
            .iter()
            .map(|it| {
                let ttr = it.took.ttr.map(|ttr| (ttr.n, ttr.median_ms / 60_000));
                (it.month.as_str(), it.service.as_str(), it.opened[&Severity::Sev2], ttr)
            })
            .collect();
        let expected = [
            ("2026-10", "shop", 1, Some((1, 10))),
            ("2026-11", "shop", 3, Some((2, 30))),
            ("2026-11", "till", 1, None),
        ];
        assert_eq!(shown, expected);
        assert_eq!(by_severity(&all)[&Severity::Sev2].ttr.map(|it| it.n), Some(3));
    }

    #[test]
    fn a_clock_set_back_makes_no_time_negative() {
        let at = Timestamp::from_millis(1_000_000);
        let by = OpenedBy::Person("anna".into());
        let mut incident = Incident::new("i".into(), "t", Severity::Sev2, by, Labels::default(), at);
        incident.acknowledge("anna", at.before(Duration::from_secs(60)));
        let times = incident.times();
        assert_eq!((times.acknowledge, times.resolve, times.detect), (Some(Duration::ZERO), None, None));
    }
}
