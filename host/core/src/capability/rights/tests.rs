//! What a config may name under a grant, by table, and that rights never exceed either side, by chance.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn capabilities(json: Value) -> Capabilities {
    serde_json::from_value(json).unwrap()
}

/// The rights, or the errors, as text.
fn rights(manifest: Value, grant: Value, config: &Value) -> Result<Value, Vec<String>> {
    match Rights::of(&capabilities(manifest), &capabilities(grant), config) {
        Ok(rights) => Ok(serde_json::to_value(rights).unwrap()),
        Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
    }
}

#[test]
fn the_grant_of_the_manifests_own_entry_passes_what_the_config_names_and_no_more() {
    let (ask, config) = (json!({"http": ["{url}"]}), json!({"url": "https://u:p@API.example.org/v1"}));
    let rights = rights(ask.clone(), ask, &config).unwrap();
    assert_eq!(rights["http"], json!([{"scheme": "https", "endpoint": {"host": "api.example.org", "port": 443}}]));
}

#[test]
fn a_literal_grant_has_to_cover_what_the_config_names() {
    let config = json!({"url": "https://api.example.org", "host": "db.example.org", "port": 5432});
    let ask = json!({"http": ["{url}"], "tcp": ["{host}:{port}"]});
    let wide = json!({"http": ["https://*.example.org"], "tcp": ["db.example.org:5432"]});
    assert!(rights(ask.clone(), wide, &config).is_ok());
    let narrow = json!({"http": ["https://*.example.net", "{callback}"]});
    let expected = [
        "the grant does not reach https://api.example.org, which the config names: \
         grant `http = [\"https://api.example.org\"]`, or `{url}` as the plugin asks",
        "the grant does not reach db.example.org:5432, which the config names: \
         grant `tcp = [\"db.example.org:5432\"]`, or `{host}:{port}` as the plugin asks",
    ];
    assert_eq!(rights(ask, narrow, &config).unwrap_err(), expected);
}

#[test]
fn a_missing_optional_key_yields_no_right_and_a_wrong_one_is_named() {
    let ask = json!({"secrets": ["{auth.secret}"], "dns": ["{server=system}"]});
    let none = rights(ask.clone(), ask.clone(), &json!({})).unwrap();
    assert_eq!((none["secrets"].clone(), none["dns_system"].clone()), (json!([]), json!(true)));
    let wrong = rights(ask.clone(), ask, &json!({"auth": {"secret": ["a"]}, "server": "a b"})).unwrap_err();
    let expected = [
        "`a b`, which the config names for the capability `dns = [\"{server=system}\"]`, has no valid host: \
         write a name, `*.` and a name, an IPv4 address, or an IPv6 address in brackets",
        "config key `auth.secret` is a list, but the capability `secrets = [\"{auth.secret}\"]` needs a string or a number",
    ];
    assert_eq!(wrong, expected);
}

#[test]
fn a_config_cannot_name_a_wildcard() {
    let ask = json!({"http": ["{url}"]});
    let errors = rights(ask.clone(), ask, &json!({"url": "https://*.example.org"})).unwrap_err();
    assert!(errors[0].contains("is a wildcard: a check's config names one host"), "{errors:?}");
}

#[test]
fn a_fixed_entry_is_cut_down_to_what_the_grant_names_within_it() {
    let ask = json!({"http": ["https://*.example.org"], "files": ["/var"], "node": ["cpu", "disks"], "state": true});
    let grant = json!({"http": ["https://a.example.org", "https://b.example.net"], "files": ["/var/log", "/etc"], "node": ["cpu", "load"]});
    let rights = rights(ask, grant, &json!({})).unwrap();
    assert_eq!(rights["http"], json!([{"scheme": "https", "endpoint": {"host": "a.example.org", "port": 443}}]));
    assert_eq!(
        (&rights["files"], &rights["node"], &rights["state"]),
        (&json!(["/var/log"]), &json!(["cpu"]), &json!(false))
    );
}

fn entries() -> impl Strategy<Value = Capabilities> {
    let http =
        ["{url}", "{other}", "https://{host}", "https://*.example.org", "https://a.example.org", "http://[::1]:1"];
    let tcp = ["{host}:{port}", "{host}:1", "a.example.org:1", "*.example.org:1", "10.0.0.7:2"];
    let files = ["{path}", "/", "/var", "/var/log", "/etc/x"];
    let verbs = [
        "http-request {url}",
        "http-request https://*.example.org",
        "delete-files {path}",
        "delete-files /var",
        "run-command {host}",
        "run-command evil",
    ];
    let pick = |of: &'static [&'static str]| prop::sample::subsequence(of, 0..=of.len());
    (
        pick(http.to_vec().leak()),
        pick(tcp.to_vec().leak()),
        pick(files.to_vec().leak()),
        pick(verbs.to_vec().leak()),
        any::<[bool; 2]>(),
    )
        .prop_map(|(http, tcp, files, verbs, [state, private])| {
            let set = |entries: Vec<&str>| entries.into_iter().map(str::to_owned).collect();
            Capabilities {
                http: set(http),
                tcp: set(tcp),
                files: set(files),
                verbs: set(verbs),
                state,
                private,
                ..Capabilities::default()
            }
        })
}

fn configs() -> impl Strategy<Value = Value> {
    let url =
        prop::sample::select(vec!["https://a.example.org/x", "https://b.example.org", "http://[::1]:1", "http://evil"]);
    let host = prop::sample::select(vec!["a.example.org", "10.0.0.7", "evil"]);
    let path = prop::sample::select(vec!["/var/log/x", "/etc", "/home"]);
    (prop::option::of(url), host, 1_u16..4, prop::option::of(path))
        .prop_map(|(url, host, port, path)| json!({"url": url, "host": host, "port": port, "path": path}))
}

/// Whether every right is reached by some entry of `bound`, filled in.
fn within(rights: &Rights, bound: &Capabilities, config: &Value, as_manifest: Option<&Capabilities>) -> bool {
    fn covered<'r, R: Reach + 'r>(
        rights: impl IntoIterator<Item = &'r R>,
        entries: &BTreeSet<String>,
        passes: &dyn Fn(&str) -> bool,
        config: &Value,
    ) -> bool {
        let reach: Vec<R> = entries
            .iter()
            .filter(|entry| !entry.contains('{') || passes(entry))
            .flat_map(|entry| Template::parse(entry).unwrap().fill(config).unwrap())
            .map(|value| R::parse(&value).unwrap())
            .collect();
        rights.into_iter().all(|right| reach.iter().any(|bound| bound.covers(right)))
    }
    let passes =
        |kind: EntryKind| move |entry: &str| as_manifest.is_none_or(|manifest| manifest.entries(kind).contains(entry));
    let folders: Vec<Folder> = rights.files.iter().cloned().map(Folder).collect();
    covered(&rights.http, &bound.http, &passes(EntryKind::Http), config)
        && covered(&rights.tcp, &bound.tcp, &passes(EntryKind::Tcp), config)
        && covered(&folders, &bound.files, &passes(EntryKind::Files), config)
        && covered(&rights.verbs, &bound.verbs, &passes(EntryKind::Verbs), config)
        && (bound.state || !rights.state)
        && (bound.private || !rights.private)
}

proptest! {
    #[test]
    fn rights_never_exceed_the_manifest_nor_the_grant(manifest in entries(), grant in entries(), config in configs()) {
        if let Ok(rights) = Rights::of(&manifest, &grant, &config) {
            prop_assert!(within(&rights, &manifest, &config, None), "{rights:?}");
            prop_assert!(within(&rights, &grant, &config, Some(&manifest)), "{rights:?}");
        }
    }

    #[test]
    fn a_wider_grant_never_takes_a_right_away(manifest in entries(), grant in entries(), more in entries(), config in configs()) {
        let mut wider = grant.clone();
        wider.http.extend(more.http);
        wider.tcp.extend(more.tcp);
        wider.files.extend(more.files);
        if let (Ok(before), Ok(after)) = (Rights::of(&manifest, &grant, &config), Rights::of(&manifest, &wider, &config)) {
            let covers = |right| after.http.iter().any(|wide| wide.covers(right));
            prop_assert!(before.http.iter().all(covers), "{before:?} {after:?}");
        }
    }

    #[test]
    fn the_order_of_entries_does_not_matter(manifest in entries(), grant in entries(), config in configs()) {
        let backwards = |c: &Capabilities| {
            let mut again = Capabilities { state: c.state, private: c.private, ..Capabilities::default() };
            for kind in EntryKind::ALL {
                again.entries_mut(kind).extend(c.entries(kind).iter().rev().cloned());
            }
            again
        };
        let once = Rights::of(&manifest, &grant, &config);
        prop_assert_eq!(once, Rights::of(&backwards(&manifest), &backwards(&grant), &config));
    }

    #[test]
    fn what_is_granted_in_full_is_nothing_beyond(manifest in entries(), grant in entries()) {
        let mut full = grant.clone();
        for kind in EntryKind::ALL {
            full.entries_mut(kind).extend(manifest.entries(kind).iter().cloned());
        }
        full.state |= manifest.state;
        full.private |= manifest.private;
        prop_assert!(manifest.beyond(&full).is_empty());
    }
}
