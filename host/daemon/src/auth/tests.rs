//! The doors as tables.

use std::os::unix::fs::PermissionsExt as _;

use http::HeaderValue;

use super::*;

const LOCAL: &str = "127.0.0.1:7117";
const OPEN: &str = "192.0.2.1:7117";

struct Node {
    folder: tempfile::TempDir,
    auth: Auth,
}

fn node(listen: &str) -> Node {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = [("vera", Role::Viewer), ("otto", Role::Operator), ("anna", Role::Admin)].map(|(name, role)| {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("{name}-{name}-{name}-{name}\n")).expect("a token file");
        Token { name: name.to_owned(), role, file }
    });
    let auth = Auth::open(folder.path(), listen.parse().expect("an address"), &tokens).expect("tokens");
    Node { folder, auth }
}

fn headers(authorization: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !authorization.is_empty() {
        headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).expect("a header"));
    }
    headers
}

#[test]
fn the_matrix_of_listeners_tokens_and_needs() {
    use Code::{Forbidden, Unauthorized};
    let token = |name: &str| format!("Bearer {name}-{name}-{name}-{name}");
    let refused = Some(Unauthorized);
    #[rustfmt::skip]
    let table = [
        (LOCAL, String::new(),       [None, refused, refused]),
        (OPEN,  String::new(),       [refused, refused, refused]),
        (LOCAL, token("vera"),       [None, Some(Forbidden), Some(Forbidden)]),
        (OPEN,  token("vera"),       [None, Some(Forbidden), Some(Forbidden)]),
        (OPEN,  token("otto"),       [None, None, Some(Forbidden)]),
        (OPEN,  token("anna"),        [None, None, None]),
        (LOCAL, token("eve"),        [refused, refused, refused]),
        (LOCAL, "Basic YTpi".into(), [refused, refused, refused]),
        (LOCAL, "Bearer ".into(),    [refused, refused, refused]),
    ];
    for (listen, authorization, expected) in table {
        let node = node(listen);
        for (need, code) in [Need::Read, Need::Operate, Need::Administer].into_iter().zip(expected) {
            let admitted = node.auth.admit(&headers(&authorization), need);
            assert_eq!(admitted.err().map(|problem| problem.code), code, "{listen} {authorization:?} {need:?}");
        }
    }
}

#[test]
fn the_first_start_writes_an_admin_token_that_only_its_owner_reads_and_the_next_start_keeps_it() {
    let node = node(OPEN);
    let file = node.folder.path().join(ADMIN_FILE);
    let token = std::fs::read_to_string(&file).expect("the token file");
    assert_eq!(token.trim().len(), 64, "256 bits in hex");
    assert_eq!(std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    let again = Auth::open(node.folder.path(), OPEN.parse().expect("an address"), &[]).expect("the same folder");
    let who = again.admit(&headers(&format!("bearer {}", token.trim())), Need::Administer).expect("the admin");
    assert_eq!((who.name.as_str(), who.role), ("admin", Role::Admin));
}

#[test]
fn a_token_file_that_others_can_read_or_anyone_could_guess_is_refused_by_name() {
    let node = node(OPEN);
    let file = node.folder.path().join(ADMIN_FILE);
    let open = || Auth::open(node.folder.path(), OPEN.parse().expect("an address"), &[]);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    assert!(matches!(open(), Err(AuthError::Open { mode: 0o644, .. })));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    std::fs::write(&file, "short").expect("a token file");
    let error = open().expect_err("a short token").to_string();
    assert!(error.contains(ADMIN_FILE) && error.contains("5 characters"), "{error}");
}

#[test]
fn a_reload_replaces_the_configured_tokens_and_keeps_the_admins() {
    let node = node(OPEN);
    node.auth.replace(&[]).expect("no tokens");
    assert!(node.auth.admit(&headers("Bearer anna-anna-anna-anna"), Need::Read).is_err());
    let admin = std::fs::read_to_string(node.folder.path().join(ADMIN_FILE)).expect("the token file");
    assert!(node.auth.admit(&headers(&format!("Bearer {}", admin.trim())), Need::Administer).is_ok());
}
