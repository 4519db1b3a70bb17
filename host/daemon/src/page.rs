//! The page for people at `/`: static files from inside the binary. Everything it shows it asks of the API like any
//! other client; it knows nothing of the node.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::http::Front;

const HTML: &str = include_str!("../assets/page.html");
const STYLE: &str = include_str!("../assets/page.css");
/// The first is the page's, the others are what it is made of.
const SCRIPTS: [(&str, &str); 7] = [
    ("/page.js", include_str!("../assets/page.js")),
    ("/kit.js", include_str!("../assets/kit.js")),
    ("/node.js", include_str!("../assets/node.js")),
    ("/alerts.js", include_str!("../assets/alerts.js")),
    ("/duty.js", include_str!("../assets/duty.js")),
    ("/slos.js", include_str!("../assets/slos.js")),
    ("/incidents.js", include_str!("../assets/incidents.js")),
];
const ICON: &str = include_str!("../assets/icon.svg");

/// Open without a token, also where reading needs one: the files hold no data.
pub fn router() -> Router<Front> {
    let files = Router::new()
        .route("/", get(|| file("text/html; charset=utf-8", HTML)))
        .route("/page.css", get(|| file("text/css; charset=utf-8", STYLE)))
        .route("/icon.svg", get(|| file("image/svg+xml", ICON)));
    SCRIPTS
        .into_iter()
        .fold(files, |files, (path, text)| files.route(path, get(move || file("text/javascript; charset=utf-8", text))))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    // A new binary brings a new page: nothing older may be shown with it.
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text)
}
