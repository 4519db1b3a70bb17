//! What the configuration says of incidents, and what holds where it says nothing. Knows nothing of files.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Weekday;

use super::Severity;
use crate::alert::{Alert, Origin};
use crate::hours::{DailyRange, Days, Hours, TimeOfDay};
use crate::id::ReceiverName;
use crate::matcher::{MatchOp, Matcher, all_match};
use crate::page::severity_rank;
use crate::rule::Text;
use crate::zone::Zone;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// The defaults are those of a node whose configuration says nothing: what would wake somebody opens an incident (an alert
/// of severity P0, emergency or disaster a SEV-1, one of P1, critical, page or fatal a SEV-2), so that of the built-in rules
/// only `CheckCritical` does, and of SLOs only what burns fast. What is said of the node itself, by the node, opens none.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// In the order of the file; the worst that matches says how severe it is.
    pub rules: Vec<Rule>,
    /// Sets of labels: alerts that have all labels of one set, with the same values, belong together. By default those
    /// of one `service`, and those of one `alertname` and `job`. Alerts about one check, or about checks that depend on
    /// each other, belong together whatever their labels.
    pub correlate: Vec<Vec<String>>,
    /// So long after an incident's last alert, what shares its labels still belongs to it. 15 minutes.
    pub window: Duration,
    /// So long after the last of its alerts ended it is resolved. 5 minutes.
    pub resolve_after: Duration,
    /// What comes back this soon after it was resolved reopens it. 1 hour.
    pub reopen_within: Duration,
    /// By severity; one that is not there has none.
    pub targets: BTreeMap<Severity, Target>,
    /// What business time is: Monday to Friday, 9:00 to 17:00 UTC.
    pub business_hours: Hours,
    /// Told of incidents from this severity up, as [`Update`] is.
    pub war_room: Option<(ReceiverName, Severity)>,
    pub updates: Vec<Update>,
    /// From this severity up a post-mortem is required. SEV-2.
    pub postmortem_from: Severity,
}

/// What opens an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub name: String,
    /// Every one must match.
    pub matchers: Vec<Matcher>,
    pub severity: Severity,
    /// So many of them must have begun within the time.
    pub count: usize,
    pub within: Duration,
    /// Counted apart by the values of these labels.
    pub by: Vec<String>,
    /// Only alerts of SLOs whose budget burns so fast that somebody is paged.
    pub fast_burn: bool,
    /// Also what the node says of itself.
    pub node: bool,
}

/// How soon somebody is to answer, and the impact is to be over. Counted from when the incident was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub respond: Option<Within>,
    pub resolve: Option<Within>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    pub time: Duration,
    /// Only time within business hours counts.
    pub business: bool,
}

/// Who is told when an incident's severity or state changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    pub receivers: Vec<ReceiverName>,
    /// Of incidents at least as severe; once told of one, they are told of it to its end.
    pub from: Severity,
    /// A template over the labels `incident`, `title`, `severity`, `state`, `service`, `commander`, `assignee` and `link`;
    /// a sentence of our own where `None`.
    pub text: Option<Text>,
}

impl Default for Settings {
    fn default() -> Self {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            rules: Rule::builtin(),
            correlate: vec![set(&["service"]), set(&["alertname", "job"])],
            window: 15 * MINUTE,
            resolve_after: 5 * MINUTE,
            reopen_within: HOUR,
            targets: Target::builtin(),
            business_hours: business_hours(),
            war_room: None,
            updates: Vec::new(),
            postmortem_from: Severity::Sev2,
        }
    }
}

impl Rule {
    /// Those of a node whose configuration has none.
    #[must_use]
    pub fn builtin() -> Vec<Self> {
        let of = |name: &str, severities: &str, severity| {
            let matcher = Matcher::new("severity", MatchOp::Regex, format!("(?i:{severities})")).ok();
            Self { matchers: matcher.into_iter().collect(), ..Self::new(name, severity) }
        };
        vec![
            of("severity-emergency", "p0|emergency|disaster", Severity::Sev1),
            of("severity-critical", "p1|critical|page|fatal", Severity::Sev2),
        ]
    }

    /// One that every single alert matches that is not the node's own.
    #[must_use]
    pub fn new(name: &str, severity: Severity) -> Self {
        Self {
            name: name.to_owned(),
            matchers: Vec::new(),
            severity,
            count: 1,
            within: 5 * MINUTE,
            by: Vec::new(),
            fast_burn: false,
            node: false,
        }
    }

    /// Whether an alert counts for this rule.
    #[must_use]
    pub fn matches(&self, alert: &Alert) -> bool {
        (self.node || alert.origin != Origin::Node)
            && (!self.fast_burn || burns_fast(alert))
            && all_match(&self.matchers, &alert.labels)
    }
}

/// The budget of an SLO burns so fast that somebody is paged.
fn burns_fast(alert: &Alert) -> bool {
    matches!(alert.origin, Origin::Slo { .. })
        && alert.labels.get("alertname") == "SLOBurnRate"
        && severity_rank(alert.labels.get("severity")) <= 1
}

impl Target {
    /// SEV-1: 15 minutes and 1 hour; SEV-2: 30 minutes and 4 hours; SEV-3: 2 hours of business time and 24 hours;
    /// SEV-4: none.
    #[must_use]
    pub fn builtin() -> BTreeMap<Severity, Self> {
        let within = |time, business| Some(Within { time, business });
        [
            (Severity::Sev1, Self { respond: within(15 * MINUTE, false), resolve: within(HOUR, false) }),
            (Severity::Sev2, Self { respond: within(30 * MINUTE, false), resolve: within(4 * HOUR, false) }),
            (Severity::Sev3, Self { respond: within(2 * HOUR, true), resolve: within(24 * HOUR, false) }),
        ]
        .into()
    }
}

fn business_hours() -> Hours {
    let days = Days::of([Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday]);
    let time = |written| TimeOfDay::parse(written).unwrap_or(TimeOfDay::MIDNIGHT);
    Hours { zone: Zone::utc(), ranges: vec![DailyRange { days, from: time("09:00"), to: time("17:00") }] }
}
