//! Plugins: which are installed, and installing, removing and bringing back. Knows no Wasm: what may be installed the
//! node decides.

use std::error::Error as _;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use bytes::Bytes;
use http_body_util::LengthLimitError;
use serde_json::{Value, json};
use tocsin_api::{Code, InstallQuery, Installed, PluginSummary, Plugins, Problem};
use tocsin_core::capability::Capabilities;
use tocsin_core::id::PluginName;

use super::audit::audited;
use super::doors::Admin;
use super::problem::{Asked, Named, Refused};
use super::{Front, Upload};
use crate::audit::Action;

/// A Python guest is 18 MB; nothing known is larger than this.
const COMPONENT_BYTES_MAX: usize = 64 * 1024 * 1024;
const UPLOAD_TIME_MAX: Duration = Duration::from_secs(120);

/// All installed plugins.
#[utoipa::path(get, path = "/api/v1/plugins", tag = "plugins", responses((status = 200, body = Plugins)))]
pub(super) async fn list(State(front): State<Front>) -> Json<Plugins> {
    Json(Plugins { plugins: front.node.plugins() })
}

/// Installs or upgrades a plugin: the body is the component. Needs an admin.
///
/// Where the grant does not cover what the component asks for, or its signer is not trusted, nothing is installed and
/// the problem document names what is asked: send it again with `grant`, `trust` or `allow_unsigned`.
#[utoipa::path(post, path = "/api/v1/plugins", tag = "plugins", params(InstallQuery),
    request_body(content = String, content_type = "application/wasm", description = "The component, as built"),
    responses(
        (status = 200, body = Installed),
        (status = 409, description = "`grant-required`, `signer-untrusted` or `unsigned`", body = Problem,
            content_type = "application/problem+json"),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn install(
    State(front): State<Front>,
    Admin(who): Admin,
    Asked(query): Asked<InstallQuery>,
    body: Body,
) -> Result<Json<Installed>, Refused> {
    let grant = query.grant.as_deref().map(grant).transpose()?;
    let component = component(body).await?;
    let InstallQuery { trust, allow_unsigned, digest, source, .. } = query;
    let digest = digest.map(|digest| digest.trim_start_matches("sha256:").to_ascii_lowercase());
    let upload = Upload { component, grant, trust, allow_unsigned, digest, source };
    let work = front.node.install(upload, who.clone()).await;
    let target = target(&work);
    audited(&front, who, Action::InstallPlugin, target, work, change).await
}

/// Removes a plugin that nothing uses. Needs an admin.
#[utoipa::path(delete, path = "/api/v1/plugins/{name}", tag = "plugins", params(("name" = String, Path)), responses(
    (status = 200, description = "What was removed", body = PluginSummary),
    (status = "4XX", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn remove(
    State(front): State<Front>,
    Admin(who): Admin,
    Named(name): Named,
) -> Result<Json<PluginSummary>, Refused> {
    let work = front.node.remove(&PluginName::new(&name), &who).await;
    audited(&front, who, Action::RemovePlugin, name, work, |removed| (Some(kept(removed)), None)).await
}

/// Brings back what served before the newest install. Needs an admin.
#[utoipa::path(post, path = "/api/v1/plugins/{name}/rollback", tag = "plugins", params(("name" = String, Path)),
    responses(
        (status = 200, body = Installed),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rollback(
    State(front): State<Front>,
    Admin(who): Admin,
    Named(name): Named,
) -> Result<Json<Installed>, Refused> {
    let work = front.node.rollback(&PluginName::new(&name), &who).await;
    audited(&front, who, Action::RollbackPlugin, name, work, change).await
}

fn grant(text: &str) -> Result<Capabilities, Refused> {
    let wrong = |error: serde_json::Error| format!("`grant` does not hold capabilities as JSON: {error}.");
    serde_json::from_str(text).map_err(|error| Refused::new(Code::BadRequest, wrong(error)))
}

async fn component(body: Body) -> Result<Bytes, Refused> {
    let read = tokio::time::timeout(UPLOAD_TIME_MAX, to_bytes(body, COMPONENT_BYTES_MAX)).await;
    let late =
        |_| Refused::new(Code::TimedOut, format!("The upload took longer than {} s.", UPLOAD_TIME_MAX.as_secs()));
    let bytes = read.map_err(late)?.map_err(|error| {
        let is_too_large = error.source().is_some_and(|source| source.is::<LengthLimitError>());
        if is_too_large {
            let detail = format!("A component may have {COMPONENT_BYTES_MAX} bytes at most.");
            Refused::new(Code::BodyTooLarge, detail)
        } else {
            Refused::new(Code::BadRequest, "The upload ended before it was complete.")
        }
    })?;
    if bytes.is_empty() {
        return Err(Refused::new(Code::BadRequest, "The body is empty; it must be the component itself."));
    }
    Ok(bytes)
}

/// The name is inside the component: known once the node has read it.
fn target(work: &Result<Installed, Problem>) -> String {
    match work {
        Ok(installed) => installed.plugin.name.clone(),
        Err(problem) => problem.install.as_ref().map(|request| request.name.clone()).unwrap_or_default(),
    }
}

fn change(installed: &Installed) -> (Option<Value>, Option<Value>) {
    (installed.replaced.as_ref().map(kept), Some(kept(&installed.plugin)))
}

/// What the audit log keeps of a plugin.
fn kept(plugin: &PluginSummary) -> Value {
    let granted: Vec<&str> = plugin.granted.iter().map(|right| right.words.as_str()).collect();
    let signer = plugin.signer.as_ref().map(|signer| &signer.key_id);
    json!({"version": plugin.version, "digest": plugin.digest, "signer": signer, "granted": granted})
}
