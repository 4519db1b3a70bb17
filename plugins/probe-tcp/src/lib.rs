//! Connects to a TCP port, speaks a line or two, and looks at the certificate.
//! What cannot be reached, or answers other than expected, is critical; only a missing right is an error of the probe.

use std::time::Duration;

use tocsin_sdk::tcp::{self, Connection, Failure, FailureKind};
use tocsin_sdk::tls::{CertificateLimits, Options, Session};
use tocsin_sdk::{CallError, Error, Evidence, Finding, LatencyLimits, Metric, Observation, Period, clock, text};

#[cfg(test)]
mod tests;

/// No greeting or answer that a check waits for is longer.
const ANSWER_BYTES_MAX: u32 = 8 * 1024;

/// What to connect to and what to expect there.
#[tocsin_sdk::config]
struct Config {
    /// Name or address.
    host: String,
    port: u16,
    /// How long connecting, and each exchange after it, may take.
    #[serde(default = "five_seconds")]
    timeout: Period,
    /// TLS: from the start, unless `talk` has a step `start_tls`.
    tls: Option<Tls>,
    /// What to say and what to wait for, in order.
    #[serde(default)]
    talk: Vec<Step>,
    /// Limits on the whole: lookup, connecting, TLS and talk.
    #[serde(default)]
    latency: LatencyLimits,
}

/// One step of a conversation.
#[tocsin_sdk::config]
#[serde(rename_all = "snake_case")]
enum Step {
    /// Sends this text.
    Send(String),
    /// Waits until this text came.
    Expect(String),
    /// TLS from here on.
    StartTls,
}

/// How to speak TLS.
#[tocsin_sdk::config]
struct Tls {
    /// Whether an untrusted chain ends the connection. If not, it is a finding.
    #[serde(default = "yes")]
    verify: bool,
    /// The name to ask for and to verify, if not the host's.
    server_name: Option<String>,
    /// A PEM bundle to trust instead of the system's.
    ca_pem: Option<String>,
    /// The name of a secret that holds the client's PEM certificate and key.
    client_identity: Option<String>,
    /// How many days the certificate must have left.
    #[serde(default)]
    certificate: CertificateLimits,
}

fn five_seconds() -> Period {
    Period::from_secs(5)
}

fn yes() -> bool {
    true
}

#[tocsin_sdk::probe]
fn check(config: Config) -> Result<Observation, Error> {
    let place = format!("{}:{}", config.host, config.port);
    let connection = match connect(&config) {
        Ok(connection) => connection,
        Err(CallError::Failed(failure)) => return Ok(unreachable(&place, &failure)),
        Err(denied) => return Err(denied.into()),
    };
    let opened = connection.opened();
    let mut session = opened.tls.clone();
    let talked = talk(&config, &connection, &mut session)?;

    let phase = |name, us| Metric::gauge(name, Duration::from_micros(us).as_secs_f64()).unit("seconds");
    let total = config.latency.on("response_time", clock::elapsed());
    let shown = text::value(total.value, "seconds");
    let mut observation = Observation::ok("")
        .metric(phase("lookup", opened.lookup_us))
        .metric(phase("connect", opened.connect_us))
        .judged(total);
    if let Some(us) = opened.tls_us {
        observation = observation.metric(phase("tls", us));
    }
    if let (Some(session), Some(tls)) = (&session, &config.tls) {
        observation = tls.certificate.judge(observation, session, clock::now_ms());
    }
    if let Err(broken) = talked {
        observation = observation.finding(broken.finding).evidence(Evidence::text("received", broken.received));
    }
    Ok(observation.summed_up(format!("{place} answers in {shown}")))
}

fn connect(config: &Config) -> Result<Connection, CallError<Failure>> {
    let later = config.talk.iter().any(|step| matches!(step, Step::StartTls));
    let target = tcp::target(&config.host, config.port).timeout(config.timeout);
    match &config.tls {
        Some(tls) if !later => target.tls(tls.options()),
        _ => target,
    }
    .connect()
}

/// Where a conversation left what was expected.
struct Broken {
    finding: Finding,
    received: String,
}

/// Goes through the steps; the inner error is the target's, the outer one the probe's.
fn talk(config: &Config, connection: &Connection, session: &mut Option<Session>) -> Result<Result<(), Broken>, Error> {
    let mut received = String::new();
    for step in &config.talk {
        let done = match step {
            Step::Send(text) => connection.send(text.as_bytes()),
            Step::Expect(text) => connection.receive(text.as_bytes(), ANSWER_BYTES_MAX).map(|answer| {
                received = String::from_utf8_lossy(&answer.bytes).into_owned();
            }),
            Step::StartTls => start_tls(config, connection, &received).map(|found| *session = Some(found)),
        };
        let finding = match (done, step) {
            (Ok(()), Step::Expect(text)) if !received.contains(text.as_str()) => {
                Finding::critical("unexpected-answer", format!("the answer does not contain {text:?}"))
            }
            (Ok(()), _) => continue,
            (Err(CallError::Failed(failure)), _) => Finding::critical(code(failure.kind), failure.message),
            (Err(denied), _) => return Err(denied.into()),
        };
        return Ok(Err(Broken { finding, received }));
    }
    Ok(Ok(()))
}

/// The rest of the line that allowed TLS is still plain text: it is read first.
fn start_tls(config: &Config, connection: &Connection, received: &str) -> Result<Session, CallError<Failure>> {
    if !received.is_empty() && !received.ends_with('\n') {
        connection.receive(b"\n", ANSWER_BYTES_MAX)?;
    }
    let options = config.tls.as_ref().map_or_else(Options::verified, Tls::options);
    connection.start_tls(&options)
}

impl Tls {
    fn options(&self) -> Options {
        let mut options = if self.verify { Options::verified() } else { Options::unverified() };
        options.server_name.clone_from(&self.server_name);
        options.ca_pem.clone_from(&self.ca_pem);
        options.client_identity.clone_from(&self.client_identity);
        options
    }
}

fn unreachable(place: &str, failure: &Failure) -> Observation {
    let message = format!("{place}: {}", failure.message);
    Observation::critical(&message).finding(Finding::critical(code(failure.kind), message).about(place))
}

fn code(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Lookup => "lookup-failed",
        FailureKind::Connect => "connect-failed",
        FailureKind::Tls => "tls-failed",
        FailureKind::Timeout => "timeout",
        FailureKind::Closed => "closed-early",
        FailureKind::Reset => "connection-reset",
        FailureKind::TooLarge => "answer-too-large",
    }
}
