//! The policy as tables: what the rights cover, and which addresses a covered name may turn out to be.

use tocsin_core::capability::HttpRight;

use super::*;

fn endpoint(text: &str) -> Endpoint {
    let (host, port) = text.rsplit_once(':').unwrap();
    Endpoint { host: host.to_owned(), port: port.parse().unwrap() }
}

fn rights(endpoints: &[&str], private: bool) -> Rights {
    let http = endpoints.iter().map(|text| HttpRight { scheme: "http".to_owned(), endpoint: endpoint(text) }).collect();
    let tcp = endpoints.iter().map(|text| endpoint(text)).collect();
    Rights { http, tcp, private, ..Rights::default() }
}

fn permit(target: &str, rights: &Rights) -> Result<Permit, Refused> {
    let (host, port) = target.rsplit_once(':').unwrap();
    Permit::tcp(Host::parse(host).unwrap(), port.parse().unwrap(), rights)
}

#[test]
fn the_rights_cover_exactly_what_they_name() {
    for (granted, asked, allowed) in [
        ("example.org:443", "example.org:443", true),
        ("example.org:443", "EXAMPLE.org.:443", true),
        ("example.org:443", "example.org:80", false),
        ("example.org:443", "www.example.org:443", false),
        ("example.org:443", "example.org.evil.example:443", false),
        ("*.example.org:443", "www.example.org:443", true),
        ("*.example.org:443", "a.b.example.org:443", true),
        ("*.example.org:443", "example.org:443", false),
        ("*.example.org:443", "evilexample.org:443", false),
        ("127.0.0.1:80", "127.0.0.1:80", true),
        ("127.0.0.1:80", "0x7f.1:80", true),
        ("127.0.0.1:80", "[::ffff:127.0.0.1]:80", true),
        ("127.0.0.1:80", "127.0.0.2:80", false),
        ("::1:80", "[::1]:80", true),
        ("localhost:80", "localhost:80", true),
        ("localhost:80", "127.0.0.1:80", false),
    ] {
        assert_eq!(permit(asked, &rights(&[granted], false)).is_ok(), allowed, "{granted} asked for {asked}");
    }
}

#[test]
fn a_right_to_one_scheme_is_none_to_the_other() {
    let rights = rights(&["example.org:8080"], false);
    let host = || Host::parse("example.org").unwrap();
    assert!(Permit::http("http", host(), 8080, Purpose::Anything, &rights).is_ok());
    assert!(Permit::http("https", host(), 8080, Purpose::Anything, &rights).is_err());
}

#[test]
fn a_refusal_names_the_capability_the_target_and_what_is_granted() {
    let http = Permit::http(
        "http",
        Host::parse("10.0.0.7").unwrap(),
        80,
        Purpose::Anything,
        &rights(&["example.org:80", "::1:8080"], false),
    );
    assert_eq!(
        http.unwrap_err().to_string(),
        "the capability `http` does not reach http://10.0.0.7: this run may reach only http://[::1]:8080, http://example.org"
    );
    let dns = Permit::dns(Host::parse("192.0.2.53").unwrap(), 53, &Rights::default());
    assert_eq!(
        dns.unwrap_err(),
        Refused {
            capability: "dns",
            target: "192.0.2.53:53".to_owned(),
            reason: "this run has no `dns` right".to_owned(),
        }
    );
}

#[test]
fn a_resolved_address_is_judged_whatever_the_name() {
    let way_out = "name the address itself in the check's config, or grant `private`";
    for (private, address, refusal) in [
        (false, "192.0.2.7", None),
        (false, "10.0.0.7", Some(format!("db.example resolves to 10.0.0.7, a private address; {way_out}"))),
        (true, "10.0.0.7", None),
        (false, "::ffff:127.0.0.1", Some(format!("db.example resolves to 127.0.0.1, a loopback address; {way_out}"))),
        (
            true,
            "169.254.169.254",
            Some(
                "db.example resolves to 169.254.169.254, a cloud's metadata address, which no plugin may reach"
                    .to_owned(),
            ),
        ),
        (
            true,
            "fe80::1",
            Some("db.example resolves to fe80::1, a link-local address, which no plugin may reach".to_owned()),
        ),
    ] {
        let permit = permit("db.example:5432", &rights(&["db.example:5432"], private)).unwrap();
        let judged = permit.address(address.parse().unwrap(), &OwnedPorts::default());
        assert_eq!(judged.err().map(|refused| refused.reason), refusal, "{address}, private {private}");
    }
}

#[test]
fn a_private_address_is_reached_where_the_config_names_it() {
    for (named, address) in
        [("127.0.0.1", "127.0.0.1"), ("10.0.0.7", "10.0.0.7"), ("localhost", "::1"), ("fd12::1", "fd12::1")]
    {
        let permit = Permit::tcp(Host::parse(named).unwrap(), 80, &rights(&[&format!("{named}:80")], false)).unwrap();
        assert!(permit.address(address.parse().unwrap(), &OwnedPorts::default()).is_ok(), "{named}");
    }
}

#[test]
fn a_metadata_address_is_refused_in_every_spelling_even_when_named_and_granted() {
    for text in [
        "169.254.169.254",
        "0xA9FEA9FE",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[FD00:0EC2:0::0254]",
        "169.254.169.254.",
    ] {
        let host = Host::parse(text).unwrap();
        let rights = rights(&[&format!("{host}:80")], true);
        let permit = Permit::http("http", host.clone(), 80, Purpose::Anything, &rights).unwrap();
        let Host::Address(address) = host else { panic!("{text} is an address") };
        let refused = permit.address(address, &OwnedPorts::default()).unwrap_err();
        assert!(refused.reason.ends_with("a cloud's metadata address, which no plugin may reach"), "{text}: {refused}");
    }
}

#[test]
fn the_nodes_own_listener_answers_only_its_two_pages() {
    let owned = OwnedPorts::default();
    owned.insert("127.0.0.1:7117".parse().unwrap());
    for (method, path, has_body, allowed) in [
        ("GET", "/healthz", false, true),
        ("GET", "/metrics", false, true),
        ("GET", "/metrics?x=1", false, false),
        ("GET", "/api/v1/status", false, false),
        ("GET", "/healthz/../api/v1/status", false, false),
        ("POST", "/healthz", false, false),
        ("GET", "/healthz", true, false),
    ] {
        let rights = rights(&["127.0.0.1:7117"], true);
        let purpose = Purpose::of_request(method, path, has_body);
        let permit = Permit::http("http", Host::parse("127.0.0.1").unwrap(), 7117, purpose, &rights).unwrap();
        let judged = permit.address("127.0.0.1".parse().unwrap(), &owned);
        assert_eq!(judged.is_ok(), allowed, "{method} {path}");
    }
    let tcp = permit("127.0.0.1:7117", &rights(&["127.0.0.1:7117"], true)).unwrap();
    assert_eq!(
        tcp.address("127.0.0.1".parse().unwrap(), &owned).unwrap_err().reason,
        "127.0.0.1:7117 is this node's own listener; plugins may only GET its /healthz and /metrics"
    );
}
