//! The language by example, the defaults as they look, and templates that mean harm.

use proptest::prelude::*;

use super::*;
use crate::alert::AlertStatus;
use crate::label::{Fingerprint, Labels};

/// 2026-01-02 15:04:05 UTC.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_767_366_245_000);

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(pairs.iter().copied()).expect("no name twice")
}

/// Two alerts of a group, one of them resolved.
pub(crate) fn sample() -> Data {
    let alert = |status, instance, starts, ends| {
        let labels =
            labels(&[("alertname", "Disk<Full>"), ("instance", instance), ("job", "node"), ("severity", "critical")]);
        Alert {
            status,
            annotations: super::tests::labels(&[
                ("summary", "disk of & <b>left</b>"),
                ("runbook_url", "https://example.com/r?a=1&b=2"),
            ]),
            starts_at: Timestamp::from_millis(starts),
            ends_at: ends,
            generator_url: "http://prom.example/graph?g0.expr=up%3D%3D0&g0.tab=1".to_owned(),
            fingerprint: Fingerprint(labels.fingerprint().0),
            labels,
        }
    };
    let start = NOON.as_millis() - 3_723_000;
    let alerts = vec![
        alert(AlertStatus::Firing, "web-1:9100", start, None),
        alert(AlertStatus::Resolved, "web-2:9100", start - 1_500, Some(NOON)),
    ];
    Data::new("team.x", labels(&[("alertname", "Disk<Full>"), ("job", "node")]), alerts, "http://tocsin.example:7117")
}

/// `####` and a name begin a case; in it, `--` parts the template from what it gives.
fn cases(text: &str) -> Vec<(&str, &str, &str)> {
    let case = |case| {
        let (name, rest) = str::split_once(case, '\n').expect("a name");
        let (template, expected) = rest.split_once("\n--\n").expect("a template and what it gives");
        (name.trim(), template, expected.strip_suffix('\n').unwrap_or(expected))
    };
    text.split("#### ").skip(1).map(case).collect()
}

fn check(file: &str, form: Form) {
    let templates = Templates::parse([]).expect("the defaults");
    let data = Value::from(sample());
    let mut wrong = Vec::new();
    for (name, template, expected) in cases(file) {
        let result = match form {
            Form::Text => templates.text(template, &data, NOON),
            Form::Html => templates.html(template, &data, NOON),
        };
        let given = result.unwrap_or_else(|error| format!("error: {error}"));
        if given != expected {
            wrong.push(format!("{name}\n  expected {expected:?}\n  given    {given:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_language_gives_what_go_gives() {
    check(include_str!("cases/language.txt"), Form::Text);
}

#[test]
fn html_escapes_each_value_for_where_it_stands() {
    check(include_str!("cases/html.txt"), Form::Html);
}

fn refused(text: &str, dialect: Dialect) -> String {
    let templates = match dialect {
        Dialect::Notification => Templates::parse([]).expect("the defaults"),
        Dialect::Rule => Templates::for_rules(),
    };
    templates.check(text, "t").expect_err(text).to_string()
}

#[test]
fn what_a_template_cannot_mean_is_refused_by_name_and_line() {
    let table = [
        ("a\n  {{ nope }}", "t:2:6: unknown function `nope`"),
        ("{{ toUper .Status }}", "t:1:4: unknown function `toUper`; did you mean `toUpper`?"),
        ("{{ call .X }}", "t:1:4: the function `call` is not supported: there are no function values to call"),
        (
            "{{ humanize 1 }}",
            "t:1:4: the function `humanize` exists in the labels and annotations of rules, not in notifications",
        ),
        ("{{ template \"__subjct\" . }}", "t:1:1: there is no template \"__subjct\"; did you mean \"__subject\"?"),
        ("{{ $x }}", "t:1:4: the variable `$x` is not declared here"),
        ("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", "t:1:39: the variable `$x` is not declared here"),
        ("{{ $x = 1 }}", "t:1:4: the variable `$x` is not declared here"),
        ("\n\n{{ if .Alerts }}x", "t:3:1: this `if` has no `end`"),
        ("{{ define \"x\" }}", "t:1:4: this `define` has no `end`"),
        ("x{{ end }}", "t:1:2: this closes nothing: no `if`, `range`, `with`, `define` or `block` is open"),
        ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", "t:1:21: an `else` follows an `else`"),
        ("{{ break }}", "t:1:1: `break` stands within a `range`"),
        ("{{ .Status", "t:1:1: the action is not closed: `}}` is missing"),
        ("{{ }}", "t:1:4: a value is missing here"),
        ("{{ /* no */ }}", "t:1:1: a comment ends with `*/}}` or `*/ -}}`"),
        ("{{ \"a }}", "t:1:4: the text in quotes is not closed on its line"),
        ("{{ \"\\q\" }}", "t:1:4: `\\q` is not an escape; a backslash is written `\\\\`"),
        ("{{ .Status & 1 }}", "t:1:12: `&` has no meaning in an action"),
        ("{{ toUpper }}", "t:1:4: `toUpper` takes 1 argument, not 0"),
        ("{{ 1 2 }}", "t:1:4: this is neither a function nor a method, so it takes no arguments"),
        ("{{ . | 1 }}", "t:1:8: what stands behind a `|` takes a value: a function or a method"),
        ("{{ match \"(\" .Status }}", "t:1:4: `(` is not a regular expression: unclosed group"),
        ("{{ .X | tz \"Europe/Viena\" }}", "t:1:9: unknown time zone `Europe/Viena`; did you mean `Europe/Vienna`?"),
        (
            "{{ define \"a\" }}1{{ end }}{{ define \"a\" }}2{{ end }}",
            "t:1:30: the template \"a\" is defined twice in this file",
        ),
        ("{{ if 1 }}{{ define \"a\" }}{{ end }}{{ end }}", "t:1:11: a `define` stands outside of every other block"),
        ("{{ nil }}", "t:1:4: `nil` alone is no value to act on"),
        ("{{ 017 }}", "t:1:4: `017` is octal in Go: write it with `0o`, or without the `0`"),
        ("{{ (1 }}", "t:1:7: `)` is expected"),
    ];
    for (text, expected) in table {
        assert_eq!(refused(text, Dialect::Notification), expected, "{text}");
    }
    assert_eq!(
        refused("{{ query \"up\" }}", Dialect::Rule),
        "t:1:4: the function `query` is not supported: it works on the results of a query, and templates here run none"
    );
    let deep = format!("{}1{}", "{{ if 1 }}".repeat(60), "{{ end }}".repeat(60));
    assert!(refused(&deep, Dialect::Notification).ends_with("more than 50 levels within each other"));
}

#[test]
fn what_fails_while_it_runs_says_where() {
    let templates = Templates::parse([("mine.tmpl", "{{ define \"mine\" }}\n{{ .Nope }}{{ end }}")]).expect("valid");
    let data = Value::from(sample());
    let table = [
        ("{{ .Alert }}", "text:1:4: template.Data has no `Alert`; did you mean `Alerts`?"),
        ("{{ range .Alerts }}\n{{ .Alerts }}{{ end }}", "text:2:4: template.Alert has no `Alerts`"),
        ("{{ template \"mine\" . }}", "mine.tmpl:2:4: template.Data has no `Nope`"),
        ("{{ index .Alerts 5 }}", "text:1:4: the index 5 is out of range: there are 2"),
        ("{{ eq 1 1.0 }}", "text:1:4: int does not compare with float64: write the whole number with `.0`"),
        ("{{ lt \"a\" 1 }}", "text:1:4: string does not compare with int"),
        ("{{ toUpper 1 }}", "text:1:4: `toUpper` takes a text here, not int"),
        ("{{ range .Status }}{{ end }}", "text:1:10: a `range` cannot go over string"),
        ("{{ .Status.x }}", "text:1:4: string has no fields, so no `x`"),
        ("{{ .GroupLabels.Remove \"a\" }}", "text:1:4: `Remove` takes one list: `.Remove (stringSlice \"a\" \"b\")`"),
    ];
    for (text, expected) in table {
        let error = templates.text(text, &data, NOON).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let script = templates.html("<script>{{ .Status }}</script>", &data, NOON).expect_err("a script");
    assert_eq!(script.to_string(), "html:1:12: no value is safe within a script: leave it out of notifications");
    assert!(templates.html("<p {{ .Status }}>", &data, NOON).is_err());
    assert!(templates.html("<p onclick=\"{{ .Status }}\">", &data, NOON).is_err());
}

#[test]
fn no_template_hangs_or_grows_without_end() {
    let templates = Templates::parse([]).expect("the defaults");
    let data = Value::from(sample());
    let many = "stringSlice \"1\" \"2\" \"3\" \"4\" \"5\" \"6\" \"7\" \"8\" \"9\" \"a\"";
    let nested = |inner: &str| {
        format!(
            "{{{{ $x := \"xxxxxxxx\" }}}}{}{inner}{}",
            format!("{{{{ range {many} }}}}").repeat(9),
            "{{ end }}".repeat(9)
        )
    };
    let table = [
        ("{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}".to_owned(), "more than 120 levels"),
        (
            "{{ define \"r\" }}{{ range 1 }}{{ if (or (and (or true))) }}{{ with $ }}{{ template \"r\" . }}{{ end }}{{ end }}{{ end }}{{ end }}{{ template \"r\" . }}".to_owned(),
            "more than 120 levels",
        ),
        (format!("{{{{ $s := printf \"%10000d\" 1 }}}}{{{{ join $s (stringSlice {}) }}}}", "\"\" ".repeat(200)), "`join` makes more than"),
        (format!("{{{{ $s := printf \"%10000d\" 1 }}}}{{{{ print {} }}}}", "$s ".repeat(200)), "`print` makes more than"),
        (format!("{{{{ $s := printf \"%10000d\" 1 }}}}{{{{ reReplaceAll \".+\" \"{}\" $s }}}}", "$0".repeat(200)), "`reReplaceAll` makes more than"),
        (nested(""), "too many steps"),
        ("{{ range 1000000000 }}{{ end }}".to_owned(), "too many steps"),
        (nested("0123456789012345678901234567890123456789"), "text:1:590: the output is larger"),
        (nested("{{ $x = print $x $x }}"), "too large"),
        (nested("{{ $x = printf \"%s%s\" $x $x }}"), "too large"),
        ("{{ $x := list 1 }}{{ range 100 }}{{ $x = list $x $x }}{{ end }}".to_owned(), "too large"),
        ("{{ $x := list 1 }}{{ range 100 }}{{ $x = list $x }}{{ end }}".to_owned(), "too large"),
        ("{{ range 200 }}{{ printf \"%10000d\" 1 }}{{ end }}".to_owned(), "the output is larger than 1048576 bytes"),
        (format!("{{{{ printf \"{}\" }}}}", "%9999d".repeat(200)), "MISSING"),
        (
            "{{ range $i, $x := 100 }}{{ match (print \"a\" $i) \"a\" }}{{ end }}".to_owned(),
            "more than 50 different patterns",
        ),
        ("{{ match \"((a{100}){100}){100}\" \"a\" }}".to_owned(), "not a regular expression"),
    ];
    for (text, expected) in table {
        let given = templates.text(&text, &data, NOON).unwrap_or_else(|error| error.to_string());
        assert!(
            given.contains(expected),
            "{}: {}",
            text.get(..60).unwrap_or(&text),
            given.get(..300).unwrap_or(&given)
        );
    }
    let small = templates.with_output_limit(10);
    assert!(small.text("0123456789", &data, NOON).is_ok());
    assert!(small.text("01234567890", &data, NOON).is_err());
}

#[test]
fn alertmanagers_newer_functions() {
    let templates = Templates::parse([]).expect("the defaults");
    let data = Value::from(sample());
    let table = [
        (
            "{{ (index .Alerts 0).StartsAt | tz \"Europe/Vienna\" | date \"2006-01-02 15:04:05 MST\" }}",
            "2026-01-02 15:02:02 CET",
        ),
        ("{{ (index .Alerts 0).StartsAt | tz \"America/New_York\" | date \"Jan _2 3PM -0700\" }}", "Jan  2 9AM -0500"),
        ("{{ since (index .Alerts 0).StartsAt }}", "1h2m3s"),
        ("{{ since (index .Alerts 1).StartsAt | humanizeDuration }}", "1h 2m 4s"),
        (
            "{{ humanizeDuration 90061 }} {{ humanizeDuration 0.0015 }} {{ humanizeDuration \"45.5\" }}",
            "1d 1h 1m 1s 1.5ms 45.5s",
        ),
        ("{{ toJson .GroupLabels }}", r#"{"alertname":"Disk\u003cFull\u003e","job":"node"}"#),
        (
            "{{ list 1 \"a\" true | toJson }} {{ dict \"a\" 1 | toJson }} {{ append (list 1) 2 3 | toJson }}",
            r#"[1,"a",true] {"a":1} [1,2,3]"#,
        ),
        ("{{ (dict \"a\" (list 1 2)).a }}", "[1 2]"),
        ("{{ urlUnescape \"a%20b+c\" }} {{ safeUrl \"x:y\" }}", "a b c x:y"),
        ("{{ title \"HELLO don't foo-bar a_b web.example\" }}", "Hello Don't Foo-Bar A_b Web.example"),
        (
            "{{ .GroupLabels }}|{{ .GroupLabels.SortedPairs }}",
            "alertname=Disk<Full>, job=node|alertname=Disk<Full>, job=node",
        ),
        ("{{ range $i := 3 }}{{ $i }}{{ end }}", "012"),
        ("{{ with .GroupLabels.no }}a{{ else with .Status }}{{ . }}{{ end }}", "firing"),
    ];
    for (text, expected) in table {
        assert_eq!(templates.text(text, &data, NOON).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn rules_have_prometheus_variables_and_functions() {
    let templates = Templates::for_rules();
    let finding = Value::from(Finding {
        labels: labels(&[("instance", "web-1.example:9100"), ("job", "node")]),
        value: 1_234_567.0,
        external_labels: labels(&[("dc", "vie")]),
        external_url: "http://tocsin.example:7117/x/".to_owned(),
    });
    let table = [
        (
            "{{ $labels.job }} {{ .Labels.job }} {{ $externalLabels.dc }} {{ $externalURL }}",
            "node node vie http://tocsin.example:7117/x/",
        ),
        ("{{ $value }} {{ .Value | printf \"%.1f\" }}", "1.234567e+06 1234567.0"),
        ("{{ humanize $value }} {{ humanize 0.00123 }} {{ humanize 0.0 }} {{ humanize \"12\" }}", "1.235M 1.23m 0 12"),
        ("{{ humanize1024 $value }} {{ humanize1024 1048576.0 }}", "1.177Mi 1Mi"),
        ("{{ humanizePercentage 0.1234567 }} {{ 1.0 | humanizePercentage }}", "12.35% 100%"),
        ("{{ humanizeTimestamp 1435065584.128 }}", "2015-06-23 13:19:44.128 +0000 UTC"),
        ("{{ (toTime 1435065584.0).Format \"15:04\" }}", "13:19"),
        ("{{ humanizeDuration 3723.0 }} {{ toDuration 1.5 }} {{ parseDuration \"1d12h\" }}", "1h 2m 3s 1.5s 129600"),
        (
            "{{ stripPort $labels.instance }} {{ stripDomain $labels.instance }} {{ stripPort \"[::1]:80\" }}",
            "web-1.example web-1:9100 ::1",
        ),
        (
            "{{ stripDomain \"10.0.0.1:80\" }} {{ pathPrefix }} {{ externalURL }}",
            "10.0.0.1:80 /x http://tocsin.example:7117/x/",
        ),
        ("{{ title \"aBC d-e\" }} {{ toUpper \"a\" }}", "ABC D-E A"),
        ("{{ if gt $value 1e6 }}large{{ end }}", "large"),
        ("{{ $labels.none }}|{{ .Labels }}", "|instance=web-1.example:9100, job=node"),
    ];
    for (text, expected) in table {
        assert_eq!(templates.text(text, &finding, NOON).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_file_replaces_single_defaults_and_can_be_called_itself() {
    let files = [
        (
            "/etc/t/mine.tmpl",
            "all: {{ .Status }}{{ define \"slack.default.text\" }}mine{{ end }}{{ define \"__subject\" }} {{ end }}",
        ),
        ("/etc/t/late.tmpl", "{{ define \"slack.default.text\" }}late{{ end }}"),
    ];
    let templates = Templates::parse(files).expect("valid");
    let data = Value::from(sample());
    let text = |text| templates.text(text, &data, NOON).expect(text);
    assert_eq!(text("{{ template \"slack.default.text\" . }}"), "late");
    assert_eq!(text("{{ template \"mine.tmpl\" . }}"), "all: firing");
    assert!(
        text("{{ template \"slack.default.title\" . }}").starts_with("[FIRING:1]"),
        "an empty one replaces nothing"
    );
    let own = "{{ define \"slack.default.text\" }}own{{ end }}{{ template \"slack.default.text\" . }}";
    assert_eq!((text(own), text("{{ template \"slack.default.text\" . }}")), ("own".to_owned(), "late".to_owned()));
}

#[test]
fn every_error_of_every_file_is_told_at_once() {
    let files = [("a.tmpl", "{{ define \"a\" }}{{ nope }}{{ end }}"), ("b.tmpl", "{{ if }}")];
    let errors = Templates::parse(files).expect_err("two");
    assert_eq!(errors.iter().map(|error| error.file.as_str()).collect::<Vec<_>>(), ["a.tmpl", "b.tmpl"]);
    let missing =
        Templates::parse([("c.tmpl", "{{ define \"c\" }}\n{{ template \"gone\" }}{{ end }}")]).expect_err("one");
    assert_eq!(missing.first().map(ToString::to_string).as_deref(), Some("c.tmpl:2:1: there is no template \"gone\""));
}

#[test]
fn each_default_looks_as_it_always_did() {
    let templates = Templates::parse([]).expect("the defaults");
    let data = Value::from(sample());
    let mut shown = String::new();
    for name in templates
        .defines
        .keys()
        .filter(|name| !name.ends_with(".tmpl") && !name.starts_with("__email") && &***name != "email.default.html")
    {
        let dot = match &**name {
            "__text_alert" => "(index .Alerts 0)",
            "__text_alert_list" | "pagerduty.default.instances" => ".Alerts.Resolved",
            _ => ".",
        };
        let text = templates.text(&format!("{{{{ template \"{name}\" {dot} }}}}"), &data, NOON).expect("renders");
        shown.push_str(&format!("#### {name}\n{text}\n"));
    }
    assert_eq!(shown, include_str!("cases/defaults.txt"), "{shown}");
}

proptest! {
    /// Whatever is written: a text or an error, and never a panic.
    #[test]
    fn any_text_is_a_template_or_an_error(
        pieces in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(vec![
                    "{{", "}}", "{{-", "-}}", " ", ".", "|", "(", ")", "$x", ":=", "=", ",", "if", "else", "end", "range", "with",
                    "define", "template", "\"a\"", "`b`", "1", "-9223372036854775808", "1.5", "'c'", "nil", "true", ".Alerts",
                    ".Status", "len", "index", "slice", "printf \"%08.3f|%-5q|%+x\"", "join", "eq", "\n", "<a href=\"", "\">", "<!--",
                    "</script>", "style=", "{{ .Status }}", "{{ end }}", "{{ range .Alerts }}", "{{ .StartsAt.Format `Jan 2 .000` }}",
                ]).prop_map(str::to_owned),
                any::<char>().prop_map(String::from),
            ],
            0..30,
        )
    ) {
        let text = pieces.concat();
        let templates = Templates::for_rules();
        let data = Value::from(sample());
        let _given = (templates.text(&text, &data, NOON), templates.html(&text, &data, NOON));
    }
}
