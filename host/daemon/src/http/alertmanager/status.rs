//! The node as Alertmanager shows itself: one that is alone, with its configuration, and whether it is up.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tocsin_api::Time;

use super::Failure;
use crate::alerts::alerting;
use crate::http::Front;
use crate::http::wire::time;

/// What stands for the file where there is none: the nearest to nobody that Alertmanager's tools read.
const NO_FILE: &str = "route:\n  receiver: nobody\nreceivers:\n- name: nobody\n";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    cluster: Cluster,
    config: Config,
    uptime: Time,
    version_info: VersionInfo,
}

#[derive(Debug, Serialize)]
struct Cluster {
    status: &'static str,
    peers: [(); 0],
}

#[derive(Debug, Serialize)]
struct Config {
    original: String,
}

/// Every field must be there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionInfo {
    branch: &'static str,
    build_date: &'static str,
    build_user: &'static str,
    go_version: &'static str,
    revision: &'static str,
    version: &'static str,
}

pub(super) async fn show(State(front): State<Front>) -> Json<Status> {
    let file = front.alerts.look(|state, _| alerting(state).alertmanager.clone());
    let original = file.map_or_else(|| NO_FILE.to_owned(), |file| file.original.clone());
    Json(Status {
        cluster: Cluster { status: "disabled", peers: [] },
        config: Config { original },
        // Since when, whatever the name says.
        uptime: time(front.alerts.started_at()),
        version_info: VersionInfo {
            branch: "tocsin",
            build_date: "",
            build_user: "",
            go_version: "",
            revision: "",
            version: env!("CARGO_PKG_VERSION"),
        },
    })
}

#[derive(Debug, Serialize)]
pub(super) struct Receiver {
    name: String,
}

/// In the order of the file.
pub(super) async fn receivers(State(front): State<Front>) -> Json<Vec<Receiver>> {
    let file = front.alerts.look(|state, _| alerting(state).alertmanager.clone());
    let receivers = file.iter().flat_map(|file| &file.receivers);
    Json(receivers.map(|receiver| Receiver { name: receiver.name.clone() }).collect())
}

pub(super) async fn healthy() -> &'static str {
    "OK"
}

pub(super) async fn ready(State(front): State<Front>) -> Result<&'static str, Failure> {
    match front.node.not_ready() {
        None => Ok("OK"),
        Some(why) => Err(Failure::new(http::StatusCode::SERVICE_UNAVAILABLE, why)),
    }
}
