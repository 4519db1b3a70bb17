//! The examples' files, compiled as a node would, without the plugins.

use std::path::Path;

use super::Note;
use crate::config::{Catalog, Config, Defaults, Files, Source, compile};
use crate::slo::{Method, Ratio, When};

macro_rules! example {
    ($name:literal: $($file:literal),+) => {
        [$(($file, include_str!(concat!("../../../../examples/", $name, "/", $file)))),+].as_slice()
    };
}

fn compiled(files: &[(&str, &str)]) -> Config {
    let source = |name: &str| {
        let (_, text) = files.iter().find(|(file, _)| *file == name)?;
        let folder = Path::new("/x").join(name).parent().map(Path::to_owned).unwrap_or_default();
        Some(Source { name: format!("/x/{name}"), folder, text: (*text).to_owned() })
    };
    let slos = files.iter().filter(|(file, _)| file.starts_with("slos/"));
    let files = Files {
        alertmanager: source("alertmanager.yml").map(Ok),
        slos: slos.filter_map(|(file, _)| source(file)).map(Ok).collect(),
        ..Files::from(source("tocsin.yaml").into_iter().collect::<Vec<_>>())
    };
    let defaults = Defaults { node: "node".to_owned(), data: "/data".into() };
    compile(&files, &Catalog::absent(), &defaults).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Each objective: SLO, target, slot, and the alerts.
fn promises(config: &Config) -> Vec<String> {
    let objectives = config.slos.values().flat_map(|slo| slo.objectives.iter().map(move |objective| (slo, objective)));
    let shown = objectives.map(|(slo, objective)| {
        let alerts: Vec<&str> = objective.alerts.iter().map(|rule| rule.name.as_str()).collect();
        let (name, target, slot) = (&slo.name, objective.target, slo.slot.as_secs());
        format!("{name} {} {target} {slot}s {}", objective.name, alerts.join(" "))
    });
    shown.collect()
}

fn codes(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.code).collect()
}

#[test]
fn the_trading_example_promises_what_it_says() {
    let config = compiled(example!("slo-trading": "tocsin.yaml", "alertmanager.yml", "slos/detection.yaml",
        "slos/execution.yaml", "slos/market-and-risk.yaml"));
    let pairs = "fast moderate slow trickle absent";
    let expected = [
        format!("detection-availability 99.95 99.95% 60s {pairs}"),
        "detection-latency p99-below-100-ms 95% 60s breach absent".to_owned(),
        format!("execution-availability 99.99 99.99% 60s {pairs} desk-knows"),
        "execution-latency p99-below-50-ms 98% 60s breach absent".to_owned(),
        "market-data-freshness younger-than-1-s 95% 1s breach absent".to_owned(),
        format!("risk-availability 99.99 99.99% 60s {pairs}"),
    ];
    assert_eq!(promises(&config), expected);
    assert_eq!(codes(&config.slo_notes), Vec::<&str>::new());
    let slices = &config.slos["detection-latency"].objectives[0].method;
    let percentile = Ratio::share("0.99").expect("a share");
    assert!(matches!(slices, Method::Timeslices { target, .. } if *target == percentile));
    let desk = config.slos["execution-availability"].objectives[0].alerts.last().expect("the third tier");
    assert_eq!((desk.notify[0].as_str(), desk.labels.get("severity")), ("desk-mail", "mail"));
}

#[test]
fn the_serving_example_promises_what_it_says() {
    let config = compiled(example!("slo-ml-serving": "tocsin.yaml", "slos/serving.yaml", "slos/quality.yaml"));
    let pairs = "fast moderate slow trickle absent";
    let expected = [
        format!("ranking-accuracy at-least-95-percent 99% 60s {pairs}"),
        format!("ranking-availability 99.9 99.9% 60s {pairs}"),
        format!("ranking-f1 at-least-0.9 99% 60s {pairs}"),
        format!("ranking-latency p99 99% 60s {pairs}"),
        format!("ranking-latency p95 95% 60s {pairs}"),
        "ranking-latency p50 50% 60s fast slow trickle absent".to_owned(),
        format!("ranking-throughput 10000-a-second 99% 60s {pairs}"),
    ];
    assert_eq!(promises(&config), expected);
    assert_eq!(codes(&config.slo_notes), ["window-pairs"; 3]);
    let fast = &config.slos["ranking-availability"].objectives[0].alerts[0];
    assert!(matches!(fast.when, When::Burn { factor, .. } if factor.to_string() == "13.44"));
}

#[test]
fn the_enterprise_example_promises_what_it_says() {
    let config = compiled(example!("slo-enterprise": "tocsin.yaml", "alertmanager.yml", "slos/agreements.yaml"));
    let expected = [
        "sla-001 up 99.9% 60s breach absent",
        "sla-002 below-100-ms 95% 60s breach absent",
        "sla-003 below-50-ms 95% 60s breach absent",
        "sla-004 below-200-ms 90% 60s breach absent",
        "sla-005 below-10-ms 95% 60s breach absent",
    ];
    assert_eq!(promises(&config), expected);
    // Without plugins there are no checks, and nobody knows how often they run.
    assert_eq!(codes(&config.slo_notes), Vec::<&str>::new());
}
