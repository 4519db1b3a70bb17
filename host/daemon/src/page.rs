//! The page for people at `/`: static files from inside the binary. Everything it shows it asks of the API like any
//! other client; it knows nothing of the node.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::http::Front;

const HTML: &str = include_str!("../assets/page.html");
const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/page.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// Open without a token, also where reading needs one: the files hold no data.
pub fn router() -> Router<Front> {
    Router::new()
        .route("/", get(|| file("text/html; charset=utf-8", HTML)))
        .route("/page.css", get(|| file("text/css; charset=utf-8", STYLE)))
        .route("/page.js", get(|| file("text/javascript; charset=utf-8", SCRIPT)))
        .route("/icon.svg", get(|| file("image/svg+xml", ICON)))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    // A new binary brings a new page: nothing older may be shown with it.
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text)
}
