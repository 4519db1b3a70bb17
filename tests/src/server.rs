//! A small HTTP server on loopback that answers as a test wants, and counts who asked. Ends with the test.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is answered to every request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn new(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound port has an address");
        let server =
            Self { address, answer: Arc::new(Mutex::new(answer)), asked: Arc::default(), stopped: Arc::default() };
        let (answer, asked, stopped) =
            (Arc::clone(&server.answer), Arc::clone(&server.asked), Arc::clone(&server.stopped));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                asked.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().expect("no test panics with the answer in hand").clone();
                // A client that went away has no answer to miss.
                let _gone = serve(&stream, &answer);
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// From now on.
    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().expect("no test panics with the answer in hand") = answer;
    }

    /// How often somebody connected.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which then sees that it is to end and closes the port.
        let _woken = TcpStream::connect(self.address);
    }
}

fn serve(stream: &TcpStream, answer: &Answer) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream).lines();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (status, length, body) = (answer.status, answer.body.len(), &answer.body);
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} Test\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}
