//! Small servers on free loopback ports; each ends with its value. They do what they are told, also what no decent server
//! would.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::Message;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// What a server does once it has said its piece.
#[derive(Clone, Copy)]
pub(super) enum Then {
    Close,
    /// Says nothing more, and keeps the connection open.
    Hang,
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// What clients sent, one entry a request.
    seen: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// An HTTP server that gives each request's head to `reply`.
    pub(super) async fn http(reply: impl Fn(&str) -> (Vec<u8>, Then) + Send + Sync + 'static) -> Self {
        Self::listen(None, reply).await
    }

    pub(super) async fn https(config: ServerConfig, reply: &'static str) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::listen(Some(acceptor), move |_| (ok(reply), Then::Close)).await
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    async fn listen(tls: Option<TlsAcceptor>, reply: impl Fn(&str) -> (Vec<u8>, Then) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (reply, kept) = (Arc::new(reply), Arc::clone(&seen));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut talks = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, reply, kept) = (tls.clone(), Arc::clone(&reply), Arc::clone(&kept));
                talks.spawn(async move {
                    match tls {
                        None => talk(stream, &*reply, &kept).await,
                        // A client that does not like the certificate goes away: that is the test.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                talk(stream, &*reply, &kept).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, seen, _tasks: tasks }
    }
}

async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    reply: &(impl Fn(&str) -> (Vec<u8>, Then) + ?Sized),
    seen: &Mutex<Vec<String>>,
) {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        if !matches!(stream.read_buf(&mut request).await, Ok(1..)) {
            return;
        }
    }
    let request = String::from_utf8(request).unwrap();
    let (bytes, then) = reply(&request);
    seen.lock().unwrap().push(request);
    // The client may have had enough before everything was said.
    if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
        return;
    }
    match then {
        Then::Close => drop(stream.shutdown().await),
        Then::Hang => pending().await,
    }
}

/// A whole response with this body.
pub(super) fn ok(body: &str) -> Vec<u8> {
    response("200 OK", "", body)
}

/// `headers` are whole lines.
pub(super) fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

/// A server that runs one conversation with each client.
pub(super) struct Talker {
    pub(super) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Talker {
    pub(super) async fn new<F: Future<Output = ()> + Send + 'static>(
        talk: impl Fn(TcpStream) -> F + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut talks = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                talks.spawn(talk(stream));
            }
        });
        Self { address, _tasks: tasks }
    }
}

/// How a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Udp,
    Tcp,
}

/// A name server by UDP and TCP on one port. For each question `answers` gives the messages to send, which may be none.
pub(super) struct NameServer {
    pub(super) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl NameServer {
    pub(super) async fn new(answers: impl Fn(&Message, By) -> Vec<Message> + Send + Sync + 'static) -> Self {
        let (udp, tcp) = both().await;
        let address = udp.local_addr().unwrap();
        let answers = Arc::new(answers);
        let mut tasks = JoinSet::new();
        let by_udp = Arc::clone(&answers);
        tasks.spawn(async move {
            let mut buffer = [0; 4096];
            loop {
                let (length, client) = udp.recv_from(&mut buffer).await.unwrap();
                for answer in by_udp(&Message::from_vec(&buffer[..length]).unwrap(), By::Udp) {
                    udp.send_to(&answer.to_vec().unwrap(), client).await.unwrap();
                }
            }
        });
        tasks.spawn(async move {
            loop {
                let (mut stream, _) = tcp.accept().await.unwrap();
                let mut question = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut question).await.unwrap();
                for answer in answers(&Message::from_vec(&question).unwrap(), By::Tcp) {
                    let wire = answer.to_vec().unwrap();
                    stream.write_u16(wire.len().try_into().unwrap()).await.unwrap();
                    stream.write_all(&wire).await.unwrap();
                }
            }
        });
        Self { address, _tasks: tasks }
    }
}

/// The same port for UDP and TCP: the kernel gives out each alone, so a taken one is asked for again.
async fn both() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}
