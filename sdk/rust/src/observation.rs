//! Building what a probe found: [`Observation`], [`Metric`], [`Finding`], [`Evidence`].
//! The types are the WIT's own; this room gives them constructors and one rule: an observation is never better than the
//! worst of its findings.

use serde::Serialize;

use crate::{Evidence, Finding, Metric, MetricKind, Observation, Range, Status};

impl Status {
    /// Its place in the order of severity: ok < unknown < warning < critical.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Unknown => 1,
            Self::Warning => 2,
            Self::Critical => 3,
        }
    }

    /// The more severe of two.
    #[must_use]
    pub const fn or_worse(self, other: Self) -> Self {
        if other.severity() > self.severity() { other } else { self }
    }

    /// `ok`, `warning`, `critical`, `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// ```
/// use tocsin_sdk::{Finding, Metric, Observation, Status};
///
/// let observation = Observation::ok("answered in 21 ms")
///     .metric(Metric::gauge("response_time", 0.021).unit("seconds").warning(..=0.5).critical(..=2.0))
///     .finding(Finding::warning("certificate-expires-soon", "the certificate expires in 6 days"));
/// assert_eq!(observation.status, Status::Warning);
/// ```
impl Observation {
    /// An observation with this status and one line for people.
    pub fn new(status: Status, summary: impl Into<String>) -> Self {
        Self { status, summary: summary.into(), findings: Vec::new(), metrics: Vec::new(), evidence: Vec::new() }
    }

    /// All is well.
    pub fn ok(summary: impl Into<String>) -> Self {
        Self::new(Status::Ok, summary)
    }

    /// Somebody should look at it soon.
    pub fn warning(summary: impl Into<String>) -> Self {
        Self::new(Status::Warning, summary)
    }

    /// Somebody must look at it now.
    pub fn critical(summary: impl Into<String>) -> Self {
        Self::new(Status::Critical, summary)
    }

    /// The target was reached, and still nobody can tell. (If the *plugin* could not work, return an error instead.)
    pub fn unknown(summary: impl Into<String>) -> Self {
        Self::new(Status::Unknown, summary)
    }

    /// Adds a metric. The status stays as it is: see [`Observation::judged`].
    #[must_use]
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    /// Adds a metric, and where it is outside its warning or critical range a finding that says so.
    #[must_use]
    pub fn judged(self, metric: Metric) -> Self {
        let finding = metric.finding();
        let with_metric = self.metric(metric);
        match finding {
            Some(finding) => with_metric.finding(finding),
            None => with_metric,
        }
    }

    /// Adds a finding; the status becomes at least as severe.
    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.status = self.status.or_worse(finding.status);
        self.findings.push(finding);
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Replaces the summary.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Puts the worst finding's message into the summary, if the observation is not ok; `good` otherwise.
    #[must_use]
    pub fn summed_up(mut self, good: impl Into<String>) -> Self {
        let bad = || self.findings.iter().filter(|finding| finding.status != Status::Ok);
        // The first of the worst: `max_by_key` takes the last, and sorting would be kilobytes of code.
        let worst = bad().rev().max_by_key(|finding| finding.status.severity());
        self.summary = match (worst, bad().count()) {
            (None, _) => good.into(),
            (Some(worst), 0 | 1) => worst.message.clone(),
            (Some(worst), count) => format!("{} (and {} more)", worst.message, count - 1),
        };
        self
    }
}

impl Metric {
    /// A value that goes up and down.
    pub fn gauge(name: impl Into<String>, value: f64) -> Self {
        let (name, unit, labels) = (name.into(), String::new(), Vec::new());
        Self { name, value, unit, kind: MetricKind::Gauge, labels, warning: None, critical: None }
    }

    /// A value that only grows, and starts again at zero.
    pub fn counter(name: impl Into<String>, value: f64) -> Self {
        Self { kind: MetricKind::Counter, ..Self::gauge(name, value) }
    }

    /// A base unit as in OpenMetrics: `seconds`, `bytes`, `ratio`, `celsius`, ...
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((name.into(), value.into()));
        self
    }

    /// The range of values that are no reason for a warning: `..=0.9`, `10.0..`, `1.0..=5.0`.
    #[must_use]
    pub fn warning(mut self, good: impl Into<Range>) -> Self {
        self.warning = Some(good.into());
        self
    }

    /// The range of values that are not critical: `..=0.9`, `10.0..`, `1.0..=5.0`.
    #[must_use]
    pub fn critical(mut self, good: impl Into<Range>) -> Self {
        self.critical = Some(good.into());
        self
    }

    /// What the metric's own ranges say of its value.
    #[must_use]
    pub fn status(&self) -> Status {
        let bad = |range: &Option<Range>| range.as_ref().is_some_and(|range| !range.is_good(self.value));
        match () {
            () if bad(&self.critical) => Status::Critical,
            () if bad(&self.warning) => Status::Warning,
            () => Status::Ok,
        }
    }

    /// The finding that the metric is outside its ranges, if it is. Its code is the metric's name with dashes.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        let status = self.status();
        let range = match status {
            Status::Critical => self.critical.as_ref()?,
            Status::Warning => self.warning.as_ref()?,
            Status::Ok | Status::Unknown => return None,
        };
        let subject = self.labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ");
        let place = if subject.is_empty() { String::new() } else { format!(" of {subject}") };
        let (value, limit) = (crate::text::value(self.value, &self.unit), crate::text::outside(range, &self.unit));
        let message = format!("{}{place} is {value} ({} {limit})", self.name.replace('_', " "), status.as_str());
        let finding = Finding::new(status, self.name.replace('_', "-"), message);
        Some(if subject.is_empty() { finding } else { finding.about(subject) })
    }
}

impl Finding {
    /// A finding with a stable code for machines and one sentence for people.
    pub fn new(status: Status, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into(), subject: None }
    }

    /// Worth a look.
    pub fn warning(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Status::Warning, code, message)
    }

    /// Broken.
    pub fn critical(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Status::Critical, code, message)
    }

    /// What it is about, if not the whole target: a mount point, a host, a process.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }
}

impl Evidence {
    /// Bytes of a media type.
    pub fn new(name: impl Into<String>, media_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), body: body.into() }
    }

    /// Plain text.
    pub fn text(name: impl Into<String>, body: impl Into<String>) -> Self {
        Self::new(name, "text/plain", body.into())
    }

    /// Anything that serialises, as JSON.
    pub fn json(name: impl Into<String>, value: &impl Serialize) -> Self {
        Self::new(name, "application/json", serde_json::to_vec(value).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_of_the_worst_findings_and_how_many_there_are() {
        let (warning, critical) = (|message| Finding::warning("w", message), |message| Finding::critical("c", message));
        let cases = [
            (vec![], "all is well"),
            (vec![warning("slow")], "slow"),
            (vec![warning("slow"), critical("down"), critical("gone")], "down (and 2 more)"),
            (vec![Finding::new(Status::Ok, "o", "fine")], "all is well"),
        ];
        for (findings, expected) in cases {
            let observation = findings.into_iter().fold(Observation::ok(""), Observation::finding);
            assert_eq!(observation.summed_up("all is well").summary, expected);
        }
    }
}
