//! The recipes of the README, from their own files: what each plans, and what makes it refuse.

use tocsin_sdk::actions::HeaderValue;
use tocsin_sdk::http::FailureKind;
use tocsin_sdk::mock::Host;
use tocsin_sdk::serde_json::json;
use tocsin_sdk::{Status, mock};

use super::*;

const README: &str = include_str!("../../README.md");
const BREAKER: &str = include_str!("../../recipes/open-circuit-breaker.json");
const SCALE_OUT: &str = include_str!("../../recipes/scale-out.json");
const SHIFT: &str = include_str!("../../recipes/shift-traffic.json");
const DEPLOYMENT: &str = include_str!("../../recipes/roll-back-deployment.json");
const MODEL: &str = include_str!("../../recipes/roll-back-model.json");

#[test]
fn the_readme_names_every_recipe() {
    for name in ["open-circuit-breaker", "scale-out", "shift-traffic", "roll-back-deployment", "roll-back-model"] {
        assert!(README.contains(&format!("(recipes/{name}.json)")), "{name}");
    }
    // The one that is shown in full is the file itself.
    let shown = README.split("```json\n").nth(1).and_then(|after| after.split("```").next()).unwrap();
    assert_eq!(shown, SCALE_OUT);
}

#[test]
fn a_breaker_is_opened_only_if_the_fallback_is_healthy() {
    let health = "https://payments-fallback.example/health";
    mock::host().http(health).responds(200, r#"{"state": "ok"}"#);
    let plan = planned(BREAKER, incident("timeout"));
    let (open, close) = request(&plan);
    assert_eq!((open.method.as_str(), open.url.as_str()), ("PUT", "https://mesh.example/breakers/payments"));
    assert_eq!(body(open), json!({"state": "open", "because": "incident-1"}));
    assert_eq!(body(close.unwrap())["state"], "closed");
    let headers = [
        ("authorization".to_owned(), HeaderValue::Bearer("mesh-token".into())),
        ("content-type".to_owned(), HeaderValue::Text("application/json".into())),
    ];
    assert_eq!(open.headers, headers);
    // It is asked again right before: the fallback's own check must be ok.
    assert_eq!(
        (plan.preconditions[1].check.as_str(), &plan.preconditions[1].status),
        ("payments-fallback", &vec![Status::Ok])
    );
    assert_eq!(plan.verification.checks, ["shop"]);

    let sick: [(&dyn Fn(Host), &str); 4] = [
        (&|host| drop(host.http(health).responds(503, "")), "fallback answered 503, not 200"),
        (
            &|host| drop(host.http(health).responds(200, r#"{"state": "degraded"}"#)),
            "`/state` is \"degraded\", not \"ok\"",
        ),
        (&|host| drop(host.http(health).responds(200, "<html>")), "fallback answered what is no JSON"),
        (
            &|host| drop(host.http(health).fails(FailureKind::Timeout, "nothing came within 2s")),
            "fallback did not answer: nothing came within 2s",
        ),
    ];
    for (program, reason) in sick {
        program(mock::host());
        let refused = refusal(BREAKER, incident("timeout"));
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn scaling_out_is_by_half_within_the_ceiling_and_the_cost() {
    let scale = "https://cluster.example/apis/apps/v1/namespaces/shop/deployments/checkout/scale";
    let now = |replicas: &str| {
        drop(mock::host().http(scale).responds(200, format!(r#"{{"spec": {{"replicas": {replicas}}}}}"#)))
    };
    // 0.12 each: 1.2 pays for ten.
    for (replicas, to) in [(4, 6), (5, 8), (8, 10)] {
        now(&replicas.to_string());
        let plan = planned(SCALE_OUT, incident("response-time"));
        let (out, back) = request(&plan);
        assert_eq!(body(out), json!({"spec": {"replicas": to}}));
        assert_eq!(body(back.unwrap()), json!({"spec": {"replicas": replicas}}));
        assert_eq!(plan.summary, format!("scale checkout from {replicas} to {to}"));
        assert_eq!(mock::requests().len(), 1);
    }
    for (replicas, reason) in [
        ("10", "the cost limit of 1.2 pays for 10 at 0.12 each"),
        ("40", "the number has nowhere to go"),
        ("0", "there are none now"),
        ("-1", "is no count"),
        ("4.5", "is no count"),
        (r#""four""#, "is no count"),
        ("null", "has nothing at `/spec/replicas`"),
    ] {
        now(replicas);
        let refused = refusal(SCALE_OUT, incident("response-time"));
        assert!(refused.contains(reason), "{replicas}: {refused}");
    }
    assert!(refusal(SCALE_OUT, incident("timeout")).contains("`response-time` is no critical finding"));
}

/// Two backends beside the sick one, of which the second is in this state and carries this much.
fn pool(state: &str, carries: &str) {
    let (pool, sick) =
        ("https://balancer.example/pools/shop/backends", "https://balancer.example/pools/shop/backends/shop-2");
    let host = mock::host();
    let backends = format!(
        r#"{{"backends": [
            {{"name": "shop-1", "state": "up", "requests_per_second": 200}},
            {{"name": "shop-2", "state": "up", "requests_per_second": 200}},
            {{"name": "shop-3", "state": "{state}", "requests_per_second": {carries}}}
        ]}}"#
    );
    host.http(pool).responds(200, backends);
    host.http(sick).responds(200, r#"{"name": "shop-2", "weight": 70}"#);
}

#[test]
fn traffic_is_shifted_only_while_the_others_carry_enough() {
    pool("up", "100.5");
    let plan = planned(SHIFT, incident("error-rate"));
    let (away, back) = request(&plan);
    assert_eq!(away.url, "https://balancer.example/pools/shop/backends/shop-2/weight");
    assert_eq!((body(away), body(back.unwrap())), (json!({"weight": 0}), json!({"weight": 70})));
    assert_eq!(plan.steps[0].why, "the healthy others carry 300.5 requests a second without it");

    for (state, carries, reason) in [
        ("up", "99.9", "2 healthy peers carry 299.9, and the floor is 300"),
        ("down", "500", "1 healthy peers carry 200, and the floor is 300"),
        ("up", "null", "has no number at `/requests_per_second`"),
        ("up", "-500", "has no number at `/requests_per_second`"),
    ] {
        pool(state, carries);
        let refused = refusal(SHIFT, incident("error-rate"));
        assert!(refused.contains(reason), "{refused}");
    }
    pool("up", "500");
    let stranger = SHIFT.replace(r#""equals": "{finding.subject}""#, r#""equals": "shop-9""#);
    assert!(refusal(&stranger, incident("error-rate")).contains("the one to leave out is not known"));
}

fn releases(current: &str, releases: &str) {
    let host = mock::host();
    host.http("https://deploy.example/apps/checkout")
        .responds(200, format!(r#"{{"current": {{"release": "{current}"}}}}"#));
    host.http("https://deploy.example/apps/checkout/releases?limit=50")
        .responds(200, format!(r#"{{"releases": [{releases}]}}"#));
}

const RELEASES: &str = r#"
    {"release": "2.0", "was_healthy": true, "deployed_at": "2026-02-01T08:00:00Z"},
    {"release": "2.2", "was_healthy": false, "deployed_at": "2026-02-03T08:00:00Z"},
    {"release": "2.1", "was_healthy": true, "deployed_at": "2026-02-02T08:00:00Z"},
    {"release": "2.3", "was_healthy": true, "deployed_at": "2026-02-04T08:00:00Z"}"#;

#[test]
fn a_deployment_is_rolled_back_to_the_newest_release_that_was_healthy() {
    for (current, to) in [("2.3", "2.1"), ("2.2", "2.1"), ("2.1", "2.0")] {
        releases(current, RELEASES);
        let plan = planned(DEPLOYMENT, incident("error-rate"));
        let (back, undo) = request(&plan);
        assert_eq!((body(back), body(undo.unwrap())), (json!({"release": to}), json!({"release": current})));
        assert_eq!(plan.summary, format!("roll checkout back from {current} to {to}"));
    }
    let healthy = RELEASES.replace("true", "false");
    let untold = RELEASES.replace(r#""deployed_at": "2026-02-01T08:00:00Z""#, r#""deployed_at": null"#);
    for (current, list, reason) in [
        ("2.0", RELEASES, "nothing to go back to"),
        ("2.3", healthy.as_str(), "nothing to go back to"),
        ("2.9", RELEASES, "the current one is not known"),
        ("2.3", "", "the current one is not known"),
        ("2.3", untold.as_str(), "which is older is not known"),
    ] {
        releases(current, list);
        let refused = refusal(DEPLOYMENT, incident("error-rate"));
        assert!(refused.contains(reason), "{current}: {refused}");
    }
}

#[test]
fn a_model_is_rolled_back_to_the_last_version_that_was_proven() {
    let host = mock::host();
    host.http("https://models.example/v1/models/ranker/serving").responds(200, r#"{"version": 1043}"#);
    let versions = r#"[{"version": 998, "status": "proven"}, {"version": 1042, "status": "failed"},
        {"version": 1041, "status": "proven"}, {"version": 1043, "status": "proven"}]"#;
    host.http("https://models.example/v1/models/ranker/versions").responds(200, versions);
    let plan = planned(MODEL, incident("prediction-drift"));
    let (back, undo) = request(&plan);
    assert_eq!((body(back), body(undo.unwrap())), (json!({"version": 1041}), json!({"version": 1043})));
    assert_eq!(plan.preconditions[1].check, "feature-store");
}
