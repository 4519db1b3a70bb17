//! The description of the API by itself. The routes register in it as they are added: see `described` in [`super`].

use std::sync::OnceLock;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;
use tocsin_api::{Change, Code};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::Front;
use super::problem::Refused;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tocsin",
        description = "What a node's checks found, and how to change it. On loopback reading is open and changing needs \
                       a token; elsewhere both do. Errors are problem documents (RFC 9457) with a stable `code`."
    ),
    components(schemas(Change)),
    modifiers(&Bearer),
    security((), ("token" = [])),
)]
pub(super) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of role viewer, operator or admin; the admin's is in the data folder."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "node", responses((status = 200, body = serde_json::Value)))]
pub(super) async fn show(State(_): State<Front>) -> Result<impl IntoResponse, Refused> {
    static TEXT: OnceLock<Option<String>> = OnceLock::new();
    let text = TEXT.get_or_init(|| super::described().into_openapi().to_json().ok());
    let text = text.as_deref().ok_or_else(|| Refused::new(Code::Internal, "The document cannot be written."))?;
    Ok(([(CONTENT_TYPE, "application/json")], text))
}
