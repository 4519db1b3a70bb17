//! Names that turn out to be somewhere else: rebinding, mixed answers, sockets that WASI opens.

use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record, RecordType};

use super::super::http::FailureKind;
use super::servers::{NameServer, Server, Then, ok};
use super::*;

/// The answer of a server that knows these IPv4 addresses of the name, for no longer than this moment.
fn addresses(question: &Message, addresses: &[&str]) -> Message {
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    let query = question.queries[0].clone();
    if query.query_type == RecordType::A {
        for address in addresses {
            let data = RData::A(A(address.parse().unwrap()));
            answer.add_answer(Record::from_rdata(query.name.clone(), 0, data));
        }
    }
    answer.add_query(query);
    answer
}

#[tokio::test]
async fn a_name_that_moves_to_a_forbidden_address_is_refused() {
    let target = Server::http(|_| (ok("here"), Then::Close)).await;
    let asked = AtomicUsize::new(0);
    let names = NameServer::new(move |question, _| {
        let is_a = question.queries[0].query_type == RecordType::A;
        let first = if is_a { asked.fetch_add(1, Ordering::SeqCst) == 0 } else { false };
        vec![addresses(question, if first { &["127.0.0.1"] } else { &["169.254.169.254"] })]
    })
    .await;
    let url = format!("http://moves.example:{}/", target.address.port());
    let run = Run::with_resolver(Some(names.address)).origin(&url).private();
    assert_eq!(run.get(&url).await.unwrap().body, b"here");
    let refused = refusal(run.get(&url).await);
    assert_eq!(
        refused.reason,
        "moves.example resolves to 169.254.169.254, a cloud's metadata address, which no plugin may reach"
    );
}

#[tokio::test]
async fn one_forbidden_address_among_good_ones_refuses_the_name() {
    let target = Server::http(|_| (ok("here"), Then::Close)).await;
    let names = NameServer::new(|question, _| vec![addresses(question, &["127.0.0.1", "169.254.1.1"])]).await;
    let url = format!("http://mixed.example:{}/", target.address.port());
    let run = Run::with_resolver(Some(names.address)).origin(&url).private();
    let reason = refusal(run.get(&url).await).reason;
    assert_eq!(reason, "mixed.example resolves to 169.254.1.1, a link-local address, which no plugin may reach");
    assert!(target.seen().is_empty());
}

#[tokio::test]
async fn a_name_at_a_private_address_needs_the_right_to_it() {
    let target = Server::http(|_| (ok("here"), Then::Close)).await;
    let names = NameServer::new(|question, _| vec![addresses(question, &["127.0.0.1"])]).await;
    let url = format!("http://inside.example:{}/", target.address.port());
    let run = Run::with_resolver(Some(names.address)).origin(&url);
    let reason = refusal(run.get(&url).await).reason;
    assert!(reason.starts_with("inside.example resolves to 127.0.0.1, a loopback address"), "{reason}");
    assert_eq!(run.private().get(&url).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_a_lookup_failure() {
    for (code, message) in [
        (ResponseCode::NXDomain, "no name server knows gone.example"),
        (ResponseCode::NoError, "gone.example exists but has no address"),
    ] {
        let names = NameServer::new(move |question, _| {
            let mut answer = addresses(question, &[]);
            answer.metadata.response_code = code;
            vec![answer]
        })
        .await;
        let run = Run::with_resolver(Some(names.address)).origin("http://gone.example");
        let failure = failure(run.get("http://gone.example/").await);
        assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Lookup, message));
    }
}

#[tokio::test]
async fn a_name_server_that_says_nothing_is_left_at_the_deadline() {
    let names = NameServer::new(|_, _| Vec::new()).await;
    let run = Run::with_resolver(Some(names.address)).origin("http://slow.example").within(Duration::from_millis(100));
    let failure = failure(run.get("http://slow.example/").await);
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.message.ends_with("while looking up slow.example"), "{failure}");
}

#[tokio::test]
async fn localhost_is_this_machine_whatever_a_name_server_says() {
    let target = Server::http(|_| (ok("here"), Then::Close)).await;
    let names = NameServer::new(|question, _| vec![addresses(question, &["192.0.2.7"])]).await;
    let url = format!("http://localhost:{}/", target.address.port());
    let run = Run::with_resolver(Some(names.address)).origin(&url);
    assert_eq!(run.get(&url).await.unwrap().peer, target.address);
}

#[tokio::test]
async fn a_socket_may_go_to_the_addresses_of_granted_names_only() {
    let names = NameServer::new(|question, _| vec![addresses(question, &["192.0.2.7"])]).await;
    let run = Run::with_resolver(Some(names.address)).endpoint("db.example", 5432).endpoint("127.0.0.1", 6379);
    for (target, allowed) in [
        ("192.0.2.7:5432", true),
        ("192.0.2.7:5433", false),
        ("192.0.2.8:5432", false),
        ("127.0.0.1:6379", true),
        ("[::ffff:127.0.0.1]:6379", true),
        ("127.0.0.1:5432", false),
        ("169.254.169.254:5432", false),
    ] {
        let deadline = Instant::now() + run.deadline;
        let checked = run.network.check_socket(target.parse().unwrap(), &run.rights, deadline).await;
        assert_eq!(checked.is_ok(), allowed, "{target}: {checked:?}");
    }
    run.owned.insert("127.0.0.1:6379".parse().unwrap());
    let deadline = Instant::now() + run.deadline;
    assert!(run.network.check_socket("127.0.0.1:6379".parse().unwrap(), &run.rights, deadline).await.is_err());
}

#[tokio::test]
async fn a_connection_for_somebody_elses_request_is_checked_the_same() {
    let target = Server::http(|_| (ok("here"), Then::Close)).await;
    let run = Run::new().origin(&target.url(""));
    let port = target.address.port();
    let connect = |host: &'static str| {
        let deadline = Instant::now() + run.deadline;
        run.network.connect_checked(("http", host, port), Purpose::Anything, &run.rights, deadline)
    };
    assert_eq!(connect("127.0.0.1").await.unwrap().peer, target.address);
    assert_eq!(refusal(connect("localhost").await).capability, "http");
    run.owned.insert(target.address);
    assert!(refusal(connect("127.0.0.1").await).reason.contains("own listener"));
}
