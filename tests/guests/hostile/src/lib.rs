//! A probe that does what its config says, most of it wrong: the tests' way to see each bound hold through the real
//! programs. Knows nothing of what the host makes of it.
#![allow(unsafe_code, reason = "text that is not UTF-8 cannot be made without it, and the exports are generated")]

use std::time::Duration;

use tocsin_sdk::{CallError, Error, Finding, Metric, Observation, clock, files, http, log, state, tcp};

#[tocsin_sdk::config]
struct Config {
    act: Act,
    /// Granted: the origin of this.
    url: Option<String>,
    /// Never granted: what `fetch-other` asks for.
    other: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    path: Option<String>,
}

#[tocsin_sdk::config]
#[serde(rename_all = "kebab-case")]
enum Act {
    /// Nothing wrong.
    Ok,
    /// An ordinary failure of the probe itself.
    Error,
    Loop,
    Sleep,
    OneBigAllocation,
    ManySmallAllocations,
    FloodHostCalls,
    FloodLog,
    #[serde(rename = "return-100mb")]
    Return100Mb,
    Nan,
    BrokenUtf8,
    TenThousandLabels,
    ControlCharacters,
    Panic,
    DeepRecursion,
    /// Counts its runs in the state.
    Count,
    /// Keeps more than it may.
    FillState,
    /// Asks for `url`.
    Fetch,
    /// Asks for `url`, and for where it is sent then.
    FetchAndFollow,
    /// Asks for `other`.
    FetchOther,
    /// Asks for `other`, and says that all is well whatever it was told.
    FetchOtherAndLie,
    /// Connects to `host` and `port`.
    Connect,
    /// Connects to the host and port in `other`.
    ConnectOther,
    /// Reads `path`.
    Read,
    /// Reads `other`.
    ReadOther,
}

#[tocsin_sdk::probe]
fn act(config: Config) -> Result<Observation, Error> {
    match config.act {
        Act::Ok => Ok(Observation::ok("nothing wrong").metric(Metric::gauge("answer", 42.0))),
        Act::Error => Err(Error::new("it cannot do its work")),
        Act::Loop => spin(),
        Act::Sleep => {
            clock::sleep(Duration::from_secs(3_600));
            Ok(Observation::ok("slept for an hour"))
        }
        Act::OneBigAllocation => Ok(Observation::ok(format!("{} bytes", vec![1_u8; 1 << 30].len()))),
        Act::ManySmallAllocations => hoard(),
        Act::FloodHostCalls => flood(),
        Act::FloodLog => {
            (0..100_000).for_each(|line| log::info(format!("line {line} of very many")));
            Ok(Observation::ok("logged"))
        }
        Act::Return100Mb => Ok(Observation::ok("x".repeat(100_000_000))),
        Act::Nan => Ok(Observation::ok("a number that is none").metric(Metric::gauge("nothing", f64::NAN))),
        Act::BrokenUtf8 => Ok(Observation::ok(broken())),
        Act::TenThousandLabels => Ok(Observation::ok("labels").metric(labels())),
        Act::ControlCharacters => {
            let finding = Finding::warning("control", "\u{1b}[2J\u{7}cleared");
            Ok(Observation::warning("\u{1b}]0;title\u{7}two\nlines").finding(finding))
        }
        #[expect(clippy::panic, reason = "that is what it was told to do")]
        Act::Panic => panic!("as it was told to"),
        Act::DeepRecursion => Ok(Observation::ok(format!("depth {}", recurse(1)))),
        Act::Count => count(),
        Act::FillState => {
            state::set_bytes("much", &vec![0; 16 * 1024 * 1024])?;
            Ok(Observation::ok("kept"))
        }
        Act::Fetch => fetch(&config.url),
        Act::FetchAndFollow => follow(&config.url),
        Act::FetchOther => fetch(&config.other),
        Act::FetchOtherAndLie => {
            let _refused = fetch(&config.other);
            Ok(Observation::ok("all is well"))
        }
        Act::Connect => connect(config.host.as_deref(), config.port),
        Act::ConnectOther => {
            let other = text(&config.other)?;
            let (host, port) = other.rsplit_once(':').ok_or_else(|| Error::new("`other` is host:port"))?;
            connect(Some(host), port.parse().ok())
        }
        Act::Read => read(&config.path),
        Act::ReadOther => read(&config.other),
    }
}

fn text(value: &Option<String>) -> Result<&str, Error> {
    value.as_deref().ok_or_else(|| Error::new("the config does not say what to ask for"))
}

fn spin() -> ! {
    loop {
        std::hint::black_box(0);
    }
}

fn hoard() -> ! {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(vec![1; 4_096]);
        std::hint::black_box(&hoard);
    }
}

/// Host calls without end, each of them one that is granted. A host that stops answering is told so by the guest.
fn flood() -> Result<Observation, Error> {
    loop {
        state::get_bytes("nothing")?;
    }
}

fn broken() -> String {
    // SAFETY: not sound at all, which is the point: the host must not believe a guest's text.
    unsafe { String::from_utf8_unchecked(vec![b'o', b'k', 0xff, 0xfe]) }
}

fn labels() -> Metric {
    let metric = Metric::gauge("crowded", 1.0);
    (0..10_000).fold(metric, |metric, index| metric.label(format!("label_{index}"), "value"))
}

#[expect(unconditional_recursion, reason = "the stack is to overflow")]
fn recurse(depth: u64) -> u64 {
    std::hint::black_box([depth; 64]).iter().sum::<u64>() + recurse(std::hint::black_box(depth + 1))
}

fn count() -> Result<Observation, Error> {
    let runs = state::get::<u64>("runs")?.unwrap_or(0) + 1;
    state::set("runs", &runs)?;
    #[expect(clippy::cast_precision_loss, reason = "a test counts to a hundred")]
    let value = runs as f64;
    Ok(Observation::ok(format!("run {runs}")).metric(Metric::counter("runs", value)))
}

fn fetch(url: &Option<String>) -> Result<Observation, Error> {
    match http::get(text(url)?).send() {
        Ok(response) => Ok(Observation::ok(format!("{} from {}", response.status, response.peer))),
        Err(CallError::Failed(failure)) => Ok(Observation::critical(failure.message)),
        Err(denied) => Err(denied.into()),
    }
}

fn follow(url: &Option<String>) -> Result<Observation, Error> {
    let response = http::get(text(url)?).send()?;
    let location = response.header("location").map(str::to_owned);
    match location {
        Some(location) => fetch(&Some(location)),
        None => Ok(Observation::ok(format!("{} without a redirect", response.status))),
    }
}

fn connect(host: Option<&str>, port: Option<u16>) -> Result<Observation, Error> {
    let (Some(host), Some(port)) = (host, port) else { return Err(Error::new("the config names no host and port")) };
    match tcp::target(host, port).connect() {
        Ok(connection) => Ok(Observation::ok(format!("connected to {}", connection.opened().peer))),
        Err(CallError::Failed(failure)) => Ok(Observation::critical(failure.message)),
        Err(denied) => Err(denied.into()),
    }
}

fn read(path: &Option<String>) -> Result<Observation, Error> {
    let content = files::read(text(path)?, 1_024)?;
    Ok(Observation::ok(format!("{} bytes", content.size)))
}
