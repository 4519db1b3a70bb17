//! What is a mistake to Alertmanager is one to us: the compiler's own cases and files with one mistake each, judged by
//! `amtool check-config` and by our compiler. Where they differ on purpose, `docs/alerting.md` says so.

use std::fs;
use std::path::{Path, PathBuf};

use tocsin_core::alertmanager;
use tocsin_tests::root;

use super::{amtool, source};

/// Whether a file is content to both; none without amtool.
fn verdicts(path: &Path) -> Option<(bool, bool, String)> {
    let (there, said) = amtool(&["check-config", &path.display().to_string()])?;
    let text = fs::read_to_string(path).unwrap();
    let folder = path.parent().unwrap();
    let compiled = alertmanager::compile(&source(&text, folder));
    let said = format!(
        "amtool: {}\nhere: {}",
        said.trim(),
        compiled.as_ref().err().map(ToString::to_string).unwrap_or_default()
    );
    Some((there, compiled.is_ok(), said))
}

#[test]
fn the_compilers_own_cases_are_judged_alike() {
    let folder = root().join("host/core/src/alertmanager/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    cases.sort();
    assert!(cases.len() > 15, "the cases are somewhere else");
    for case in cases {
        let Some((there, here, said)) = verdicts(&case) else { return };
        assert_eq!(there, here, "{}\n{said}", case.display());
    }
}

/// What both know: a route, a receiver, and one thing more.
const MISTAKES: &[&str] = &[
    "",
    "route: {}",
    "route: {receiver: b}\nreceivers: [{name: a}]",
    "route: {receiver: a, matchers: [x=y]}\nreceivers: [{name: a}]",
    "route: {receiver: a, match: {x: y}}\nreceivers: [{name: a}]",
    "route: {receiver: a, continue: true}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{receiver: b}]}\nreceivers: [{name: a}]",
    "route: {receiver: a}\nreceivers: [{name: a}, {name: a}]",
    "route: {receiver: a}\nreceivers: [{}]",
    "route: {receiver: a}\nreceivers: [{name: a, web_hooks: []}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\nroutes: []",
    "route: {receiver: a, group_by: [x, x]}\nreceivers: [{name: a}]",
    "route: {receiver: a, group_by: [x, '...']}\nreceivers: [{name: a}]",
    "route: {receiver: a, group_interval: 0s}\nreceivers: [{name: a}]",
    "route: {receiver: a, repeat_interval: 0s}\nreceivers: [{name: a}]",
    "route: {receiver: a, group_wait: 5}\nreceivers: [{name: a}]",
    "route: {receiver: a, group_wait: 0}\nreceivers: [{name: a}]",
    "route: {receiver: a, group_wait: -5s}\nreceivers: [{name: a}]",
    "route: {receiver: a, group_wait: 1h30m}\nreceivers: [{name: a}]",
    "route: {receiver: a, group_wait: 30m1h}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{matchers: ['x==y']}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{matchers: ['x=~(']}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{matchers: ['x']}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{matchers: ['{x=y,z!~\"w\"}']}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{matchers: ['x=\"y']}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{match_re: {x: '['}}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{match: {'x-y': z}}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{match_re: {x: 'a{2,1}'}}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, routes: [{mute_time_intervals: [night]}]}\nreceivers: [{name: a}]",
    "route: {receiver: a, mute_time_intervals: [n]}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: []}]",
    "route: {receiver: a, active_time_intervals: [n]}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: []}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: []}, {name: n, time_intervals: []}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{times: [{start_time: '9:00', end_time: '08:00'}]}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{times: [{start_time: '25:00', end_time: '26:00'}]}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{times: [{start_time: '09:00'}]}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{weekdays: ['friday:monday']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{weekdays: ['funday']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{weekdays: ['monday:friday', saturday]}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{days_of_month: ['0']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{days_of_month: ['32']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{days_of_month: ['-5:-1', '1:5']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{days_of_month: ['5:1']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{months: ['may:march']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{months: ['1:3', may]}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{years: ['2030:2020']}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{location: Mars/Olympus}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: n, time_intervals: [{location: Europe/Vienna}]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules: [{source_matchers: ['x=~(']}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules: [{source_match: {x: y}, target_match_re: {x: 'y|z'}, equal: [n]}]",
    "route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules: [{from: [x]}]",
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'ftp://x/'}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x/', max_alerts: -1}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x/', max_alerts: 3}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x/', send_resolved: maybe}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x@y}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x@y, from: z@y, smarthost: 'mail:25'}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{from: z@y, smarthost: 'mail:25'}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x@y, from: z@y, smarthost: 'mail'}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x@y, from: z@y, smarthost: 'mail:25', headers: {To: a, to: b}}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{channel: '#x'}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x/', actions: [{type: button}]}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x/', fields: [{title: x}]}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{}]}]",
    "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key: x}]}]",
    "global: {slack_api_url: 'http://x/', slack_api_url_file: y}\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "global: {smtp_smarthost: mail}\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "global: {resolve_timeout: soon}\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "global: {http_config: {basic_auth: {username: u, password: p}, bearer_token: t}}\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "global: {http_config: {bearer_token: t, bearer_token_file: f}}\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "global: {http_config: {authorization: {type: Basic, credentials: x}}}\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "global: {http_config: {tls_config: {min_version: TLS99}}}\nroute: {receiver: a}\nreceivers: [{name: a}]",
    "route: [receiver]\nreceivers: [{name: a}]",
    "route: {receiver: a}\nreceivers: {name: a}",
    "route: {receiver: a, receiver: a}\nreceivers: [{name: a}]",
    "route: {receiver: a\nreceivers: [{name: a}]",
];

/// What Debian's amtool accepts or refuses unlike us, and whether it accepts it.
const DIFFERENT: &[(&str, bool)] = &[
    // The current release takes any name of a label, as we do.
    ("route: {receiver: a, group_by: ['a-b']}\nreceivers: [{name: a}]", false),
    (
        "route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules: [{source_match: {x: y}, target_match: {x: z}, equal: \
         ['a b']}]",
        false,
    ),
    // In `docs/alerting.md`, "What is refused".
    ("route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{service_key: y}]}]", true),
    (
        "global: {http_config: {oauth2: {client_id: x, client_secret: y, token_url: 'http://z/'}}}\nroute: {receiver: a}\n\
      receivers: [{name: a}]",
        true,
    ),
    // The current release refuses it.
    ("global: {http_config: {tls_config: {cert_file: x}}}\nroute: {receiver: a}\nreceivers: [{name: a}]", true),
    // In `docs/alerting.md`, "What differs".
    ("global: {http_config: {authorization: {type: Bearer}}}\nroute: {receiver: a}\nreceivers: [{name: a}]", true),
    (
        "global: {smtp_from: x@y, smtp_smarthost: 'mail:smtp'}\nroute: {receiver: a}\n\
         receivers: [{name: a, email_configs: [{to: x@y}]}]",
        true,
    ),
    ("route: {receiver: a, group_wait: 200y}\nreceivers: [{name: a}]", true),
    ("route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ['a*/b.tmpl']", true),
    (
        "route: {receiver: a}\nreceivers: [{name: a}]\n\
         time_intervals: [{name: n, time_intervals: [{location: Local}]}]",
        true,
    ),
    (
        "route: {receiver: a}\nreceivers: [{name: a}]\n\
         time_intervals: [{name: n, time_intervals: [{months: ['13']}]}]",
        true,
    ),
    (
        "route: {receiver: a}\nreceivers: [{name: a}]\n\
         time_intervals: [{name: n, time_intervals: [{weekdays: []}]}]",
        true,
    ),
];

#[test]
fn what_is_judged_differently_is_so_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = String::new();
    for (index, (file, is_accepted_there)) in DIFFERENT.iter().enumerate() {
        let path = folder.path().join(format!("{index}.yml"));
        fs::write(&path, file).unwrap();
        let Some((there, here, said)) = verdicts(&path) else { return };
        if (there, here) != (*is_accepted_there, !is_accepted_there) {
            wrong += &format!("\n{file}\n{said}\n");
        }
    }
    assert!(wrong.is_empty(), "these are not judged as the list says:{wrong}");
}

#[test]
fn one_mistake_is_one_to_both() {
    let folder = tempfile::tempdir().unwrap();
    let mut different = String::new();
    for (index, mistake) in MISTAKES.iter().enumerate() {
        let path = folder.path().join(format!("{index}.yml"));
        fs::write(&path, mistake).unwrap();
        let Some((there, here, said)) = verdicts(&path) else { return };
        if there != here {
            different += &format!("\n{mistake}\n{said}\n");
        }
    }
    assert!(different.is_empty(), "amtool and we judge differently:{different}");
}
