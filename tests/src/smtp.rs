//! A mail server on loopback: speaks enough SMTP for a client that means it (EHLO, STARTTLS, AUTH PLAIN, several
//! recipients), keeps the mails it took, and greylists or refuses where a test wants that. Ends with the test.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How it behaves.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Recipients that are put off with 451 before one is taken.
    pub greylisted: u32,
    /// Refuses every recipient with 550.
    pub refuses: bool,
    /// Offers STARTTLS.
    pub tls: Option<Arc<ServerConfig>>,
    /// Offers AUTH PLAIN, and wants this response, in base64.
    pub plain: Option<String>,
}

/// A mail that was taken.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, as they came.
    pub text: String,
    pub encrypted: bool,
    pub authenticated: bool,
}

#[derive(Debug)]
pub struct Smtp {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    manners: Mutex<Manners>,
    mails: Mutex<Vec<Mail>>,
    stopped: AtomicBool,
}

trait Duplex: Read + Write {}
impl<S: Read + Write> Duplex for S {}

impl Smtp {
    pub fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound port has an address");
        let shared =
            Arc::new(Shared { manners: Mutex::new(manners), mails: Mutex::default(), stopped: AtomicBool::new(false) });
        let server = Self { address, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that went away has nothing more to hear.
                thread::spawn(move || drop(shared.session(stream)));
            }
        });
        server
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().expect("no test panics with the mails in hand").clone()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which then sees that it is to end and closes the port.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn session(&self, socket: TcpStream) -> io::Result<()> {
        socket.set_read_timeout(Some(Duration::from_secs(30)))?;
        let manners = || self.manners.lock().expect("no test panics with the manners in hand").clone();
        let plain_socket = socket.try_clone()?;
        let mut stream: BufReader<Box<dyn Duplex>> = BufReader::new(Box::new(socket));
        let mut mail = Mail::default();
        say(&mut stream, "220 sink ESMTP")?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    let manners = manners();
                    let tls = if manners.tls.is_some() && !mail.encrypted { "250-STARTTLS\r\n" } else { "" };
                    let auth = if manners.plain.is_some() { "250-AUTH PLAIN\r\n" } else { "" };
                    say(&mut stream, &format!("250-sink\r\n{tls}{auth}250 8BITMIME"))?;
                }
                "STARTTLS" => {
                    say(&mut stream, "220 go ahead")?;
                    let Some(tls) = manners().tls else { return Ok(()) };
                    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
                    stream = BufReader::new(Box::new(StreamOwned::new(connection, plain_socket.try_clone()?)));
                    mail.encrypted = true;
                }
                "AUTH" => {
                    mail.authenticated = manners().plain.is_some_and(|plain| rest == format!("PLAIN {plain}"));
                    say(&mut stream, if mail.authenticated { "235 welcome" } else { "535 who are you" })?;
                }
                "MAIL" => {
                    rest.clone_into(&mut mail.from);
                    say(&mut stream, "250 ok")?;
                }
                "RCPT" => {
                    let said = self.recipient(&mut mail, rest);
                    say(&mut stream, said)?;
                }
                "DATA" => {
                    say(&mut stream, "354 go on")?;
                    mail.text = text(&mut stream)?;
                    self.mails.lock().expect("no test panics with the mails in hand").push(mail.clone());
                    say(&mut stream, "250 taken")?;
                }
                "QUIT" => return say(&mut stream, "221 bye"),
                _ => say(&mut stream, "250 ok")?,
            }
        }
    }

    fn recipient(&self, mail: &mut Mail, rest: &str) -> &'static str {
        let mut manners = self.manners.lock().expect("no test panics with the manners in hand");
        if manners.refuses {
            return "550 no such user";
        }
        if manners.greylisted > 0 {
            manners.greylisted -= 1;
            return "451 greylisted, come back later";
        }
        mail.to.push(rest.to_owned());
        "250 ok"
    }
}

fn say(stream: &mut BufReader<Box<dyn Duplex>>, line: &str) -> io::Result<()> {
    let stream = stream.get_mut();
    stream.write_all(format!("{line}\r\n").as_bytes())?;
    stream.flush()
}

/// Up to a line with a single dot.
fn text(stream: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 || line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
