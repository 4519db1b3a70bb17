//! TLS: what is accepted, what is said of it, and who the client is.

use rcgen::date_time_ymd;
use tokio::io::AsyncWriteExt as _;

use super::super::http::{FailureKind, Request};
use super::certificates::{Authority, Pair};
use super::servers::{Server, Talker};
use super::*;

const NAME: &str = "127.0.0.1";

fn asks(url: &str, options: TlsOptions) -> Request {
    Request { tls: Some(options), ..get(url) }
}

fn trusts(authority: &Authority) -> TlsOptions {
    TlsOptions { ca_pem: Some(authority.pem()), ..TlsOptions::default() }
}

#[tokio::test]
async fn a_good_chain_is_described() {
    let authority = Authority::new();
    let pair = authority.signs(NAME, |_| {});
    let mut config = pair.server();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let server = Server::https(config, "safe").await;
    let url = format!("https://{}/", server.address);
    let options = TlsOptions { alpn: vec!["http/1.1".to_owned()], ..trusts(&authority) };
    let response = Run::new().origin(&url).send(asks(&url, options)).await.unwrap();
    assert_eq!(response.body, b"safe");
    assert!(response.phases.tls.is_some());
    let session = response.tls.unwrap();
    assert_eq!(
        (session.version.as_str(), session.problem, session.alpn.as_deref()),
        ("TLSv1.3", None, Some("http/1.1"))
    );
    assert!(session.cipher.starts_with("TLS_"), "{}", session.cipher);
    let [leaf] = session.certificates.as_slice() else { panic!("{:?}", session.certificates) };
    assert_eq!((leaf.subject.as_str(), leaf.issuer.as_str()), ("CN=127.0.0.1", "CN=Test Authority"));
    assert_eq!(leaf.names, [NAME]);
    assert_eq!(leaf.not_before.to_string(), "2020-01-01T00:00:00.000Z");
    assert_eq!(leaf.not_after.to_string(), "2090-01-01T00:00:00.000Z");
    assert_eq!(leaf.sha256.len(), 64);
    assert!(!leaf.serial.is_empty());
}

#[tokio::test]
async fn a_bad_chain_fails_or_is_recorded_as_asked() {
    let authority = Authority::new();
    let stranger = Authority::named("Stranger");
    for (pair, problem) in [
        (
            authority.signs(NAME, |params| params.not_after = date_time_ymd(2021, 2, 3)),
            "the certificate expired on 2021-02-03T00:00:00.000Z",
        ),
        (
            authority.signs(NAME, |params| params.not_before = date_time_ymd(2089, 2, 3)),
            "the certificate is not valid before 2089-02-03T00:00:00.000Z",
        ),
        (authority.signs("other.example", |_| {}), "the certificate is not for 127.0.0.1 but for other.example"),
        (stranger.signs(NAME, |_| {}), "the certificate's issuer is not trusted"),
        (Authority::new().signs(NAME, |_| {}), "the certificate's signature does not match"),
        (Pair::self_signed(NAME), "the certificate's issuer is not trusted"),
    ] {
        let server = Server::https(pair.server(), "seen").await;
        let url = format!("https://{}/", server.address);
        let run = Run::new().origin(&url);
        let strict = failure(run.send(asks(&url, trusts(&authority))).await);
        assert_eq!(strict.kind, FailureKind::Tls, "{problem}");
        assert!(strict.message.starts_with(problem), "{strict}, not {problem}");
        assert!(server.seen().is_empty(), "{problem}");
        let lenient = TlsOptions { verify: false, ..trusts(&authority) };
        let response = run.send(asks(&url, lenient)).await.unwrap();
        let session = response.tls.unwrap();
        assert!(session.problem.as_deref().is_some_and(|found| found.starts_with(problem)), "{:?}", session.problem);
        assert_eq!((response.body.as_slice(), session.certificates.len()), (&b"seen"[..], 1), "{problem}");
    }
}

#[tokio::test]
async fn another_name_may_be_asked_for_and_verified() {
    let authority = Authority::new();
    let server = Server::https(authority.signs("shop.example", |_| {}).server(), "shop").await;
    let url = format!("https://{}/", server.address);
    let options = TlsOptions { server_name: Some("shop.example".to_owned()), ..trusts(&authority) };
    assert_eq!(Run::new().origin(&url).send(asks(&url, options)).await.unwrap().body, b"shop");
}

#[tokio::test]
async fn the_nodes_extra_authorities_are_trusted() {
    let authority = Authority::new();
    let server = Server::https(authority.signs(NAME, |_| {}).server(), "inside").await;
    let url = format!("https://{}/", server.address);
    let mut run = Run::new().origin(&url);
    let stranger = failure(run.get(&url).await);
    assert_eq!(stranger.kind, FailureKind::Tls, "{stranger}");
    let config = NetworkConfig { ca_pem: Some(authority.pem().into_bytes()), ..NetworkConfig::default() };
    run.network = Network::new(config).unwrap();
    assert_eq!(run.get(&url).await.unwrap().body, b"inside");
    let broken = NetworkConfig { ca_pem: Some(b"no PEM".to_vec()), ..NetworkConfig::default() };
    assert!(matches!(Network::new(broken), Err(NetworkError::Ca)));
}

#[tokio::test]
async fn a_client_shows_the_identity_that_its_secret_holds() {
    let authority = Authority::new();
    let config = authority.asks_clients(&authority.signs(NAME, |_| {}));
    let server = Server::https(config, "known").await;
    let url = format!("https://{}/", server.address);
    let identity = authority.signs("client.example", |_| {}).pem();
    let run = Run::new().origin(&url).secret("identity", &identity).secret("torn", "-----BEGIN");
    let with = |secret: &str| asks(&url, TlsOptions { client_identity: Some(secret.to_owned()), ..trusts(&authority) });
    assert_eq!(run.send(with("identity")).await.unwrap().body, b"known");
    let unknown = failure(run.send(asks(&url, trusts(&authority))).await);
    assert_eq!(unknown.message, "the server refused the TLS handshake (CertificateRequired)");
    assert_eq!(unknown.kind, FailureKind::Tls);
    let torn = failure(run.send(with("torn")).await);
    assert_eq!(torn.message, "the secret `torn` is no PEM certificate with its private key");
    assert_eq!(refusal(run.send(with("other")).await).capability, "secrets");
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart() {
    let talker = Talker::new(|mut stream| async move {
        stream.write_all(b"220 mail.example ESMTP ready\r\n").await.unwrap();
        std::future::pending().await
    })
    .await;
    let url = format!("https://{}/", talker.address);
    let failure = failure(Run::new().origin(&url).get(&url).await);
    assert_eq!(failure.kind, FailureKind::Tls);
    assert_eq!(failure.message, "the server does not speak TLS on this port");
}
