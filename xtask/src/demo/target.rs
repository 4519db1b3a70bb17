//! The demo's HTTP target: one page, and a switch that breaks it. It stands for whatever a visitor would check; it knows
//! nothing of Tocsin.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Serves until the process ends.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
}

/// A client that says nothing does not hold the target up for longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// A request line longer than this is nobody's.
const LINE_BYTES_MAX: u64 = 4_096;

impl Target {
    /// On this port of loopback, or on a free one where it is taken.
    pub(crate) fn start(port: u16) -> io::Result<Self> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let broken = Arc::new(AtomicBool::new(false));
        thread::Builder::new().name("target".to_owned()).spawn(move || serve(&listener, &broken))?;
        Ok(Self { address })
    }
}

/// One request after another: a target that is asked once a second needs no more.
fn serve(listener: &TcpListener, broken: &AtomicBool) {
    for stream in listener.incoming().flatten() {
        // A client that went away in the middle of its request has no answer to miss.
        let _gone = answer(&stream, broken);
    }
}

fn answer(stream: &TcpStream, broken: &AtomicBool) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = io::Read::take(BufReader::new(stream), LINE_BYTES_MAX).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head is read to its end, so that closing does not reset the connection.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let (status, body) = respond(&request, broken);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn respond(request: &str, broken: &AtomicBool) -> (&'static str, &'static str) {
    let mut words = request.split(' ');
    match (words.next(), words.next()) {
        (Some("POST"), Some("/break")) => {
            broken.store(true, Ordering::SeqCst);
            ("200 OK", "The shop is broken now. Look at the page; POST /repair mends it.\n")
        }
        (Some("POST"), Some("/repair")) => {
            broken.store(false, Ordering::SeqCst);
            ("200 OK", "The shop works again.\n")
        }
        (Some("GET" | "HEAD"), Some("/")) if broken.load(Ordering::SeqCst) => {
            ("500 Internal Server Error", "The shop is closed: no connection to its database.\n")
        }
        (Some("GET" | "HEAD"), Some("/")) => ("200 OK", "The shop is open.\n"),
        _ => ("404 Not Found", "There are GET /, POST /break and POST /repair.\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_breaks_the_page_and_mends_it() {
        let target = Target::start(0).unwrap();
        let ask = |line: &str| {
            let mut stream = TcpStream::connect(target.address).unwrap();
            write!(stream, "{line} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            io::read_to_string(stream).unwrap()
        };
        assert!(ask("GET /").contains("The shop is open."));
        ask("POST /break");
        assert!(ask("GET /").starts_with("HTTP/1.1 500"));
        ask("POST /repair");
        assert!(ask("GET /").starts_with("HTTP/1.1 200"));
        assert!(ask("GET /nothing").starts_with("HTTP/1.1 404"));
    }
}
