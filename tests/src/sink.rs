//! An HTTP server on loopback that notifications are sent to: keeps what it was told, and answers as a test wants, badly
//! too. With a TLS configuration it speaks HTTPS. Ends with the test.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::Answer;
use crate::wait::clock;

/// How often one that hangs looks whether the test is over.
const TICK: Duration = Duration::from_millis(20);

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// By [`clock`].
    pub at: Duration,
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone, Debug)]
pub enum Reply {
    Answer(Answer),
    /// Says nothing until the test ends.
    Hang,
    /// Closes without a word.
    Close,
    /// Promises more of a body than it sends.
    BreakOff(u16),
}

#[derive(Debug)]
pub struct Sink {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    is_tls: bool,
}

#[derive(Debug, Default)]
struct Shared {
    /// Each is used once; after the last one everything is fine.
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
    stopped: AtomicBool,
}

impl Sink {
    /// Says `ok` to everyone.
    pub fn start() -> Self {
        Self::with(None)
    }

    pub fn start_tls(tls: Arc<ServerConfig>) -> Self {
        Self::with(Some(tls))
    }

    fn with(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound port has an address");
        let sink = Self { address, shared: Arc::default(), is_tls: tls.is_some() };
        let shared = Arc::clone(&sink.shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                // A client that went away has no answer to miss.
                thread::spawn(move || drop(shared.serve(stream, tls)));
            }
        });
        sink
    }

    pub fn url(&self) -> String {
        format!("{}://{}/", if self.is_tls { "https" } else { "http" }, self.address)
    }

    /// The next request's answer, after those that were given already.
    pub fn then(&self, reply: Reply) {
        self.shared.replies.lock().expect("no test panics with the replies in hand").push_back(reply);
    }

    /// How many requests were read whole so far.
    pub fn count(&self) -> usize {
        self.shared.asked.lock().expect("no test panics with the requests in hand").len()
    }

    /// All requests so far that were read whole.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("no test panics with the requests in hand").clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which then sees that it is to end and closes the port.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        match tls {
            None => self.answer(stream),
            Some(tls) => {
                let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
                self.answer(StreamOwned::new(connection, stream))
            }
        }
    }

    fn answer(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let asked = read(&mut stream)?;
        self.asked.lock().expect("no test panics with the requests in hand").push(asked);
        let next = self.replies.lock().expect("no test panics with the replies in hand").pop_front();
        let mut stream = stream.into_inner();
        match next.unwrap_or_else(|| Reply::Answer(Answer::new(200, "ok"))) {
            Reply::Answer(Answer { status, headers, body }) => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                write!(stream, "HTTP/1.1 {status} Test\r\n{headers}content-length: {}\r\n", body.len())?;
                write!(stream, "connection: close\r\n\r\n{body}")?;
                stream.flush()
            }
            Reply::Hang => {
                while !self.stopped.load(Ordering::SeqCst) {
                    thread::park_timeout(TICK);
                }
                Ok(())
            }
            Reply::Close => Ok(()),
            Reply::BreakOff(status) => {
                write!(stream, "HTTP/1.1 {status} Test\r\ncontent-length: 1000\r\n\r\nhalf")?;
                stream.flush()
            }
        }
    }
}

fn read(stream: &mut impl BufRead) -> io::Result<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut first = lines.first().map(String::as_str).unwrap_or_default().split(' ');
    let (method, path) = (first.next().unwrap_or_default().to_owned(), first.next().unwrap_or_default().to_owned());
    let header = |line: &String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.iter().skip(1).filter_map(header).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, length)| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    Ok(Asked { at: clock(), method, path, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
