//! HTTP requests: what goes out, what comes back, and what ends them.

use std::time::Duration;

use super::super::http::{FailureKind, HeaderValue, Request};
use super::servers::{Server, Then, ok, response};
use super::*;

fn text(name: &str, value: &str) -> (String, HeaderValue) {
    (name.to_owned(), HeaderValue::Text(value.to_owned()))
}

#[tokio::test]
async fn a_response_comes_with_its_phases_and_the_address_that_answered() {
    let server =
        Server::http(|_| (response("418 I'm a teapot", "X-Kind: pot\r\n", "short and stout"), Then::Close)).await;
    let run = Run::new().origin(&server.url(""));
    let response = run.get(&server.url("/pot?lid=1")).await.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (418, &b"short and stout"[..]));
    assert!(response.headers.contains(&("x-kind".to_owned(), "pot".to_owned())), "{:?}", response.headers);
    assert_eq!((response.peer, response.body_truncated, response.tls), (server.address, false, None));
    let phases = response.phases;
    assert!(phases.lookup.is_some() && phases.connect.is_some() && phases.first_byte.is_some(), "{phases:?}");
    assert!(phases.tls.is_none() && phases.total >= phases.first_byte.unwrap(), "{phases:?}");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        server.seen(),
        [format!(
            "GET /pot?lid=1 HTTP/1.1\r\nHost: {}\r\nUser-Agent: tocsin/{version}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            server.address
        )]
    );
}

#[tokio::test]
async fn secrets_reach_the_server_and_nobody_else() {
    const VALUE: &str = "hunter2-and-more";
    let server = Server::http(|request| {
        (response("200 OK", "Set-Cookie: id=1\r\nX-Echo: hunter2-and-more\r\n", request), Then::Close)
    })
    .await;
    let run = Run::new().origin(&server.url("")).secret("token", VALUE);
    let token = || "token".to_owned();
    let request = Request {
        headers: vec![
            ("x-token".to_owned(), HeaderValue::Secret(token())),
            ("authorization".to_owned(), HeaderValue::Bearer(token())),
            ("x-basic".to_owned(), HeaderValue::Basic { user: "anna".to_owned(), secret: token() }),
        ],
        ..get(&server.url("/"))
    };
    assert!(!format!("{request:?}{:?}", run.caller()).contains(VALUE));
    let response = run.send(request).await.unwrap();
    let seen = server.seen().concat();
    for line in [
        "X-Token: hunter2-and-more\r\n",
        "Authorization: Bearer hunter2-and-more\r\n",
        "X-Basic: Basic YW5uYTpodW50ZXIyLWFuZC1tb3Jl\r\n",
    ] {
        assert!(seen.contains(line), "{line} in {seen}");
    }
    let hidden = |name: &str| (name.to_owned(), "<hidden>".to_owned());
    assert!(response.headers.contains(&hidden("set-cookie")) && response.headers.contains(&hidden("x-echo")));
    let body = String::from_utf8(response.body).unwrap();
    assert!(!body.contains(VALUE) && !body.contains("YW5uYTpodW50ZXIyLWFuZC1tb3Jl"), "{body}");
}

#[tokio::test]
async fn a_secret_that_is_not_granted_or_not_set_sends_nothing() {
    let server = Server::http(|_| (ok(""), Then::Close)).await;
    let mut run = Run::new().origin(&server.url("")).secret("bad", "line\nbreak");
    run.rights.secrets.insert("unset".to_owned());
    let asks = |name: &str| Request {
        headers: vec![("x-token".to_owned(), HeaderValue::Secret(name.to_owned()))],
        ..get(&server.url("/"))
    };
    let refused = refusal(run.send(asks("other")).await);
    assert_eq!((refused.capability, refused.target.as_str()), ("secrets", "other"));
    let unset = failure(run.send(asks("unset")).await);
    assert_eq!(unset.kind, FailureKind::InvalidRequest);
    assert_eq!(unset.message, "the secret `unset` is granted but not set on this node");
    let bad = failure(run.send(asks("bad")).await);
    assert_eq!(bad.message, "the value of the header `x-token` cannot be sent");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn what_is_no_request_is_refused_before_anything_is_sent() {
    let server = Server::http(|_| (ok(""), Then::Close)).await;
    let run = Run::new().origin(&server.url(""));
    let url = server.url("/");
    let with = |headers: Vec<(String, HeaderValue)>| Request { headers, ..get(&url) };
    let method = |method: &str| Request { method: method.to_owned(), ..get(&url) };
    for (request, message) in [
        (get("not a url"), "`not a url` is no URL: relative URL without a base"),
        (get("file:///etc/passwd"), "`file` is no scheme to send requests by: use http or https"),
        (get("http://anna:pw@127.0.0.1/"), "a URL holds no user and password: use a header value of kind `basic`"),
        (method("GE T"), "`GE T` is no HTTP method"),
        (method("CONNECT"), "the method CONNECT is not sent for plugins"),
        (method("TRACE"), "the method TRACE is not sent for plugins"),
        (with(vec![text("transfer-encoding", "chunked")]), "the header `transfer-encoding` is set by the host alone"),
        (with(vec![text("Content-Length", "5")]), "the header `content-length` is set by the host alone"),
        (with(vec![text("x y", "")]), "`x y` is no header name"),
        (with(vec![text("x", "a\r\nb: c")]), "the value of the header `x` cannot be sent"),
        (with(vec![text("x", ""); 101]), "a request has at most 100 headers and 65536 bytes of them"),
    ] {
        let failure = failure(run.send(request).await);
        assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::InvalidRequest, message));
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_host_header_leads_only_to_sites_that_are_granted() {
    let server = Server::http(|_| (ok(""), Then::Close)).await;
    let run = Run::new().origin(&server.url("")).origin("http://shop.example");
    let asks = |site: &str| Request { headers: vec![text("host", site)], ..get(&server.url("/")) };
    run.send(asks("Shop.Example")).await.unwrap();
    assert!(server.seen().concat().contains("Host: shop.example\r\n"));
    assert_eq!(refusal(run.send(asks("other.example")).await).target, "http://other.example");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_target_is_refused_when_asked() {
    let inner = Server::http(|_| (ok("inner"), Then::Close)).await;
    let location = format!("Location: http://{}/\r\n", inner.address);
    let server = Server::http(move |_| (response("302 Found", &location, ""), Then::Close)).await;
    let run = Run::new().origin(&server.url(""));
    let response = run.get(&server.url("/")).await.unwrap();
    assert_eq!(response.status, 302);
    let (_, location) = response.headers.iter().find(|(name, _)| name == "location").unwrap();
    let refused = refusal(run.get(location).await);
    assert_eq!(
        refused.to_string(),
        format!(
            "the capability `http` does not reach http://{}: this run may reach only http://{}",
            inner.address, server.address
        )
    );
    assert!(inner.seen().is_empty());
}

#[tokio::test]
async fn a_body_is_cut_at_its_cap() {
    let server = Server::http(|_| (ok("0123456789"), Then::Hang)).await;
    let run = Run::new().origin(&server.url(""));
    for (cap, kept, truncated) in
        [(None, "0123456789", false), (Some(10), "0123456789", false), (Some(4), "0123", true), (Some(0), "", true)]
    {
        let response = run.send(Request { body_max: cap, ..get(&server.url("/")) }).await.unwrap();
        assert_eq!((response.body.as_slice(), response.body_truncated), (kept.as_bytes(), truncated), "{cap:?}");
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_at_what_the_run_has_left() {
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(3 * 1024 * 1024));
    let server = Server::http(move |_| (endless.clone().into_bytes(), Then::Hang)).await;
    let run = Run::new().origin(&server.url(""));
    let response = run.get(&server.url("/")).await.unwrap();
    assert!(response.body_truncated);
    assert!((1_000_000..1024 * 1024).contains(&response.body.len()), "{}", response.body.len());
}

#[tokio::test]
async fn a_server_that_dawdles_is_left_at_the_deadline() {
    for (said, reached) in
        [("", false), ("HTTP/1.1 200 O", true), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", true)]
    {
        let server = Server::http(move |_| (said.as_bytes().to_vec(), Then::Hang)).await;
        let run = Run::new().origin(&server.url("")).within(Duration::from_millis(200));
        let failure = failure(run.get(&server.url("/")).await);
        assert_eq!((failure.kind, failure.peer), (FailureKind::Timeout, Some(server.address)), "{said}");
        assert_eq!(failure.phases.first_byte.is_some(), reached, "{said}: {failure}");
        assert!(failure.phases.total >= Duration::from_millis(190), "{said}: {failure:?}");
    }
}

#[tokio::test]
async fn a_request_may_ask_for_less_time_than_the_run_has() {
    let server = Server::http(|_| (Vec::new(), Then::Hang)).await;
    let run = Run::new().origin(&server.url(""));
    let request = Request { timeout: Some(Duration::from_millis(100)), ..get(&server.url("/")) };
    let failure = failure(run.send(request).await);
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.phases.total < Duration::from_secs(10), "{failure:?}");
}

#[tokio::test]
async fn what_is_no_http_response_is_a_protocol_failure() {
    let long = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(100 * 1024));
    for (said, message) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "closed the connection before the response was complete"),
        ("", "closed the connection before the response was complete"),
        ("220 mail.example ESMTP\r\n\r\n", "does not answer in HTTP/1.1"),
        (long.as_str(), "is larger than 65536 bytes"),
    ] {
        let bytes = said.as_bytes().to_vec();
        let server = Server::http(move |_| (bytes.clone(), Then::Close)).await;
        let failure = failure(Run::new().origin(&server.url("")).get(&server.url("/")).await);
        assert_eq!(failure.kind, FailureKind::Protocol, "{said:.40}");
        assert!(failure.message.contains(message), "{said:.40}: {failure}");
    }
}

#[tokio::test]
async fn a_closed_port_is_a_connect_failure() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let run = Run::new().origin(&format!("http://{free}"));
    let failure = failure(run.get(&format!("http://{free}/")).await);
    assert_eq!((failure.kind, failure.peer), (FailureKind::Connect, Some(free)));
    assert!(failure.message.starts_with(&format!("cannot connect to {free}: ")), "{failure}");
}

#[tokio::test]
async fn the_nodes_own_listener_gives_a_plugin_its_two_pages_and_nothing_else() {
    let server = Server::http(|_| (ok("fine"), Then::Close)).await;
    let run = Run::new().origin(&server.url("")).private();
    run.owned.insert(server.address);
    assert_eq!(run.get(&server.url("/healthz")).await.unwrap().body, b"fine");
    for request in [
        get(&server.url("/api/v1/status")),
        get(&server.url("/healthz?then=/api")),
        Request { method: "POST".to_owned(), ..get(&server.url("/healthz")) },
    ] {
        let reason = refusal(run.send(request).await).reason;
        assert!(reason.contains("is this node's own listener"), "{reason}");
    }
    assert_eq!(server.seen().len(), 1);
}
