//! Asks a web address and judges status, body, headers, time and certificate.
//! No answer, or another than expected, is critical; a request that cannot even be made is an error of the probe.

use std::time::Duration;

use tocsin_sdk::http::{Failure, FailureKind, Phases, Response};
use tocsin_sdk::{Error, Evidence, Finding, Metric, Observation, clock, text};

mod ask;
mod config;
mod json_path;
mod judge;
#[cfg(test)]
mod tests;
mod url;

use ask::Asked;
use config::Config;

/// What of a body is kept as evidence.
const EVIDENCE_BYTES_MAX: usize = 4 * 1024;

#[tocsin_sdk::probe]
fn check(config: Config) -> Result<Observation, Error> {
    let (response, findings) = match ask::ask(&config)? {
        Asked::Answered(response) => {
            let findings = judge::findings(&config.expect, &response)?;
            (response, findings)
        }
        Asked::LedAstray { from, to } => {
            let message =
                format!("status {} leads to {to}: name its origin in `redirect_origins` to follow", from.status);
            (from, vec![Finding::critical("redirect-elsewhere", message).about(to)])
        }
        Asked::Failed(failure) => return unanswered(&config, &failure),
    };
    let total =
        config.latency.on("response_time", Duration::from_micros(response.phases.total_us).max(clock::elapsed()));
    let shown = text::value(total.value, "seconds");
    let mut observation = phases(Observation::ok(""), &response.phases).judged(total);
    observation = observation
        .metric(Metric::gauge("status_code", f64::from(response.status)))
        .metric(Metric::gauge("body_size", size(&response)).unit("bytes"));
    let bad = !findings.is_empty();
    observation = findings.into_iter().fold(observation, Observation::finding);
    if let Some(session) = &response.tls {
        observation = config.tls.certificate.judge(observation, session, clock::now_ms());
    }
    if bad {
        observation = observation.evidence(body(&response)).evidence(headers(&response));
    }
    Ok(observation.summed_up(format!("status {} in {shown}", response.status)))
}

fn unanswered(config: &Config, failure: &Failure) -> Result<Observation, Error> {
    let code = match failure.kind {
        FailureKind::InvalidRequest => return Err(Error::new(&failure.message)),
        FailureKind::Lookup => "lookup-failed",
        FailureKind::Connect => "connect-failed",
        FailureKind::Tls => "tls-failed",
        FailureKind::Timeout => "timeout",
        FailureKind::Protocol => "not-http",
    };
    let finding = Finding::critical(code, &failure.message).about(&config.url);
    Ok(phases(Observation::critical(&failure.message), &failure.phases).finding(finding))
}

/// Each phase that was reached, in seconds.
fn phases(observation: Observation, phases: &Phases) -> Observation {
    let known = [
        ("lookup", phases.lookup_us),
        ("connect", phases.connect_us),
        ("tls", phases.tls_us),
        ("first_byte", phases.first_byte_us),
    ];
    let known = known
        .into_iter()
        .filter_map(|(name, us)| Some(Metric::gauge(name, Duration::from_micros(us?).as_secs_f64()).unit("seconds")));
    known.fold(observation, Observation::metric)
}

fn body(response: &Response) -> Evidence {
    let media_type = response.header("content-type").unwrap_or("application/octet-stream");
    let beginning = response.body.get(..EVIDENCE_BYTES_MAX).unwrap_or(&response.body);
    Evidence::new("body", media_type, beginning)
}

fn headers(response: &Response) -> Evidence {
    let lines = response.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    Evidence::text("headers", format!("{} from {}\n{}", response.status, response.peer, lines.collect::<String>()))
}

#[expect(clippy::cast_precision_loss, reason = "bodies are capped far below 2^53 bytes")]
fn size(response: &Response) -> f64 {
    response.body.len() as f64
}
