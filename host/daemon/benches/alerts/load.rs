//! The load: batches over two connections that are kept open, and single alerts timed to their webhook.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tocsin_tests::{Sink, clock, wait_until};

use crate::side::Side;

const CONNECTIONS: usize = 2;
const CLUSTERS: usize = 500;
/// Between probes: they shall not wait for each other.
const PROBE_PAUSE: Duration = Duration::from_millis(20);

/// Alerts with what they are posted as: so many a batch.
pub(crate) fn batches(severity: &str, count: usize, rules: usize, batch: usize) -> Vec<(usize, String)> {
    let alert = |n: &usize| {
        let labels = json!({
            "alertname": "HighLatency", "area": format!("a{}", n % rules.max(1)), "severity": severity, "job": "node",
            "cluster": format!("c{}", n % CLUSTERS), "instance": format!("host{n}.example.org:9100"),
        });
        json!({"labels": labels, "annotations": {"summary": "answers slowly"}, "endsAt": "2099-01-01T00:00:00Z"})
    };
    let numbers: Vec<usize> = (0..count).collect();
    let body = |numbers: &[usize]| (numbers.len(), Value::from_iter(numbers.iter().map(alert)).to_string());
    numbers.chunks(batch).map(body).collect()
}

pub(crate) struct Load<'s> {
    side: &'s Side<'s>,
}

impl<'s> Load<'s> {
    pub(crate) const fn new(side: &'s Side<'s>) -> Self {
        Self { side }
    }

    /// Alerts a second, over all connections, until everything was taken or the bound was met.
    pub(crate) fn pour(&self, batches: &[(usize, String)], bound: Duration) -> Result<f64> {
        let began = clock();
        let part = |first: usize| -> Result<usize> {
            let mut connection = Connection::open(self.side)?;
            let mut taken = 0;
            for (count, body) in batches.iter().skip(first).step_by(CONNECTIONS) {
                if clock() - began > bound {
                    break;
                }
                connection.post(body)?;
                taken += count;
            }
            Ok(taken)
        };
        let taken: Result<Vec<usize>> = thread::scope(|scope| {
            let parts: Vec<_> = (0..CONNECTIONS).map(|first| scope.spawn(move || part(first))).collect();
            parts.into_iter().map(|part| part.join().ok().context("a connection's thread fell")?).collect()
        });
        Ok(taken?.into_iter().sum::<usize>() as f64 / (clock() - began).as_secs_f64())
    }
}

/// Milliseconds from each post to its webhook; the bound for those that never came.
pub(crate) fn probe(side: &Side<'_>, sink: &Sink, count: usize, bound: Duration) -> Result<Vec<f64>> {
    let mut connection = Connection::open(side)?;
    let mut posted = Vec::new();
    for number in 0..count {
        let labels = json!({"alertname": "Probe", "kind": "probe", "number": number.to_string()});
        posted.push(clock());
        connection.post(&json!([{"labels": labels}]).to_string())?;
        wait_until(clock() + PROBE_PAUSE);
    }
    let until = clock() + bound;
    let mut arrived = vec![None; count];
    while arrived.iter().any(Option::is_none) && clock() < until {
        for asked in sink.asked().iter().filter(|asked| asked.body.contains(r#""kind":"probe""#)) {
            let body: Value = serde_json::from_str(&asked.body)?;
            let number = body
                .pointer("/commonLabels/number")
                .and_then(serde_json::Value::as_str)
                .and_then(|number| number.parse::<usize>().ok());
            if let Some(slot) = number.and_then(|number| arrived.get_mut(number)) {
                *slot = slot.or(Some(asked.at));
            }
        }
        wait_until(clock() + Duration::from_millis(100));
    }
    let waited = posted.into_iter().zip(arrived);
    Ok(waited.map(|(posted, at)| at.map_or(bound, |at| at.saturating_sub(posted)).as_secs_f64() * 1e3).collect())
}

/// Kept open, as Prometheus does.
pub(crate) struct Connection<'s> {
    side: &'s Side<'s>,
    stream: BufReader<TcpStream>,
}

impl<'s> Connection<'s> {
    pub(crate) fn open(side: &'s Side<'s>) -> Result<Self> {
        let stream = TcpStream::connect(&side.address)?;
        stream.set_nodelay(true)?;
        Ok(Self { side, stream: BufReader::new(stream) })
    }

    pub(crate) fn post(&mut self, body: &str) -> Result<()> {
        let Side { address, path, token, .. } = self.side;
        let head = format!(
            "POST {path}/alerts HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nauthorization: Bearer \
             {token}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let (mut status, mut length) = (String::new(), 0);
        self.stream.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        ensure!(status.contains(" 200 "), "{}: {}", status.trim(), String::from_utf8_lossy(&answer));
        Ok(())
    }
}
