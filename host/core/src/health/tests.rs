use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::observation::Observation;
use crate::run::{DeadlineLayer, RunCause, RunCost};

const ALL: [HealthStatus; 5] =
    [HealthStatus::Ok, HealthStatus::Warning, HealthStatus::Critical, HealthStatus::Unknown, HealthStatus::Stale];

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn run(outcome: RunOutcome, status: Option<Status>) -> RunRecord {
    RunRecord {
        id: "run".into(),
        check: "site".into(),
        plugin: "probe-http".into(),
        digest: "digest".into(),
        cause: RunCause::Schedule,
        due_at: at(1),
        started_at: at(1),
        outcome,
        cost: RunCost::default(),
        observation: status.map(|status| Observation::new(status, "seen")),
        problems: Vec::new(),
        transcript: false,
    }
}

fn incomplete() -> [RunOutcome; 7] {
    let message = "m".to_owned();
    [
        RunOutcome::GuestError { message: message.clone() },
        RunOutcome::Trap { message: message.clone(), frames: Vec::new() },
        RunOutcome::Deadline { layer: DeadlineLayer::Wall, limit_ms: 1 },
        RunOutcome::Deadline { layer: DeadlineLayer::Cpu, limit_ms: 1 },
        RunOutcome::Memory { limit_bytes: 1 },
        RunOutcome::Denied { capability: "http".to_owned(), target: "host".to_owned(), reason: message.clone() },
        RunOutcome::HostError { message },
    ]
}

fn quorum(needed: u32, of: u32) -> Quorum {
    Quorum { needed, of }
}

fn policy(fail: Quorum, recover: Quorum) -> HealthPolicy {
    HealthPolicy { fail, recover, ..HealthPolicy::default() }
}

/// A letter a word: `o`, `w`, `c`, `u` found; `x` failed; `s` silent; `p` and `r`: a parent went down, or came back.
fn word(letter: char, parent: &CheckName) -> Word<'_> {
    match letter {
        'o' => Word::Found(Status::Ok),
        'w' => Word::Found(Status::Warning),
        'c' => Word::Found(Status::Critical),
        'u' => Word::Found(Status::Unknown),
        'x' => Word::Failed,
        's' => Word::Silent,
        'p' => Word::Behind(Some(parent)),
        _ => Word::Behind(None),
    }
}

/// The states that a check goes through, one for each letter.
fn walk(letters: &str, policy: &HealthPolicy) -> Vec<Health> {
    let (parent, mut health) = ("router".into(), Health::not_run_yet(at(0)));
    let step = |(second, letter)| {
        health = health.after(word(letter, &parent), policy, at(second)).unwrap_or_else(|| health.clone());
        health.clone()
    };
    (1..).zip(letters.chars()).map(step).collect()
}

fn end(letters: &str, policy: &HealthPolicy) -> Health {
    walk(letters, policy).pop().unwrap_or_else(|| Health::not_run_yet(at(0)))
}

fn letter(health: &Health) -> char {
    match health.status {
        HealthStatus::Ok => 'o',
        HealthStatus::Warning => 'w',
        HealthStatus::Critical => 'c',
        HealthStatus::Unknown => 'u',
        HealthStatus::Stale => 's',
    }
}

#[test]
fn without_a_policy_a_completed_run_makes_the_health_what_it_found() {
    for before in ["o", "w", "c", "u", "x", "s", ""] {
        for found in ["o", "w", "c", "u"] {
            let health = end(&format!("{before}{found}"), &HealthPolicy::default());
            assert_eq!(letter(&health).to_string(), found, "after `{before}`");
            assert_eq!(health.soft, None, "after `{before}`");
        }
    }
}

#[test]
fn a_plugins_failure_is_never_its_targets() {
    for outcome in incomplete() {
        // An observation beside a failed run says nothing either.
        let word = run(outcome.clone(), Some(Status::Critical));
        let word = Word::of(&word).expect("a failed run is a word");
        for before in ALL {
            let after = Health::hard(before, at(0)).after(word, &HealthPolicy::default(), at(1));
            let status = after.map_or(before, |health| health.status);
            assert_eq!(status, HealthStatus::Unknown, "{before:?}, then {outcome:?}");
        }
    }
}

#[test]
fn a_run_that_the_node_did_not_do_says_nothing() {
    for outcome in [RunOutcome::Saturated, RunOutcome::Cancelled] {
        assert_eq!(Word::of(&run(outcome, None)), None);
    }
}

#[test]
fn a_completed_run_without_an_observation_is_unknown_not_ok() {
    assert_eq!(Word::of(&run(RunOutcome::Completed, None)), Some(Word::Found(Status::Unknown)));
}

#[test]
fn silence_is_stale_whatever_it_was_and_only_once() {
    for before in ALL {
        let after = Health::hard(before, at(0)).after(Word::Silent, &HealthPolicy::default(), at(9));
        let expected = (before != HealthStatus::Stale).then_some((HealthStatus::Stale, at(9)));
        assert_eq!(after.map(|health| (health.status, health.since)), expected, "{before:?}");
    }
}

#[test]
fn a_state_is_hard_once_enough_runs_agree() {
    let table = [
        // fail, recover, words, hard states
        ("in a row", quorum(3, 3), quorum(2, 2), "occoccccoco", "ooooooccccc"),
        ("recovers in a row", quorum(3, 3), quorum(2, 2), "occcocoo", "ooocccco"),
        ("failures within a window", quorum(2, 3), quorum(1, 1), "ocoococo", "ooooooco"),
        ("recovery within a window", quorum(1, 1), quorum(2, 3), "ocococ", "occcoc"),
        ("the first word, if good, is believed", quorum(3, 3), quorum(3, 3), "oc", "oo"),
        ("nothing is known before enough runs are bad", quorum(3, 3), quorum(3, 3), "ccc", "uuc"),
        ("a warning is what enough runs were at least", quorum(3, 3), quorum(1, 1), "owwcccw", "ooowwcw"),
        ("what was worse already counts on", quorum(2, 2), quorum(1, 1), "owcc", "oowc"),
        ("better by degrees", quorum(1, 1), quorum(2, 2), "cwwoo", "ccwwo"),
        ("failed runs count for neither side", quorum(2, 2), quorum(2, 2), "ocxcoxo", "oouccuo"),
        ("what was unknown goes on from where it was", quorum(3, 3), quorum(2, 2), "cccxccxoo", "uucuccuuo"),
        ("silence forgets unconfirmed runs", quorum(2, 2), quorum(2, 2), "ocscc", "oosuc"),
    ];
    for (name, fail, recover, words, hard) in table {
        let states: String = walk(words, &policy(fail, recover)).iter().map(letter).collect();
        assert_eq!(states, hard, "{name}: {words}");
    }
}

#[test]
fn a_soft_state_says_how_far_it_is_confirmed() {
    let policy = policy(quorum(3, 3), quorum(2, 2));
    let soft = |words: &str| end(words, &policy).soft.map(|soft| (soft.status, soft.attempt, soft.needed, soft.since));
    assert_eq!(soft("oc"), Some((HealthStatus::Critical, 1, 3, at(2))));
    assert_eq!(soft("ocxc"), Some((HealthStatus::Critical, 2, 3, at(2))));
    assert_eq!(soft("occc"), None);
    assert_eq!(soft("occo"), None);
    assert_eq!(soft("occco"), Some((HealthStatus::Ok, 1, 2, at(5))));
    assert_eq!(soft("owwc"), Some((HealthStatus::Critical, 1, 3, at(2))));
}

#[test]
fn a_steady_check_has_nothing_to_write_down() {
    let policy = policy(quorum(3, 5), quorum(2, 2));
    let steady = end(&"o".repeat(40), &policy);
    assert_eq!(steady.after(Word::Found(Status::Ok), &policy, at(99)), None);
    // What a broken spell leaves is forgotten with the window and the flaps.
    let again = end(&format!("occc{}", "o".repeat(40)), &policy);
    assert_eq!(again.after(Word::Found(Status::Ok), &policy, at(99)), None);
}

#[test]
fn flapping_begins_above_the_high_share_and_ends_at_the_low_one() {
    let policy = HealthPolicy::default();
    let flaps = |words: &str| end(words, &policy).is_flapping();
    // Of 20, four changes weigh 4.52, and six 6.78.
    assert!(!flaps("ococoo"));
    assert_eq!(end("ococoo", &policy).flapping_percent(), 22);
    assert!(flaps("ocococo"));
    // The weights fade run by run: above 25 % it goes on.
    assert!(flaps(&format!("ocococo{}", "o".repeat(14))));
    assert!(!flaps(&format!("ocococo{}", "o".repeat(15))));
    assert!(!flaps("ocococos"), "silence is not flapping");
    let off = HealthPolicy { flapping: None, ..HealthPolicy::default() };
    assert!(!end("ococococococ", &off).is_flapping());
    let began = walk("ococococ", &policy).into_iter().filter_map(|health| health.flapping_since).collect::<Vec<_>>();
    assert_eq!(began, [at(7), at(7)]);
}

#[test]
fn a_check_hides_others_while_it_is_down_or_hidden_itself() {
    let patient = policy(quorum(2, 2), quorum(2, 2));
    let table = [
        ("oc", false, "a soft failure hides nobody"),
        ("occ", true, "a hard one does"),
        ("ww", false, "a warning does not"),
        ("occx", true, "its plugin's failure does not bring it up"),
        ("occs", false, "silence says nothing for ever"),
        ("occo", true, "a recovery is to be confirmed"),
        ("occoo", false, "it is back"),
        ("op", true, "it is hidden itself"),
        ("opr", false, "and is not any more"),
    ];
    for (words, hides, why) in table {
        assert_eq!(end(words, &patient).hides_others(), hides, "{words}: {why}");
    }
    let behind = end("opp", &patient).behind.expect("hidden");
    assert_eq!((behind.parent.as_str(), behind.since), ("router", at(2)));
}

#[test]
fn what_was_kept_before_there_was_more_to_keep_is_still_read() {
    let old: Health = serde_json::from_str(r#"{"status":"critical","since":7}"#).expect("reads");
    assert_eq!(old, Health::hard(HealthStatus::Critical, Timestamp::from_millis(7)));
    let full = end("occcoxp", &policy(quorum(2, 2), quorum(3, 3)));
    let text = serde_json::to_string(&full).expect("writes");
    assert_eq!(serde_json::from_str::<Health>(&text).expect("reads"), full);
}

#[test]
fn a_failing_plugin_is_counted_until_a_run_completes() {
    let trap = run(RunOutcome::Trap { message: "m".repeat(1_000), frames: Vec::new() }, None);
    let first = Failing::after(None, &trap).expect("failing");
    let late = RunRecord { started_at: at(5), ..trap };
    let second = Failing::after(Some(&first), &late).expect("failing");
    assert_eq!((second.since, second.runs, second.outcome.as_str()), (at(1), 2, "trap"));
    assert_eq!(second.message.chars().count(), 300);
    assert_eq!(Failing::after(Some(&second), &run(RunOutcome::Completed, Some(Status::Critical))), None);
}

fn policies() -> impl Strategy<Value = HealthPolicy> {
    let quorum = || (1_u32..6, 0_u32..6).prop_map(|(needed, more)| Quorum { needed, of: needed + more });
    (quorum(), quorum(), any::<bool>()).prop_map(|(fail, recover, flaps)| HealthPolicy {
        flapping: HealthPolicy::default().flapping.filter(|_| flaps),
        retry_interval: Some(Duration::from_secs(1)),
        ..policy(fail, recover)
    })
}

/// How bad a letter is; nothing for those that say nothing.
fn badness(letter: char) -> Option<usize> {
    "owc".find(letter)
}

proptest! {
    #[test]
    fn no_sequence_of_words_loses_a_hard_change(words in "[owcuxspr]{0,60}", policy in policies(), last in "[owc]") {
        let runs = policy.fail.of.max(policy.recover.of) as usize;
        let states = walk(&format!("{words}{}", last.repeat(runs)), &policy);
        let end = states.last().expect("at least one");
        prop_assert_eq!(letter(end).to_string(), last);
        prop_assert_eq!(&end.soft, &None);
        // Whoever compares each state with the one before sees every change, with its time.
        let mut before = Health::not_run_yet(at(0));
        for (second, state) in (1..).zip(states) {
            if state.status == before.status {
                prop_assert_eq!(state.since, before.since);
            } else {
                prop_assert_eq!(state.since, at(second));
            }
            before = state;
        }
    }

    #[test]
    fn flapping_ends_and_then_the_recovery_is_there_to_be_told(words in "[owcuxspr]{0,60}", policy in policies()) {
        let states = walk(&format!("{words}r{}", "o".repeat(21)), &policy);
        let end = states.last().expect("at least one");
        prop_assert!(!end.is_flapping());
        prop_assert_eq!((end.status, &end.soft, &end.behind), (HealthStatus::Ok, &None, &None));
        prop_assert_eq!(end.after(Word::Found(Status::Ok), &policy, at(999)), None);
    }

    #[test]
    fn a_state_is_only_as_bad_as_enough_runs_found_and_ok_only_after_an_ok(words in "[owcuxsp]{1,60}", policy in policies()) {
        let letters: Vec<char> = words.chars().collect();
        let states = walk(&words, &policy);
        for (index, pair) in states.windows(2).enumerate() {
            let (before, after) = (&pair[0], &pair[1]);
            if before.status == after.status { continue }
            let heard = letters[index + 1];
            match badness(letter(after)) {
                None => prop_assert!("uxsowc".contains(heard)),
                Some(0) => prop_assert_eq!(heard, 'o'),
                Some(bad) if badness(letter(before)).is_some_and(|before| before < bad) => {
                    let recent = letters[..=index + 1].iter().rev().filter_map(|letter| badness(*letter));
                    let votes = recent.take(policy.fail.of as usize).filter(|found| *found >= bad).count();
                    prop_assert!(votes >= policy.fail.needed as usize, "{words} at {index}");
                }
                Some(_) => {}
            }
        }
    }

    #[test]
    fn runs_that_failed_count_neither_as_failures_nor_as_recoveries(
        words in "[owc]{1,40}", failures in proptest::collection::vec(0_usize..3, 40), policy in policies()
    ) {
        let noisy: String = words.chars().zip(failures).flat_map(|(word, failed)| {
            std::iter::repeat_n('x', failed).chain([word])
        }).collect();
        let (quiet, noisy) = (end(&words, &policy), end(&noisy, &policy));
        prop_assert_eq!(quiet.known(), noisy.known());
        prop_assert_eq!(quiet.votes, noisy.votes);
        prop_assert_eq!(quiet.flaps, noisy.flaps);
        prop_assert_eq!(quiet.is_flapping(), noisy.is_flapping());
    }
}
