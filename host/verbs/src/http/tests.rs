use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use tocsin_core::plan::Verb;
use tocsin_core::verb::{Changed, Order};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::fixture::{Node, rights};
use crate::unit::Bus;

/// Answers each connection with the next of these, and says what it was sent. An empty answer hangs up.
fn server(answers: Vec<String>) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heard) = sync_channel(16);
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4_096];
            while !complete(&request) {
                let count = stream.read(&mut buffer).unwrap();
                request.extend(&buffer[..count]);
            }
            sender.send(String::from_utf8(request).unwrap()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, heard)
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    body.len() >= length
}

fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// One connection, one request; a secret's value is its name turned round.
#[derive(Debug)]
struct Plain;

impl HttpSender for Plain {
    fn send<'a>(&'a self, call: &'a HttpCall, rights: &'a Rights, timeout: Duration) -> Sending<'a> {
        Box::pin(async move {
            let url = Url::parse(&call.url).unwrap();
            let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
            let unreached = |error: std::io::Error| HttpError::NotSent(error.to_string());
            let mut stream = TcpStream::connect(&host).await.map_err(unreached)?;
            let mut text = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", call.method, url.path());
            text.push_str(&format!("content-length: {}\r\n", call.body.len()));
            for (name, value) in &call.headers {
                let value = match value {
                    HeaderValue::Text(text) => text.clone(),
                    HeaderValue::Secret(name) | HeaderValue::Bearer(name) => {
                        rights.permits_secret(name).unwrap();
                        name.chars().rev().collect()
                    }
                };
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            let lost = |error: std::io::Error| HttpError::NoAnswer(error.to_string());
            let exchange = async {
                stream.write_all(format!("{text}\r\n").as_bytes()).await?;
                stream.write_all(&call.body).await?;
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).await?;
                Ok(String::from_utf8(answer).unwrap())
            };
            let answer = tokio::time::timeout(timeout, exchange).await;
            let answer = answer.map_err(|_| HttpError::NoAnswer("the deadline passed".to_owned()))?.map_err(lost)?;
            let Some((head, body)) = answer.split_once("\r\n\r\n") else {
                return Err(HttpError::NoAnswer("the connection was closed".to_owned()));
            };
            Ok(HttpAnswer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), body: body.into() })
        })
    }
}

fn node() -> Node {
    Node::with(Arc::new(Plain), Bus::System)
}

fn call(method: &str, url: String, status: u16) -> HttpCall {
    HttpCall { method: method.to_owned(), url, headers: vec![], body: vec![], expected_status: vec![status, 204] }
}

fn order(node: &Node, request: HttpCall, compensate: Option<HttpCall>) -> Order {
    node.order(0, Verb::HttpRequest { request, compensate })
}

#[tokio::test]
async fn a_request_is_sent_and_taken_back_by_its_compensation() {
    let (address, heard) = server(vec![answer(200, "opened"), answer(204, "")]);
    let node = node();
    let mut request = call("PUT", format!("http://{address}/breaker"), 200);
    request.body = b"{\"open\":true}".to_vec();
    request.headers = vec![
        ("x-why".to_owned(), HeaderValue::Text("disk full".to_owned())),
        ("authorization".to_owned(), HeaderValue::Secret("token".to_owned())),
    ];
    let compensate = call("DELETE", format!("http://{address}/breaker"), 200);
    let order = order(&node, request, Some(compensate.clone()));
    let prepared = node.executor.prepare(&order).await.unwrap();
    let expected = format!(
        "would send PUT http://{address}/breaker with a body of 13 bytes, to be answered with 200 or 204; taken back by \
         DELETE http://{address}/breaker, to be answered with 200 or 204"
    );
    assert_eq!(prepared.says, expected);
    assert_eq!(prepared.undo, Some(Undo::HttpRequest { request: compensate }));
    assert!(heard.try_recv().is_err());
    let done = node.executor.carry_out(&order).await.unwrap();
    assert_eq!(
        (done.says, done.output.as_str()),
        (format!("PUT http://{address}/breaker was answered with 200"), "opened")
    );
    let sent = heard.recv().unwrap();
    assert!(sent.starts_with("PUT /breaker HTTP/1.1\r\n") && sent.ends_with("\r\n\r\n{\"open\":true}"), "{sent}");
    assert!(sent.contains("x-why: disk full\r\nauthorization: nekot\r\n"), "{sent}");
    let undo = node.undo(0, prepared.undo.unwrap());
    let failure = node.executor.prepare(&undo).await.unwrap_err();
    assert!(failure.reason.starts_with("the capability `verbs` does not reach"), "{}", failure.reason);
    let undo = Order { rights: order.rights.clone(), ..undo };
    node.executor.prepare(&undo).await.unwrap();
    node.executor.carry_out(&undo).await.unwrap();
    assert!(heard.recv().unwrap().starts_with("DELETE /breaker HTTP/1.1\r\n"));
}

#[tokio::test]
async fn what_became_of_a_request_is_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (wrong, _heard) = server(vec![answer(503, "no capacity")]);
    let (silent, _heard_too) = server(vec![String::new()]);
    for (address, changed, says, output) in [
        (closed, Changed::No, "was not sent: ", ""),
        (wrong, Changed::Yes, "was answered with 503, not 200 or 204", "no capacity"),
        (silent, Changed::Perhaps, "was sent, and no answer came: the connection was closed", ""),
    ] {
        let node = node();
        let order = order(&node, call("POST", format!("http://{address}/scale"), 200), None);
        node.executor.prepare(&order).await.unwrap();
        let failure = node.executor.carry_out(&order).await.unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!((failure.changed, failure.output.as_str()), (changed, output));
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_it_open() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let node = node();
    let request = call("POST", format!("http://{}/scale", listener.local_addr().unwrap()), 200);
    let order = Order { timeout: Duration::from_millis(300), ..order(&node, request, None) };
    node.executor.prepare(&order).await.unwrap();
    let failure = node.executor.carry_out(&order).await.unwrap_err();
    assert!(failure.reason.ends_with("no answer came: the deadline passed"), "{}", failure.reason);
    assert_eq!(failure.changed, Changed::Perhaps);
}

#[tokio::test]
async fn what_is_no_request_of_a_repair_is_refused() {
    let url = "http://127.0.0.1:9/x";
    let right = || call("POST", url.to_owned(), 200);
    let header = |name: &str, value| HttpCall { headers: vec![(name.to_owned(), value)], ..right() };
    let text = |text: &str| HeaderValue::Text(text.to_owned());
    let granted = rights(&[format!("http-request {url}")]);
    for (call, says) in [
        (HttpCall { method: "CONNECT".to_owned(), ..right() }, "`CONNECT` is no method of a repair"),
        (HttpCall { method: "post".to_owned(), ..right() }, "`post` is no method of a repair"),
        (HttpCall { method: "GET /\r\nx".to_owned(), ..right() }, "is no method of a repair"),
        (HttpCall { url: "file:///etc/passwd".to_owned(), ..right() }, "none of http or https"),
        (HttpCall { url: "http://user:pw@127.0.0.1:9/x".to_owned(), ..right() }, "holds a user or a password"),
        (HttpCall { url: format!("{url}{}", "x".repeat(9_000)), ..right() }, "none of http or https"),
        (HttpCall { expected_status: vec![], ..right() }, "does not say which status"),
        (HttpCall { expected_status: vec![200, 99], ..right() }, "does not say which status"),
        (HttpCall { body: vec![0; BODY_BYTES_MAX + 1], ..right() }, "is larger than 1 MiB"),
        (header("x y", text("v")), "is no name of a header"),
        (header("", text("v")), "is no name of a header"),
        (header("x-why", text("a\r\nx: b")), "more than one line"),
        (header("x-key", HeaderValue::Secret("other".to_owned())), "other"),
        (header("x-key", HeaderValue::Bearer("other".to_owned())), "other"),
    ] {
        let failure = Request { call: &call, rights: &granted }.look(None).unwrap_err();
        assert!(failure.reason.contains(says), "{}", failure.reason);
        assert_eq!(failure.changed, Changed::No);
        // Nor as what takes another back.
        assert!(Request { call: &right(), rights: &granted }.look(Some(&call)).is_err());
    }
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let (address, _heard) = server(vec![answer(200, &"ä".repeat(20_000))]);
    let node = node();
    let order = order(&node, call("POST", format!("http://{address}/x"), 200), None);
    node.executor.prepare(&order).await.unwrap();
    assert_eq!(node.executor.carry_out(&order).await.unwrap().output.len(), OUTPUT_BYTES_MAX);
}
