use super::*;
use crate::alert::AlertStatus;
use crate::time::Timestamp;

const HOUR: Duration = Duration::from_secs(3_600);

fn ratio(share: &str) -> Ratio {
    Ratio::share(share).expect("a share")
}

const fn counts(bad: u64, total: u64) -> Option<Counts> {
    Some(Counts { good: total - bad, total })
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

fn slo() -> Slo {
    crate::slo::sample::slo("api", "0.99")
}

fn place() -> Place {
    Place { file: "tocsin.yaml".to_owned(), line: 1, column: 1 }
}

fn rule(when: Threshold, until: Option<Threshold>, respond: &[&str]) -> PolicyRule {
    PolicyRule {
        when,
        until,
        hold: Duration::ZERO,
        respond: respond.iter().map(ResponseName::new).collect(),
        every: None,
        labels: Labels::overlay([("severity", "ticket")]),
    }
}

fn below(share: &str) -> Threshold {
    Threshold::Remaining { side: Side::Below, share: ratio(share) }
}

fn burn(side: Side, factor: u64) -> Threshold {
    Threshold::Burn { side, factor: Factor { numerator: factor, denominator: 1 }, window: HOUR }
}

fn policies(rules: Vec<PolicyRule>, on_no_data: OnNoData) -> BudgetPolicies {
    let policy = BudgetPolicy { name: "strict".into(), slos: vec!["a*".to_owned()], rules, on_no_data, place: place() };
    BudgetPolicies::new(vec![policy], [&"api".into(), &"web".into()])
}

/// A store of states that hears what changed.
#[derive(Default)]
struct Kept(BTreeMap<PolicyKey, PolicyState>);

impl Kept {
    fn look(
        &mut self,
        policies: &BudgetPolicies,
        period: Option<Counts>,
        hour: Option<Counts>,
        minute: i64,
    ) -> Vec<String> {
        let slo = slo();
        let look = |over| if over == Over::Period { period } else { hour };
        let mut said = Vec::new();
        for change in policies.judge(&slo, &slo.objectives[0], &self.0, look, at(minute)) {
            for alert in &change.alerts {
                let word = if alert.status(at(minute)) == AlertStatus::Firing { "+" } else { "-" };
                said.push(format!("{word}{}", alert.labels.get("response")));
            }
            match change.state {
                Some(state) => self.0.insert(change.key, state),
                None => self.0.remove(&change.key),
            };
        }
        said
    }
}

#[test]
fn thresholds_are_strict_and_know_nothing_of_nothing() {
    // 1% of 10,000 is a budget of 100.
    let above = Threshold::Remaining { side: Side::Above, share: ratio("0.3") };
    for (threshold, bad, expected) in [
        (below("0.25"), 75, false),
        (below("0.25"), 76, true),
        (above, 70, false),
        (above, 69, true),
        // Spent to the last event is not overspent.
        (below("0"), 100, false),
        (below("0"), 101, true),
        (burn(Side::Above, 6), 600, false),
        (burn(Side::Above, 6), 601, true),
        (burn(Side::Below, 1), 100, false),
        (burn(Side::Below, 1), 99, true),
    ] {
        assert_eq!(threshold.holds(counts(bad, 10_000), ratio("0.99")), Some(expected), "{threshold} {bad}");
    }
    assert_eq!(below("0.25").holds(None, ratio("0.99")), None);
    assert_eq!(below("0.25").holds(counts(0, 0), ratio("0.99")), None);
}

#[test]
fn between_its_two_thresholds_a_rule_stays_what_it_is() {
    let until = Threshold::Remaining { side: Side::Above, share: ratio("0.3") };
    let policies =
        policies(vec![rule(below("0.25"), Some(until), &["freeze-deploys", "slow-rollouts"])], OnNoData::Open);
    let mut kept = Kept::default();
    for (minute, bad, expected) in [
        (0, 72, &[][..]),
        (1, 76, &["+freeze-deploys", "+slow-rollouts"]),
        (2, 80, &[]),
        (3, 72, &[]),
        (4, 70, &[]),
        (5, 69, &["-freeze-deploys", "-slow-rollouts"]),
        (6, 72, &[]),
        (7, 76, &["+freeze-deploys", "+slow-rollouts"]),
    ] {
        assert_eq!(kept.look(&policies, counts(bad, 10_000), None, minute), expected, "minute {minute}");
    }
}

#[test]
fn without_another_threshold_the_end_is_the_opposite() {
    let policies = policies(vec![rule(below("0.25"), None, &["x"])], OnNoData::Open);
    let mut kept = Kept::default();
    assert_eq!(kept.look(&policies, counts(76, 10_000), None, 0), ["+x"]);
    assert_eq!(kept.look(&policies, counts(75, 10_000), None, 1), ["-x"]);
    assert!(kept.0.is_empty());
}

#[test]
fn what_is_not_known_changes_nothing() {
    let policies = policies(vec![rule(burn(Side::Above, 6), Some(burn(Side::Below, 1)), &["x"])], OnNoData::Open);
    let mut kept = Kept::default();
    let none: &[&str] = &[];
    assert_eq!(kept.look(&policies, None, None, 0), none);
    assert_eq!(kept.look(&policies, None, counts(7, 100), 1), ["+x"]);
    assert_eq!(kept.look(&policies, None, None, 2), none);
    assert_eq!(kept.look(&policies, None, counts(0, 0), 3), none);
    assert_eq!(kept.look(&policies, None, counts(0, 100), 4), ["-x"]);
}

#[test]
fn it_must_hold_for_as_long_as_it_says() {
    let slow = PolicyRule { hold: Duration::from_secs(300), ..rule(burn(Side::Above, 6), None, &["x"]) };
    let policies = policies(vec![slow], OnNoData::Open);
    let mut kept = Kept::default();
    let none: &[&str] = &[];
    for (minute, bad, expected) in
        [(0, 9, none), (4, 9, none), (5, 0, none), (6, 9, none), (10, 9, none), (11, 9, &["+x"]), (12, 0, &["-x"])]
    {
        assert_eq!(kept.look(&policies, None, counts(bad, 100), minute), expected, "minute {minute}");
    }
}

#[test]
fn alerts_say_whose_they_are_and_why() {
    let policies = policies(vec![rule(below("0.25"), None, &["freeze-deploys"])], OnNoData::Open);
    let slo = slo();
    let look = |_| counts(80, 10_000);
    let changes = policies.judge(&slo, &slo.objectives[0], &BTreeMap::new(), look, at(0));
    let [PolicyChange { alerts, reason, .. }] = &changes[..] else { panic!("one change: {changes:?}") };
    assert_eq!(
        alerts[0].labels.to_string(),
        r#"{alertname="ErrorBudgetPolicy", condition="remaining below 25%", objective="answers", policy="strict", response="freeze-deploys", service="shop", severity="ticket", slo="api", team="web"}"#
    );
    assert_eq!(reason, "20.0% of the budget is left, which is below 25%");
    assert_eq!(alerts[0].annotations.get("summary"), format!("freeze-deploys: {reason}"));
}

#[test]
fn what_a_rule_asks_for_by_a_new_configuration_begins_and_ends_by_itself() {
    let mut kept = Kept::default();
    let before = policies(vec![rule(below("0.25"), None, &["a", "b"])], OnNoData::Open);
    assert_eq!(kept.look(&before, counts(80, 10_000), None, 0), ["+a", "+b"]);
    let after = policies(vec![rule(below("0.25"), None, &["b", "c"])], OnNoData::Open);
    assert_eq!(kept.look(&after, counts(80, 10_000), None, 1), ["-a", "+c"]);
    let other = policies(vec![rule(below("0.1"), None, &["b"])], OnNoData::Open);
    let ended = other.forgotten(|_| true, &kept.0, at(2));
    assert_eq!(ended.len(), 1);
    let gone: Vec<&str> = ended[0].alerts.iter().map(|alert| alert.labels.get("response")).collect();
    assert_eq!((gone, &ended[0].state), (vec!["b", "c"], &None));
    assert!(ended[0].alerts.iter().all(|alert| alert.is_resolved(at(2))));
    assert_eq!(after.forgotten(|_| true, &kept.0, at(2)), []);
    assert_eq!(after.forgotten(|key| key.slo.as_str() != "api", &kept.0, at(2)).len(), 1);
}

#[test]
fn the_gate_says_why_it_is_closed_and_what_opens_it() {
    let until = Threshold::Remaining { side: Side::Above, share: ratio("0.3") };
    let strict = policies(vec![rule(below("0.25"), Some(until), &["freeze-deploys"])], OnNoData::Open);
    let mut kept = Kept::default();
    kept.look(&strict, counts(80, 10_000), None, 0);
    let gate = |policies: &BudgetPolicies, kept: &Kept, bad: Option<Counts>| {
        let gate = policies.gate(&slo(), &kept.0, |_, _| bad);
        format!("{}: {}", gate.open, gate.reason)
    };
    assert_eq!(
        gate(&strict, &kept, counts(72, 10_000)),
        "false: closed by the policy `strict` since 1970-01-01T00:00:00.000Z: of `answers`, 28.0% of the budget is left, \
         after it was below 25%; it opens when `remaining above 30%` is reached"
    );
    assert_eq!(
        gate(&strict, &kept, None),
        "false: closed by the policy `strict` since 1970-01-01T00:00:00.000Z: of `answers`, remaining below 25% held when \
         something was last known; it opens when `remaining above 30%` is reached"
    );
    let nothing = Kept::default();
    assert_eq!(
        gate(&strict, &nothing, counts(1, 10_000)),
        "true: open: every rule was looked at, and none asks for a freeze"
    );
    assert_eq!(
        gate(&strict, &nothing, None),
        "true: open, but blind: there is not enough data to judge `remaining below 25%` of `answers` (policy `strict`), and \
         without data it is open"
    );
    let careful = policies(vec![rule(below("0.25"), None, &["freeze-deploys"])], OnNoData::Closed);
    assert_eq!(
        gate(&careful, &nothing, None),
        "false: closed: there is not enough data to judge `remaining below 25%` of `answers` (policy `strict`), and without \
         data it is closed; it opens when there is"
    );
    let other = policies(vec![rule(below("0.25"), None, &["page-oncall"])], OnNoData::Closed);
    assert_eq!(gate(&other, &nothing, None), "true: open: no policy freezes deployments for `api`");
}

#[test]
fn the_shortest_interval_that_is_asked_for_is_the_checks() {
    let raising = |every: u64, when: Threshold| PolicyRule {
        every: Some(Duration::from_secs(every)),
        ..rule(when, None, &[RAISE_CHECK_FREQUENCY, "x"])
    };
    let policies = policies(vec![raising(5, below("0.25")), raising(30, below("0.5"))], OnNoData::Open);
    let mut kept = Kept::default();
    let raised = |kept: &Kept| {
        let active = policies.active(&slo(), &kept.0, |_, _| None);
        (ActiveResponse::raised(&active), ActiveResponse::is_frozen(&active))
    };
    assert_eq!(raised(&kept), (None, false));
    kept.look(&policies, counts(60, 10_000), None, 0);
    assert_eq!(raised(&kept), (Some(Duration::from_secs(30)), false));
    kept.look(&policies, counts(90, 10_000), None, 1);
    assert_eq!(raised(&kept), (Some(Duration::from_secs(5)), false));
}

#[test]
fn policies_are_found_by_the_names_of_slos() {
    let policies = policies(vec![rule(burn(Side::Above, 6), Some(below("0.1")), &["x"])], OnNoData::Open);
    assert_eq!(policies.of(&"api".into()).count(), 1);
    assert_eq!(policies.of(&"web".into()).count(), 0);
    assert_eq!(policies.windows(&"api".into()), [HOUR].into());
}

#[test]
fn what_is_left_is_never_shown_as_more_than_it_is() {
    for (bad, total, shown) in
        [(0, 10_000, "100.0%"), (1, 100_000, "99.9%"), (100, 10_000, "0.0%"), (141, 10_000, "-41.0%")]
    {
        assert_eq!(words::remaining(Counts { good: total - bad, total }, ratio("0.99")), shown);
    }
    // More than all of it, of as many events as there can be.
    let all = Counts { good: 0, total: u64::MAX };
    assert_eq!(words::remaining(all, Ratio::from_billionths(999_999_999)), "-99999999900.0%");
}
