//! TCP connections: bounded sends and receives, TLS in the middle, and how many at a time.

use std::future::pending;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::super::tcp::{Connection, Failure, FailureKind, OpenConnections, Target};
use super::certificates::Authority;
use super::servers::Talker;
use super::*;

fn target(address: SocketAddr) -> Target {
    Target { host: address.ip().to_string(), port: address.port(), timeout: None, tls: None }
}

fn run(address: SocketAddr) -> Run {
    Run::new().endpoint(&address.ip().to_string(), address.port())
}

async fn open(run: &Run, address: SocketAddr) -> Result<Connection, CallError<Failure>> {
    run.network.tcp_connect(&target(address), &OpenConnections::default(), &run.caller()).await
}

#[tokio::test]
async fn what_was_received_ahead_waits_for_the_next_call() {
    let talker = Talker::new(|mut stream| async move {
        let mut line = [0; 6];
        stream.read_exact(&mut line).await.unwrap();
        stream.write_all(b"220 hello\r\n250 again\r\nrest").await.unwrap();
    })
    .await;
    let run = run(talker.address);
    let mut connection = open(&run, talker.address).await.unwrap();
    assert_eq!(connection.opened().peer, talker.address);
    let budget = run.caller().budget;
    connection.send(b"EHLO\r\n", None, budget).await.unwrap();
    for (until, max, expected, closed) in [
        (&b"\r\n"[..], 100, &b"220 hello\r\n"[..], false),
        (b"\r\n", 4, b"250 ", false),
        (b"\r\n", 100, b"again\r\n", false),
        (b"never", 100, b"rest", true),
        (b"", 100, b"", true),
    ] {
        let received = connection.receive(until, max, None, budget).await.unwrap();
        assert_eq!((received.bytes.as_slice(), received.closed), (expected, closed));
    }
}

#[tokio::test]
async fn an_end_that_comes_in_pieces_is_found() {
    let talker = Talker::new(|mut stream| async move {
        for byte in b"one;;two" {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        pending().await
    })
    .await;
    let run = run(talker.address);
    let mut connection = open(&run, talker.address).await.unwrap();
    let received = connection.receive(b";;", 100, None, run.caller().budget).await.unwrap();
    assert_eq!(received.bytes, b"one;;");
}

#[tokio::test]
async fn a_silent_server_is_left_in_time_and_what_it_said_is_kept() {
    let talker = Talker::new(|mut stream| async move {
        stream.write_all(b"half a li").await.unwrap();
        pending().await
    })
    .await;
    let run = run(talker.address);
    let mut connection = open(&run, talker.address).await.unwrap();
    let budget = run.caller().budget;
    let failure = connection.receive(b"\n", 100, Some(Duration::from_millis(200)), budget).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_eq!(connection.receive(b"", 100, None, budget).await.unwrap().bytes, b"half a li");
}

#[tokio::test]
async fn no_more_is_sent_or_received_than_the_run_may_carry() {
    let talker = Talker::new(|mut stream| async move {
        stream.write_all(&[b'x'; 4096]).await.unwrap();
        pending().await
    })
    .await;
    let run = run(talker.address);
    let mut connection = open(&run, talker.address).await.unwrap();
    let little = Budget::new(Instant::now() + run.deadline, 10 + 64);
    assert_eq!(connection.receive(b"never", 4096, None, little).await.unwrap().bytes, [b'x'; 10]);
    let failure = connection.send(&[0; 11], None, little).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::TooLarge, "11 bytes are more than this run may still carry")
    );
}

#[tokio::test]
async fn a_run_has_only_so_many_connections_open() {
    let talker = Talker::new(|_stream| pending()).await;
    let run = run(talker.address);
    let open = OpenConnections::default();
    let mut held = Vec::new();
    let refused = loop {
        match run.network.tcp_connect(&target(talker.address), &open, &run.caller()).await {
            Ok(connection) => held.push(connection),
            Err(error) => break failure(Err::<(), _>(error)),
        }
    };
    assert_eq!(refused.message, format!("this run has {} connections open: close one first", held.len()));
    held.pop();
    assert!(run.network.tcp_connect(&target(talker.address), &open, &run.caller()).await.is_ok());
}

#[tokio::test]
async fn a_port_that_is_not_granted_is_refused() {
    let talker = Talker::new(|_stream| pending()).await;
    let run = Run::new().endpoint("127.0.0.1", 1);
    let refused = refusal(open(&run, talker.address).await);
    assert_eq!((refused.capability, refused.target), ("tcp", talker.address.to_string()));
}

/// A server that consents to TLS with these words, and then echoes one line under it.
async fn starttls(authority: &Authority, consent: &'static [u8]) -> Talker {
    let acceptor = TlsAcceptor::from(Arc::new(authority.signs("127.0.0.1", |_| {}).server()));
    Talker::new(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut ask = [0; 10];
            stream.read_exact(&mut ask).await.unwrap();
            stream.write_all(consent).await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut line = [0; 5];
            stream.read_exact(&mut line).await.unwrap();
            stream.write_all(&line).await.unwrap();
            stream.flush().await.unwrap();
            pending().await
        }
    })
    .await
}

#[tokio::test]
async fn tls_starts_in_the_middle_of_a_conversation() {
    let authority = Authority::new();
    let talker = starttls(&authority, b"220 go\r\n").await;
    let run = run(talker.address);
    let mut connection = open(&run, talker.address).await.unwrap();
    let budget = run.caller().budget;
    connection.send(b"STARTTLS\r\n", None, budget).await.unwrap();
    assert_eq!(connection.receive(b"\r\n", 100, None, budget).await.unwrap().bytes, b"220 go\r\n");
    let options = TlsOptions { ca_pem: Some(authority.pem()), ..TlsOptions::default() };
    let session = connection.start_tls(&run.network, &options, None, &run.caller()).await.unwrap();
    assert_eq!((session.version.as_str(), session.certificates.len()), ("TLSv1.3", 1));
    connection.send(b"safe\n", None, budget).await.unwrap();
    assert_eq!(connection.receive(b"\n", 100, None, budget).await.unwrap().bytes, b"safe\n");
    let twice = failure(connection.start_tls(&run.network, &options, None, &run.caller()).await);
    assert_eq!(twice.kind, FailureKind::Tls);
}

#[tokio::test]
async fn words_slipped_in_before_tls_are_not_taken_for_words_under_it() {
    let authority = Authority::new();
    let talker = starttls(&authority, b"220 go\r\n250 injected\r\n").await;
    let run = run(talker.address);
    let mut connection = open(&run, talker.address).await.unwrap();
    let budget = run.caller().budget;
    connection.send(b"STARTTLS\r\n", None, budget).await.unwrap();
    connection.receive(b"\r\n", 100, None, budget).await.unwrap();
    let options = TlsOptions { ca_pem: Some(authority.pem()), ..TlsOptions::default() };
    let failure = failure(connection.start_tls(&run.network, &options, None, &run.caller()).await);
    assert_eq!(failure.message, format!("{} sent more in plain text after its consent to TLS", talker.address));
}

#[tokio::test]
async fn tls_from_the_start_is_part_of_connecting() {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(Arc::new(authority.signs("127.0.0.1", |_| {}).server()));
    let talker = Talker::new(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                stream.write_all(b"hello\n").await.unwrap();
                // Without saying that it closes: as many servers do.
                stream.flush().await.unwrap();
            }
        }
    })
    .await;
    let run = run(talker.address);
    let secure =
        |ca_pem| Target { tls: Some(TlsOptions { ca_pem, ..TlsOptions::default() }), ..target(talker.address) };
    let open = OpenConnections::default();
    let mut connection = run.network.tcp_connect(&secure(Some(authority.pem())), &open, &run.caller()).await.unwrap();
    assert!(connection.opened().tls.is_some() && connection.opened().phases.tls.is_some());
    let received = connection.receive(b"never", 100, None, run.caller().budget).await.unwrap();
    assert_eq!((received.bytes.as_slice(), received.closed), (&b"hello\n"[..], true));
    let stranger = failure(run.network.tcp_connect(&secure(None), &open, &run.caller()).await);
    assert_eq!(stranger.kind, FailureKind::Tls, "{stranger}");
}
