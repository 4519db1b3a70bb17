use super::*;
use crate::slo::{Empty, Guard, sample};

const MINUTE: Duration = Duration::from_secs(60);

fn rule(name: &str, severity: &str, hold: Duration, when: When) -> AlertRule {
    let labels = Labels::overlay([("severity", severity)]);
    AlertRule { name: name.to_owned(), when, hold, labels, annotations: Labels::default(), notify: Vec::new() }
}

fn burn((long, short): (u32, u32), numerator: u64, denominator: u64) -> When {
    let factor = Factor { numerator, denominator };
    When::Burn { long: MINUTE * long, short: MINUTE * short, factor, guard: Guard::default() }
}

fn slo() -> Slo {
    let mut slo = sample::slo("api", "0.999");
    slo.objectives[0].alerts = vec![
        rule("fast", "page", Duration::ZERO, burn((60, 5), 336, 25)),
        rule("moderate", "page", Duration::ZERO, burn((360, 30), 28, 5)),
        rule("slow", "ticket", Duration::ZERO, burn((1_440, 120), 14, 5)),
        rule("trickle", "ticket", Duration::ZERO, burn((4_320, 360), 14, 15)),
        rule("breach", "page", MINUTE * 2, When::Breach { window: MINUTE * 10, guard: Guard::default() }),
        rule("absent", "ticket", Duration::ZERO, When::Absent { after: MINUTE * 90 }),
    ];
    slo.objectives[0].alerts[0].annotations = Labels::overlay([("summary", "it's \"{{ burning }}\"\nfast")]);
    slo
}

#[test]
fn an_slo_is_a_group_of_recording_rules_and_alerts() {
    let text = prometheus([&slo()]).expect("occurrences");
    assert!(text == include_str!("api.yaml"), "{text}");
}

#[test]
fn thresholds_have_all_their_digits() {
    let table = [
        ((72, 5), "0.999", "0.0144"),
        ((1, 1), "0.5", "0.5"),
        ((2, 1), "0.5", "1.0"),
        ((14, 15), "0.999", "0.000933333333333333333333"),
        ((1, 1), "0.999999999", "0.000000001"),
        ((u64::MAX, u64::MAX), "0.9", "0.1"),
    ];
    for ((numerator, denominator), target, expected) in table {
        let budget = Ratio::share(target).expect("a share").rest();
        assert_eq!(
            threshold(Factor { numerator, denominator }, budget),
            expected,
            "{numerator}/{denominator} {target}"
        );
    }
}

#[test]
fn what_counts_slices_is_refused_by_name() {
    let mut slo = slo();
    slo.objectives[0].method = Method::RatioTimeslices { empty: Empty::Good };
    assert_eq!(
        prometheus([&slo]).expect_err("slices").to_string(),
        "the objective `answers` of the SLO `api` counts slices, which rules over two counters cannot"
    );
}

#[test]
fn names_stay_texts() {
    let mut slo = slo();
    slo.name = "a\"b\\c'd".into();
    let text = prometheus([&slo]).expect("occurrences");
    assert!(text.contains(r#"- name: 'tocsin-slo-a"b\c''d-answers'"#), "{text}");
    assert!(text.contains(r#"{slo="a\"b\\c''d", objective="answers"}"#), "{text}");
}
