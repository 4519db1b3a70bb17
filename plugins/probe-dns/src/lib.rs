//! Asks for a name's records and judges the answer: its code, how many there are, what they say, how long it took.
//! No answer, or another than expected, is critical.

use std::time::Duration;

use tocsin_sdk::dns::{self, Answer, FailureKind, RecordType};
use tocsin_sdk::{CallError, Error, Evidence, Finding, LatencyLimits, Metric, Observation, Period, text};

#[cfg(test)]
mod tests;

/// What to ask and what to expect.
#[tocsin_sdk::config]
struct Config {
    /// The name to ask for.
    name: String,
    #[serde(default, rename = "type")]
    record_type: Type,
    /// The server to ask, `192.0.2.53` or `192.0.2.53:5353`; if not set, the node's own resolvers.
    server: Option<String>,
    #[serde(default = "five_seconds")]
    timeout: Period,
    /// The answer's code: `NOERROR`, `NXDOMAIN`, ...
    #[serde(default = "no_error")]
    code: String,
    /// How many records at least; with a code other than `NOERROR`, none.
    #[serde(default = "one")]
    answers_min: u32,
    /// Exactly these records, in any order.
    equals: Option<Vec<String>>,
    /// Each of these texts must be in some record.
    #[serde(default)]
    contains: Vec<String>,
    /// The answer must come from a server that is responsible for the name.
    #[serde(default)]
    authoritative: bool,
    #[serde(default)]
    latency: LatencyLimits,
}

/// A type of record.
#[tocsin_sdk::config]
#[derive(Default, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Type {
    #[default]
    A,
    Aaaa,
    Caa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Srv,
    Txt,
}

fn five_seconds() -> Period {
    Period::from_secs(5)
}

fn no_error() -> String {
    "NOERROR".to_owned()
}

fn one() -> u32 {
    1
}

#[tocsin_sdk::probe]
fn check(config: Config) -> Result<Observation, Error> {
    let mut query = dns::query(&config.name, config.record_type.into()).timeout(config.timeout);
    if let Some(server) = &config.server {
        query = query.server(server);
    }
    let answer = match query.send() {
        Ok(answer) => answer,
        Err(CallError::Failed(failure)) if failure.kind == FailureKind::InvalidRequest => {
            return Err(Error::new(failure.message));
        }
        Err(CallError::Failed(failure)) => {
            let code = if failure.kind == FailureKind::Timeout { "timeout" } else { "no-answer" };
            let message = format!("{}: {}", config.name, failure.message);
            return Ok(Observation::critical("").finding(Finding::critical(code, message)).summed_up(""));
        }
        Err(denied) => return Err(denied.into()),
    };
    let took = config.latency.on("response_time", Duration::from_micros(answer.duration_us));
    let shown = text::value(took.value, "seconds");
    let data = records(&answer, config.record_type);
    let mut observation = Observation::ok("").judged(took).metric(Metric::gauge("answers", f64::from(count(&data))));
    if let Some(ttl) = answer.records.iter().map(|record| record.ttl_seconds).min() {
        observation = observation.metric(Metric::gauge("ttl_min", f64::from(ttl)).unit("seconds"));
    }
    for finding in findings(&config, &answer, &data) {
        observation = observation.finding(finding);
    }
    if !observation.findings.is_empty() {
        let lines =
            answer.records.iter().map(|r| format!("{} {} {} {}\n", r.name, r.ttl_seconds, r.record_type, r.data));
        observation =
            observation.evidence(Evidence::text("answer", format!("{}\n{}", answer.code, lines.collect::<String>())));
    }
    let first = data.first().map_or(answer.code.as_str(), |first| *first);
    Ok(observation.summed_up(format!("{} is {first} (in {shown})", config.name)))
}

/// The records of the type asked for: an answer to `A` also holds the `CNAME`s on the way.
fn records(answer: &Answer, wanted: Type) -> Vec<&str> {
    let wanted = format!("{wanted:?}");
    let of_type = answer.records.iter().filter(|record| record.record_type.eq_ignore_ascii_case(&wanted));
    of_type.map(|record| record.data.as_str()).collect()
}

fn findings(config: &Config, answer: &Answer, data: &[&str]) -> Vec<Finding> {
    let name = &config.name;
    let mut findings = Vec::new();
    let mut add = |code: &str, message: String| findings.push(Finding::critical(code, message));
    if !answer.code.eq_ignore_ascii_case(&config.code) {
        add("unexpected-code", format!("{name}: {} instead of {}", answer.code, config.code));
        return findings;
    }
    if config.code.eq_ignore_ascii_case("NOERROR") && count(data) < config.answers_min {
        add(
            "too-few-answers",
            format!("{name}: {} {:?} records, wanted at least {}", data.len(), config.record_type, config.answers_min),
        );
    }
    if let Some(expected) = &config.equals {
        for missing in expected.iter().filter(|expected| !data.iter().any(|found| same(found, expected))) {
            add("record-missing", format!("{name}: the record {missing} is missing"));
        }
        for other in data.iter().filter(|found| !expected.iter().any(|expected| same(found, expected))) {
            add("record-unexpected", format!("{name}: the record {other} is not expected"));
        }
    }
    for text in config.contains.iter().filter(|text| !data.iter().any(|found| found.contains(text.as_str()))) {
        add("text-missing", format!("{name}: no record contains {text:?}"));
    }
    if config.authoritative && !answer.authoritative {
        add("not-authoritative", format!("{name}: the answer is not authoritative"));
    }
    findings
}

/// Names are equal whatever their case and with or without the root's dot.
fn same(found: &str, expected: &str) -> bool {
    found.trim_end_matches('.').eq_ignore_ascii_case(expected.trim_end_matches('.'))
}

fn count(data: &[&str]) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

impl From<Type> for RecordType {
    fn from(record_type: Type) -> Self {
        match record_type {
            Type::A => Self::A,
            Type::Aaaa => Self::Aaaa,
            Type::Caa => Self::Caa,
            Type::Cname => Self::Cname,
            Type::Mx => Self::Mx,
            Type::Ns => Self::Ns,
            Type::Ptr => Self::Ptr,
            Type::Soa => Self::Soa,
            Type::Srv => Self::Srv,
            Type::Txt => Self::Txt,
        }
    }
}
