use proptest::prelude::*;

use super::super::{MetricKind, Status};
use super::*;

fn metric(name: &str, value: f64) -> Metric {
    Metric {
        name: name.to_owned(),
        value,
        unit: String::new(),
        kind: MetricKind::Gauge,
        labels: Vec::new(),
        warning: None,
        critical: None,
    }
}

fn labelled(labels: &[(&str, &str)]) -> Metric {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Metric { labels, ..metric("m", 1.0) }
}

fn accepted(metrics: Vec<Metric>) -> Accepted {
    Observation { metrics, ..Observation::new(Status::Ok, "fine") }.accept()
}

#[test]
fn what_is_within_bounds_passes_unchanged() {
    let observation = Observation {
        findings: vec![Finding {
            code: "slow".to_owned(),
            status: Status::Warning,
            message: "2 s".to_owned(),
            subject: Some("/".to_owned()),
        }],
        metrics: vec![labelled(&[("a", "1"), ("b", "")])],
        evidence: vec![Evidence {
            name: "body".to_owned(),
            media_type: "text/plain".to_owned(),
            body: b"hello".to_vec(),
        }],
        ..Observation::new(Status::Warning, "slow")
    };
    assert_eq!(observation.clone().accept(), Accepted { observation, problems: Vec::new() });
}

#[test]
fn a_metric_that_cannot_be_kept_is_left_out_by_name() {
    let long_name = "m".repeat(129);
    let long_value = "v".repeat(257);
    let table = [
        (metric("rtt-ms", 1.0), "metrics[0]: the name `rtt-ms` is not"),
        (metric("", 1.0), "metrics[0]: the name `` is not"),
        (metric("1st", 1.0), "metrics[0]: the name `1st` is not"),
        (metric("größe", 1.0), "metrics[0]: the name `größe` is not"),
        (metric(&long_name, 1.0), "metrics[0]: the name `mmmm"),
        (metric("m", f64::NAN), "metrics[0]: `m` is NaN, not a finite number"),
        (metric("m", f64::INFINITY), "metrics[0]: `m` is inf, not a finite number"),
        (metric("m", f64::NEG_INFINITY), "metrics[0]: `m` is -inf, not a finite number"),
        (labelled(&[("a-b", "")]), "metrics[0].labels: `m` is left out: the label name `a-b` is not"),
        (labelled(&[("a", &long_value)]), "metrics[0].labels: `m` is left out: the value of label `a` has 257 bytes"),
        (labelled(&[("a", ""); 33]), "metrics[0].labels: `m` is left out: 33 labels; at most 32 are allowed"),
        (labelled(&[("a", ""); 10_000]), "metrics[0].labels: `m` is left out: 10000 labels"),
    ];
    for (metric, message) in table {
        let Accepted { observation, problems } = accepted(vec![metric.clone()]);
        assert_eq!(observation.metrics, [], "{metric:?}");
        let said: Vec<String> =
            problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
        assert!(said.len() == 1 && said[0].starts_with(message), "{said:?} is not {message}");
    }
}

#[test]
fn one_bad_metric_does_not_take_the_good_ones_with_it() {
    let Accepted { observation, problems } = accepted(vec![metric("a", 1.0), metric("b", f64::NAN), metric("c", 3.0)]);
    assert_eq!(observation.metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(problems.len(), 1);
}

#[test]
fn labels_are_sorted_so_that_a_series_has_one_name() {
    let Accepted { observation, .. } = accepted(vec![labelled(&[("b", "2"), ("a", "1")])]);
    assert_eq!(observation.metrics[0].labels, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
}

#[test]
fn a_summary_is_one_line_and_ends_at_a_whole_character() {
    let table = [
        ("a\nb\tc\u{0}".to_owned(), "a b c ".to_owned(), 0),
        ("x".repeat(1_024), "x".repeat(1_024), 0),
        // 1,023 bytes and a character of two: it does not fit.
        ("x".repeat(1_023) + "ü", "x".repeat(1_023), 1),
    ];
    for (summary, kept, problems) in table {
        let accepted = Observation::new(Status::Ok, summary).accept();
        assert_eq!((accepted.observation.summary, accepted.problems.len()), (kept, problems));
    }
}

#[test]
fn lists_are_cut_and_the_cut_is_named() {
    let finding = Finding { code: "c".to_owned(), status: Status::Ok, message: String::new(), subject: None };
    let evidence = Evidence { name: "e".to_owned(), media_type: String::new(), body: vec![0; EVIDENCE_BYTES_MAX + 1] };
    let Accepted { observation, problems } = Observation {
        findings: vec![finding; FINDINGS_MAX + 1],
        metrics: (0..10_000).map(|index| metric(&format!("m_{index}"), 1.0)).collect(),
        evidence: vec![evidence],
        ..Observation::new(Status::Critical, "")
    }
    .accept();
    assert_eq!((observation.findings.len(), observation.metrics.len()), (FINDINGS_MAX, METRICS_MAX));
    assert_eq!(observation.evidence[0].body.len(), EVIDENCE_BYTES_MAX);
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["findings", "metrics", "evidence[0]"]);
}

#[test]
fn problems_are_bounded_themselves() {
    let Accepted { problems, .. } = accepted(vec![metric("", f64::NAN); METRICS_MAX]);
    assert_eq!(problems.len(), PROBLEMS_MAX);
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0])]
}

fn any_range() -> impl Strategy<Value = Option<Range>> {
    let bounds = (prop::option::of(any_value()), prop::option::of(any_value()), any::<bool>());
    prop::option::of(bounds.prop_map(|(low, high, inverted)| Range { low, high, inverted }))
}

fn any_metric() -> impl Strategy<Value = Metric> {
    let labels = prop::collection::vec(("[a-z0-9_-]{0,4}", any::<String>()), 0..40);
    let name = prop_oneof![4 => "[a-z_][a-z0-9_]{0,6}", 1 => any::<String>()];
    (name, any_value(), any::<String>(), labels, any_range(), any_range()).prop_map(
        |(name, value, unit, labels, warning, critical)| Metric {
            name,
            value,
            unit,
            kind: MetricKind::Counter,
            labels,
            warning,
            critical,
        },
    )
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let status = prop::sample::select(vec![Status::Ok, Status::Warning, Status::Critical, Status::Unknown]);
    let metrics = prop::collection::vec(any_metric(), 0..20);
    let finding = (any::<String>(), any::<String>(), prop::option::of(any::<String>()))
        .prop_map(|(code, message, subject)| Finding { code, status: Status::Ok, message, subject });
    let evidence = (any::<String>(), any::<String>(), prop::collection::vec(any::<u8>(), 0..100))
        .prop_map(|(name, media_type, body)| Evidence { name, media_type, body });
    let findings = prop::collection::vec(finding, 0..5);
    (status, "(?s).{0,2000}", findings, metrics, prop::collection::vec(evidence, 0..20)).prop_map(
        |(status, summary, findings, metrics, evidence)| Observation { status, summary, findings, metrics, evidence },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_guest_returns_is_kept_within_bounds_and_keeps_its_status(observation in any_observation()) {
        let status = observation.status;
        let Accepted { observation, problems } = observation.accept();
        prop_assert_eq!(observation.status, status);
        prop_assert!(problems.len() <= PROBLEMS_MAX);
        prop_assert!(observation.summary.len() <= SUMMARY_BYTES_MAX && !observation.summary.contains('\n'));
        prop_assert!(observation.evidence.len() <= EVIDENCE_MAX);
        for metric in &observation.metrics {
            prop_assert!(is_metric_name(&metric.name) && metric.value.is_finite());
            prop_assert!(bad_labels(&metric.labels).is_none() && metric.labels.is_sorted());
            prop_assert!([metric.warning, metric.critical].iter().flatten().all(is_finite_range));
        }
    }

    #[test]
    fn what_was_accepted_once_passes_unchanged(observation in any_observation()) {
        let once = observation.accept().observation;
        prop_assert_eq!(once.clone().accept(), Accepted { observation: once, problems: Vec::new() });
    }

    #[test]
    fn what_was_accepted_survives_json(observation in any_observation()) {
        let accepted = observation.accept().observation;
        let json = serde_json::to_string(&accepted).expect("it is written");
        prop_assert_eq!(serde_json::from_str::<Observation>(&json).expect("it is read"), accepted);
    }
}

#[test]
fn what_comes_twice_or_is_no_bound_is_left_out_and_named() {
    let gauge = |name: &str, labels: Vec<Label>, high: Option<f64>| Metric {
        name: name.into(),
        value: 1.0,
        unit: String::new(),
        kind: MetricKind::Gauge,
        labels,
        warning: high.map(|high| Range { low: None, high: Some(high), inverted: false }),
        critical: None,
    };
    let twice = vec![("a".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())];
    let mut observation = Observation::new(Status::Ok, "found");
    observation.metrics = vec![
        gauge("load", vec![], None),
        gauge("load", vec![], None),
        gauge("labelled", twice, None),
        gauge("bounded", vec![], Some(f64::NAN)),
    ];
    let accepted = observation.accept();
    let kept: Vec<&str> = accepted.observation.metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(kept, ["load", "bounded"]);
    assert_eq!(accepted.observation.metrics[1].warning, None);
    let problems: Vec<&str> = accepted.problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(problems, ["metrics[2].labels", "metrics[3].warning", "metrics"]);
}
