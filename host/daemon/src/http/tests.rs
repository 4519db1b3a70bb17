//! HTTP's own concerns, against a node that only remembers what it was asked: doors, problems, filters, events, the
//! description of it all.

mod alertmanager;
mod fake;

use axum::Router;
use axum::body::{Body, to_bytes};
use futures_util::StreamExt as _;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tocsin_api::{Change, CheckStatus, Code};
use tower::ServiceExt as _;

use fake::{Fixture, LOCAL, OPEN, TOKENS};

struct Reply {
    status: StatusCode,
    kind: String,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    fn code(&self) -> String {
        assert_eq!(self.kind, "application/problem+json", "{}", String::from_utf8_lossy(&self.body));
        self.json()["code"].as_str().expect("a code").to_owned()
    }
}

fn request(method: Method, path: &str, token: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("host", "localhost:7117");
    if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) }
}

async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let kind = response.headers().get("content-type").map_or("", |kind| kind.to_str().expect("text")).to_owned();
    let body = to_bytes(response.into_body(), 1 << 24).await.expect("a body").to_vec();
    Reply { status, kind, body }
}

async fn get(router: &Router, path: &str) -> Reply {
    send(router, request(Method::GET, path, "").body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn who_may_do_what_as_a_table() {
    let [viewer, operator, admin] = TOKENS.map(|(_, _, token)| token);
    #[rustfmt::skip]
    let table = [
        // what                              loopback, none | viewer | operator | admin
        (Method::GET,    "/healthz",                          [200, 200, 200, 200]),
        (Method::GET,    "/",                                 [200, 200, 200, 200]),
        (Method::GET,    "/api/v1/status",                    [200, 200, 200, 200]),
        (Method::GET,    "/metrics",                          [200, 200, 200, 200]),
        (Method::GET,    "/api/v1/checks/web",                [200, 200, 200, 200]),
        (Method::GET,    "/api/v1/runs/run-1/transcript",     [401, 403, 200, 200]),
        (Method::POST,   "/api/v1/checks/web/run",            [401, 403, 200, 200]),
        (Method::POST,   "/api/v1/reload",                    [401, 403, 403, 200]),
        (Method::DELETE, "/api/v1/plugins/probe-http",        [401, 403, 403, 200]),
        (Method::POST,   "/api/v1/plugins/probe-http/rollback", [401, 403, 403, 200]),
        (Method::GET,    "/api/v1/audit",                     [401, 403, 403, 200]),
    ];
    let fixture = Fixture::new(LOCAL);
    for (method, path, expected) in table {
        for (token, expected) in ["", viewer, operator, admin].into_iter().zip(expected) {
            let request = request(method.clone(), path, token).body(Body::empty()).expect("a request");
            let reply = send(&fixture.router, request).await;
            assert_eq!(reply.status.as_u16(), expected, "{method} {path} {token:?}");
        }
    }
}

#[tokio::test]
async fn off_loopback_every_route_but_the_page_and_the_health_asks_for_a_token() {
    let fixture = Fixture::new(OPEN);
    for (method, path) in documented(&fixture.router).await {
        let path = path.replace("{name}", "web").replace("{id}", "run-1").replace("{fingerprint}", "nonsense");
        let reply = send(&fixture.router, request(method, &path, "").body(Body::empty()).expect("a request")).await;
        let open = ["/healthz", "/readyz"].contains(&path.as_str());
        assert_eq!(reply.status == StatusCode::UNAUTHORIZED, !open, "{path}");
        assert!(open || reply.code() == "unauthorized", "{path}");
    }
    assert_eq!(get(&fixture.router, "/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn on_loopback_a_foreign_host_name_is_refused() {
    let fixture = Fixture::new(LOCAL);
    let table = [
        ("localhost", true),
        ("LocalHost:7117", true),
        ("127.0.0.1:7117", true),
        ("127.8.9.1", true),
        ("[::1]:7117", true),
        ("evil.example", false),
        ("localhost.evil.example", false),
        ("192.0.2.1:7117", false),
        ("", false),
        ("a b", false),
    ];
    for (host, allowed) in table {
        let request = Request::get("/api/v1/status").header("host", host).body(Body::empty()).expect("a request");
        let reply = send(&fixture.router, request).await;
        assert_eq!(reply.status == StatusCode::OK, allowed, "{host}");
        assert!(allowed || reply.code() == "host-not-allowed", "{host}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_a_problem_document_with_its_code() {
    let fixture = Fixture::new(LOCAL);
    let admin = TOKENS[2].2;
    let table = [
        (Method::GET, "/nowhere", 404, Code::NotFound),
        (Method::GET, "/api/v1/nowhere", 404, Code::NotFound),
        (Method::PUT, "/api/v1/status", 405, Code::MethodNotAllowed),
        (Method::GET, "/api/v1/checks/none", 404, Code::CheckNotFound),
        (Method::GET, "/api/v1/checks/%ff", 400, Code::BadRequest),
        (Method::GET, "/api/v1/runs/none", 404, Code::RunNotFound),
        (Method::GET, "/api/v1/checks?status=fine", 400, Code::BadRequest),
        (Method::GET, "/api/v1/checks?label=team", 400, Code::BadRequest),
        (Method::GET, "/api/v1/checks?colour=red", 400, Code::BadRequest),
        (Method::GET, "/api/v1/checks?limit=many", 400, Code::BadRequest),
        (Method::POST, "/api/v1/plugins", 400, Code::BadRequest),
        (Method::POST, "/api/v1/plugins?grant=nonsense", 400, Code::BadRequest),
        (Method::POST, "/api/v1/plugins?grant=%7B%22fly%22:true%7D", 400, Code::BadRequest),
    ];
    for (method, path, status, code) in table {
        let request = request(method, path, admin).body(Body::empty()).expect("a request");
        let reply = send(&fixture.router, request).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code.as_str()), "{path}");
        let detail = reply.json()["detail"].as_str().expect("a detail").to_owned();
        assert!(!detail.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_component_that_is_too_large_is_refused_and_never_reaches_the_node() {
    let fixture = Fixture::new(LOCAL);
    let chunk = bytes::Bytes::from(vec![0; 1 << 20]);
    let endless = futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    let request = request(Method::POST, "/api/v1/plugins", TOKENS[2].2).body(Body::from_stream(endless));
    let reply = send(&fixture.router, request.expect("a request")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "body-too-large"));
    assert!(fixture.node.uploads().is_empty());
}

#[tokio::test]
async fn a_component_that_asks_for_more_is_answered_with_what_it_asks_and_taken_with_the_grant() {
    let fixture = Fixture::new(LOCAL);
    let upload = |query: &str| {
        request(Method::POST, &format!("/api/v1/plugins?{query}"), TOKENS[2].2)
            .body(Body::from("component"))
            .expect("a request")
    };
    let reply = send(&fixture.router, upload("")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "grant-required"));
    assert_eq!(
        reply.json()["install"]["asked"][0]["words"],
        "send HTTP requests to what the check's config names as `{url}`"
    );
    let grant =
        reply.json()["install"]["grant"].to_string().replace('"', "%22").replace('{', "%7B").replace('}', "%7D");
    let reply = send(&fixture.router, upload(&format!("grant={grant}&digest=sha256:ABCD&allow_unsigned=true"))).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", String::from_utf8_lossy(&reply.body));
    let uploads = fixture.node.uploads();
    let taken = uploads.last().expect("an upload");
    assert_eq!(taken.digest.as_deref(), Some("abcd"));
    assert!(taken.allow_unsigned && taken.grant.as_ref().is_some_and(|grant| grant.http.contains("{url}")));
    assert_eq!(taken.component.as_ref(), b"component");
}

#[tokio::test]
async fn every_change_and_every_failed_one_is_in_the_audit_log() {
    let fixture = Fixture::new(LOCAL);
    let admin = TOKENS[2].2;
    for (method, path) in [
        (Method::POST, "/api/v1/checks/web/run"),
        (Method::POST, "/api/v1/checks/none/run"),
        (Method::POST, "/api/v1/reload"),
        (Method::DELETE, "/api/v1/plugins/probe-http"),
    ] {
        send(&fixture.router, request(method, path, admin).body(Body::empty()).expect("a request")).await;
    }
    let reply =
        send(&fixture.router, request(Method::GET, "/api/v1/audit", admin).body(Body::empty()).expect("one")).await;
    let log = reply.json();
    let entries = log["entries"].as_array().expect("entries");
    let words: Vec<_> = entries.iter().map(|entry| (&entry["who"], &entry["action"], &entry["target"])).collect();
    let [run, none, reload, remove] = words.as_slice() else { panic!("four entries: {words:?}") };
    assert_eq!(*run, (&json!("anna"), &json!("check.run"), &json!("web")));
    assert_eq!(*none, (&json!("anna"), &json!("check.run"), &json!("none")));
    assert_eq!(*reload, (&json!("anna"), &json!("config.reload"), &Value::Null));
    assert_eq!(*remove, (&json!("anna"), &json!("plugin.remove"), &json!("probe-http")));
    assert_eq!(entries[0]["outcome"], "ok");
    assert!(entries[1]["outcome"].as_str().is_some_and(|outcome| outcome.contains("none")));
    assert_eq!(entries[3]["before"]["version"], "0.1.0");
}

#[tokio::test]
async fn checks_are_filtered_and_paged() {
    let fixture = Fixture::new(LOCAL);
    let table = [
        ("", vec!["db", "disk", "web"]),
        ("?status=critical", vec!["web"]),
        ("?status=critical,ok", vec!["db", "disk", "web"]),
        ("?status=stale", vec![]),
        ("?label=team=core", vec!["db", "disk"]),
        ("?label=team=core,tier=1", vec!["db"]),
        ("?plugin=probe-node", vec!["disk"]),
        ("?name=d", vec!["db", "disk"]),
        ("?limit=2", vec!["db", "disk"]),
        ("?limit=2&after=disk", vec!["web"]),
    ];
    for (query, expected) in table {
        let reply = get(&fixture.router, &format!("/api/v1/checks{query}")).await.json();
        let names: Vec<_> = reply["checks"].as_array().expect("checks").iter().map(|check| &check["name"]).collect();
        assert_eq!(names, expected, "{query}");
    }
    let first = get(&fixture.router, "/api/v1/checks?limit=2&recent=false").await.json();
    assert_eq!((&first["total"], &first["next"]), (&json!(3), &json!("disk")));
    assert_eq!(first["checks"][0]["recent"], Value::Null);
    assert_eq!(get(&fixture.router, "/api/v1/checks").await.json()["checks"][0]["recent"][0]["status"], "ok");
}

/// Reads events until this many have come.
async fn events(router: &Router, count: usize) -> Vec<(String, Value)> {
    let request = request(Method::GET, "/api/v1/events", "").body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("a stream");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut events = Vec::new();
    while events.len() < count {
        let chunk = stream.next().await.expect("the stream is open").expect("an event");
        let text = String::from_utf8(chunk.to_vec()).expect("text");
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).expect("a field").to_owned();
        events.push((field("event: "), serde_json::from_str(&field("data: ")).expect("JSON")));
    }
    events
}

#[tokio::test]
async fn events_begin_with_the_status_and_carry_the_newest_run_of_each_check() {
    let fixture = Fixture::new(LOCAL);
    let (events, ()) = tokio::join!(events(&fixture.router, 4), async {
        fixture.node.subscribed().await;
        for (check, status) in [("web", CheckStatus::Ok), ("db", CheckStatus::Ok), ("web", CheckStatus::Critical)] {
            fixture.node.publish(fake::ran(check, status));
        }
        let (from, to) = (CheckStatus::Ok, CheckStatus::Critical);
        let at = tocsin_api::Time::default();
        fixture.node.publish(Change::Health { check: "web".into(), from, to, at, summary: "refused".into() });
    });
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["status", "health", "run", "run"]);
    assert_eq!((&events[2].1["check"], &events[2].1["status"]), (&json!("db"), &json!("ok")));
    assert_eq!((&events[3].1["check"], &events[3].1["status"]), (&json!("web"), &json!("critical")));
}

#[tokio::test]
async fn a_stream_that_falls_behind_is_told_to_read_everything_anew() {
    let fixture = Fixture::new(LOCAL);
    let (events, ()) = tokio::join!(events(&fixture.router, 2), async {
        fixture.node.subscribed().await;
        for _ in 0..=fake::QUEUE {
            fixture.node.publish(fake::ran("web", CheckStatus::Ok));
        }
    });
    assert_eq!(events[1].0, "resync");
}

#[tokio::test]
async fn only_so_many_streams_are_open_and_a_closing_node_ends_them() {
    let fixture = Fixture::new(LOCAL);
    let open = || request(Method::GET, "/api/v1/events", "").body(Body::empty()).expect("a request");
    let mut streams = Vec::new();
    for _ in 0..super::events::STREAMS_MAX {
        streams.push(fixture.router.clone().oneshot(open()).await.expect("a stream"));
    }
    assert_eq!(send(&fixture.router, open()).await.code(), "saturated");
    fixture.closing.cancel();
    for stream in streams {
        // Ends, or this waits for ever.
        to_bytes(stream.into_body(), 1 << 16).await.expect("an end");
    }
    fixture.closing.cancelled().await;
}

async fn documented(router: &Router) -> Vec<(Method, String)> {
    let request = request(Method::GET, "/api/v1/openapi.json", TOKENS[0].2).body(Body::empty()).expect("a request");
    let document = send(router, request).await.json();
    let paths = document["paths"].as_object().expect("paths").clone();
    let operations = paths.into_iter().flat_map(|(path, operations)| {
        let methods: Vec<String> = operations.as_object().expect("operations").keys().cloned().collect();
        methods.into_iter().map(move |method| (method.to_uppercase().parse().expect("a method"), path.clone()))
    });
    operations.collect()
}

/// Every route, in the order of the letters.
const ROUTES: &[&str] = &[
    "DELETE /api/v1/killswitches",
    "DELETE /api/v1/maintenance/{name}",
    "DELETE /api/v1/pages/{id}/acknowledge",
    "DELETE /api/v1/plugins/{name}",
    "DELETE /api/v1/silences/{id}",
    "GET /api/v1/alerts",
    "GET /api/v1/alerts/{fingerprint}",
    "GET /api/v1/alerts/{fingerprint}/why",
    "GET /api/v1/audit",
    "GET /api/v1/checks",
    "GET /api/v1/checks/{name}",
    "GET /api/v1/detectors",
    "GET /api/v1/events",
    "GET /api/v1/groups",
    "GET /api/v1/incidents",
    "GET /api/v1/incidents/figures",
    "GET /api/v1/incidents/{id}",
    "GET /api/v1/incidents/{id}/postmortem",
    "GET /api/v1/killswitches",
    "GET /api/v1/maintenance",
    "GET /api/v1/oncall",
    "GET /api/v1/oncall/gaps",
    "GET /api/v1/openapi.json",
    "GET /api/v1/pages",
    "GET /api/v1/playbooks",
    "GET /api/v1/playbooks/{name}/simulate",
    "GET /api/v1/plugins",
    "GET /api/v1/receivers",
    "GET /api/v1/remediations",
    "GET /api/v1/remediations/{id}",
    "GET /api/v1/runs/{id}",
    "GET /api/v1/runs/{id}/component",
    "GET /api/v1/runs/{id}/transcript",
    "GET /api/v1/silences",
    "GET /api/v1/slo-report",
    "GET /api/v1/slo-rules",
    "GET /api/v1/slos",
    "GET /api/v1/slos/{name}",
    "GET /api/v1/slos/{name}/downtime",
    "GET /api/v1/slos/{name}/policy",
    "GET /api/v1/slos/{name}/slots",
    "GET /api/v1/status",
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "PATCH /api/v1/incidents/{id}",
    "POST /api/v1/alerts/{fingerprint}/acknowledge",
    "POST /api/v1/changes",
    "POST /api/v1/checks/{name}/run",
    "POST /api/v1/incidents",
    "POST /api/v1/maintenance",
    "POST /api/v1/pages/{id}/acknowledge",
    "POST /api/v1/playbooks/{name}/reset",
    "POST /api/v1/plugins",
    "POST /api/v1/plugins/{name}/rollback",
    "POST /api/v1/reload",
    "POST /api/v1/remediations/{id}/approve",
    "POST /api/v1/remediations/{id}/reject",
    "POST /api/v1/route/test",
    "POST /api/v1/silences",
    "POST /api/v1/sli/{name}/events",
    "POST /api/v1/slos/{name}/downtime",
    "POST /api/v1/slos/{name}/simulate",
    "PUT /api/v1/killswitches",
];

#[tokio::test]
async fn the_document_describes_every_route_and_only_routes() {
    let fixture = Fixture::new(LOCAL);
    let documented = documented(&fixture.router).await;
    let mut paths: Vec<String> = documented.iter().map(|(method, path)| format!("{method} {path}")).collect();
    paths.sort();
    assert_eq!(paths, ROUTES);
    for (method, path) in documented {
        // A thing that is not there is answered with a problem of its own.
        let path = path.replace("{name}", "web").replace("{id}", "run-1");
        let path = path.replace("{fingerprint}", "nonsense");
        let reply = fixture.router.clone().oneshot(request(method, &path, "").body(Body::empty()).expect("one")).await;
        let reply = reply.expect("an answer");
        let status = reply.status();
        assert!(status != StatusCode::METHOD_NOT_ALLOWED, "{path}: {status}");
        if status == StatusCode::NOT_FOUND {
            let body = axum::body::to_bytes(reply.into_body(), 65_536).await.expect("a body");
            let problem: serde_json::Value = serde_json::from_slice(&body).expect("a problem");
            assert_ne!(problem["code"], "not-found", "{path}: nothing is there");
        }
    }
}

#[tokio::test]
async fn the_page_asks_nothing_of_anybody_else() {
    let fixture = Fixture::new(LOCAL);
    let scripts = ["/page.js", "/kit.js", "/node.js", "/alerts.js", "/duty.js"];
    for path in ["/", "/page.css", "/icon.svg"].into_iter().chain(scripts) {
        let request = request(Method::GET, path, "").body(Body::empty()).expect("a request");
        let response = fixture.router.clone().oneshot(request).await.expect("a file");
        let policy = response.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let text =
            String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.expect("a body").to_vec()).expect("text");
        let foreign = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!foreign.contains("http://") && !foreign.contains("https://"), "{path} names another place");
        for markup in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=\""] {
            assert!(!text.contains(markup), "{path} would trust what others say: {markup}");
        }
    }
}

/// The names are checked here, the format by Prometheus' own tool where it is installed.
#[tokio::test]
async fn the_metrics_are_in_the_format_that_prometheus_takes() {
    let fixture = Fixture::new(LOCAL);
    get(&fixture.router, "/api/v1/status").await;
    fixture.metrics.run_ended(&fake::record());
    let reply = get(&fixture.router, "/metrics").await;
    let text = String::from_utf8(reply.body).expect("text");
    for line in [
        "tocsin_checks{status=\"critical\"} 1",
        "tocsin_check_status{check=\"web\",plugin=\"probe-http\"} 2",
        "tocsin_runs_total{outcome=\"completed\",plugin=\"probe-http\"} 1",
        "tocsin_http_requests_total{method=\"GET\",route=\"/api/v1/status\",status=\"200\"} 1",
    ] {
        assert!(text.lines().any(|is| is == line), "{line} is missing in\n{text}");
    }
    for name in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
        // What the field has its own names for keeps them.
        let is_known = ["tocsin_", "slo_", "error_budget_", "incidents_created_", "incident_mtt"];
        assert!(is_known.iter().any(|known| name.starts_with(known)), "{name}");
    }
    fake::promtool(&text);
}
