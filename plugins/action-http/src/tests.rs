//! An incident and answers in, a plan or a refusal out. `recipes.rs` has the recipes of the README, `bounds.rs` what no
//! config and no answer may bring about.

mod bounds;
mod recipes;

use tocsin_sdk::actions::HttpCall;
use tocsin_sdk::serde_json::{self, Value};
use tocsin_sdk::{Finding, Observation, entry, mock};

use super::*;

/// An incident whose one critical finding has this code, about `shop-2`.
fn incident(code: &str) -> Input {
    let finding = Finding::critical(code, "checkout answers in 4 s (critical above 2 s)").about("shop-2");
    mock::incident("checkout is slow")
        .label("app", "checkout")
        .evidence("checkout", Observation::ok("").finding(finding))
        .input()
}

fn decide_on(config: &str, input: Input) -> Decision {
    plan(entry::config(config).unwrap(), input).unwrap()
}

fn planned(config: &str, input: Input) -> Plan {
    match decide_on(config, input) {
        Decision::Plan(plan) => plan,
        Decision::Refuse(reason) => panic!("refused: {reason}"),
    }
}

fn refusal(config: &str, input: Input) -> String {
    match decide_on(config, input) {
        Decision::Refuse(reason) => reason,
        Decision::Plan(plan) => panic!("planned: {plan:?}"),
    }
}

/// The one request of a plan, and what takes it back.
fn request(plan: &Plan) -> (&HttpCall, Option<&HttpCall>) {
    match plan.steps.as_slice() {
        [step] => match &step.verb {
            Verb::HttpRequest(HttpRequest { request, compensate }) => (request, compensate.as_ref()),
            other => panic!("{other:?}"),
        },
        steps => panic!("{steps:?}"),
    }
}

fn body(call: &HttpCall) -> Value {
    serde_json::from_slice(&call.body).unwrap()
}
