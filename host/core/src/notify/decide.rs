//! The verdict on one lane at one moment: send, and why, or not, and why not. Flushes act on it and explanations show
//! it, so that they cannot disagree. Knows nothing of timers.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::id::NoticeId;
use crate::label::Fingerprint;
use crate::notify::{Lane, Reason, needs_update};
use crate::time::Timestamp;

/// What a group's receiver may be told at this moment: suppressed alerts are in neither set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    pub firing: BTreeSet<Fingerprint>,
    pub resolved: BTreeSet<Fingerprint>,
    /// How many alerts of the group are suppressed.
    pub suppressed: usize,
    /// The time interval that mutes the whole route now.
    pub muted_by: Option<String>,
    /// Until when the receiver's rate limit holds back what is due.
    pub limited_until: Option<Timestamp>,
    /// Someone is on it: what was told is not repeated.
    pub acknowledged: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Send(Reason),
    /// A recovery that this integration does not want to hear of; it only has to be noted.
    Note,
    Not(WhyNot),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// All that is to be said was said; it is repeated then, if it still holds.
    Said { repeat_at: Option<Timestamp> },
    /// Every alert of the group is suppressed.
    Suppressed,
    /// Nothing fires, and nothing was told.
    Nothing,
    /// By a time interval of the route.
    Muted { interval: String },
    /// The last notice has not been taken yet.
    OnItsWay(NoticeId),
    /// Due, and held back by the receiver's rate limit.
    RateLimited { until: Timestamp },
    /// A repeat, which an acknowledgement holds.
    Acknowledged,
}

#[must_use]
pub fn decide(lane: &Lane, sight: &Sight, send_resolved: bool, repeat_interval: Duration, now: Timestamp) -> Verdict {
    if let Some(interval) = &sight.muted_by {
        return Verdict::Not(WhyNot::Muted { interval: interval.clone() });
    }
    if sight.firing.is_empty() && sight.resolved.is_empty() {
        return Verdict::Not(if sight.suppressed > 0 { WhyNot::Suppressed } else { WhyNot::Nothing });
    }
    let Some(reason) = reason(lane, sight, send_resolved, repeat_interval, now) else {
        let repeat_at = lane.log.as_ref().filter(|_| !sight.firing.is_empty()).map(|log| log.at.after(repeat_interval));
        return Verdict::Not(if repeat_at.is_some() { WhyNot::Said { repeat_at } } else { WhyNot::Nothing });
    };
    if let Some(notice) = &lane.outstanding {
        return Verdict::Not(WhyNot::OnItsWay(notice.clone()));
    }
    if reason == Reason::Repeat && sight.acknowledged {
        return Verdict::Not(WhyNot::Acknowledged);
    }
    if sight.firing.is_empty() && !send_resolved && reason != Reason::Owed {
        return Verdict::Note;
    }
    match sight.limited_until {
        Some(until) => Verdict::Not(WhyNot::RateLimited { until }),
        None => Verdict::Send(reason),
    }
}

fn reason(lane: &Lane, sight: &Sight, send_resolved: bool, repeat: Duration, now: Timestamp) -> Option<Reason> {
    let Sight { firing, resolved, .. } = sight;
    let is_any = |set: &BTreeSet<Fingerprint>| resolved.iter().any(|alert| set.contains(alert));
    needs_update(lane.log.as_ref(), firing, resolved, send_resolved, repeat, now)
        // Suppressed while it resolved, or while others were told of: the other side still believes that it fires.
        .or_else(|| (send_resolved && is_any(&lane.told)).then_some(Reason::NewResolved))
        .or_else(|| is_any(&lane.owed).then_some(Reason::Owed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::LogEntry;

    fn set(of: &[u64]) -> BTreeSet<Fingerprint> {
        of.iter().copied().map(Fingerprint).collect()
    }

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn sight(firing: &[u64], resolved: &[u64]) -> Sight {
        Sight { firing: set(firing), resolved: set(resolved), ..Sight::default() }
    }

    fn told(firing: &[u64]) -> Lane {
        let log = LogEntry { firing: set(firing), resolved: set(&[]), at: at(0) };
        Lane { log: Some(log), told: set(firing), ..Lane::default() }
    }

    #[test]
    fn each_reason_not_to_send_is_named() {
        let on_its_way = Lane { outstanding: Some(NoticeId::new("n")), ..told(&[]) };
        let muted = Sight { muted_by: Some("night".into()), ..sight(&[1], &[]) };
        let limited = Sight { limited_until: Some(at(70)), ..sight(&[1], &[]) };
        let acknowledged = Sight { acknowledged: true, ..sight(&[1], &[]) };
        let suppressed = Sight { suppressed: 1, ..Sight::default() };
        let table = [
            ("first", Lane::default(), sight(&[1], &[]), 10, Verdict::Send(Reason::First)),
            ("said", told(&[1]), sight(&[1], &[]), 10, Verdict::Not(WhyNot::Said { repeat_at: Some(at(60)) })),
            ("repeat", told(&[1]), sight(&[1], &[]), 60, Verdict::Send(Reason::Repeat)),
            ("acknowledged", told(&[1]), acknowledged.clone(), 60, Verdict::Not(WhyNot::Acknowledged)),
            ("news in spite of it", Lane::default(), acknowledged, 60, Verdict::Send(Reason::First)),
            ("muted", Lane::default(), muted, 10, Verdict::Not(WhyNot::Muted { interval: "night".into() })),
            ("limited", Lane::default(), limited, 10, Verdict::Not(WhyNot::RateLimited { until: at(70) })),
            ("suppressed", told(&[1]), suppressed, 10, Verdict::Not(WhyNot::Suppressed)),
            ("on its way", on_its_way, sight(&[1], &[]), 10, Verdict::Not(WhyNot::OnItsWay(NoticeId::new("n")))),
            ("over", told(&[1]), sight(&[], &[1]), 10, Verdict::Send(Reason::AllResolved)),
            ("never told", Lane::default(), sight(&[], &[1]), 10, Verdict::Not(WhyNot::Nothing)),
        ];
        for (name, lane, sight, now, expected) in table {
            assert_eq!(decide(&lane, &sight, true, Duration::from_secs(60), at(now)), expected, "{name}");
        }
    }

    #[test]
    fn a_recovery_nobody_asked_for_is_only_noted() {
        let verdict = decide(&told(&[1]), &sight(&[], &[1]), false, Duration::from_secs(60), at(10));
        assert_eq!(verdict, Verdict::Note);
    }

    #[test]
    fn a_recovery_that_was_suppressed_is_told_afterwards() {
        // The log forgot alert 1 when 2 was told of while 1 was silenced.
        let lane = Lane { told: set(&[1]), ..told(&[]) };
        let verdict = decide(&lane, &sight(&[], &[1]), true, Duration::from_secs(60), at(10));
        assert_eq!(verdict, Verdict::Send(Reason::NewResolved));
    }

    #[test]
    fn what_came_and_went_while_the_receiver_was_away_is_told_even_without_send_resolved() {
        let lane = Lane { owed: set(&[2]), ..told(&[1]) };
        let verdict = decide(&lane, &sight(&[1], &[2]), false, Duration::from_secs(60), at(10));
        assert_eq!(verdict, Verdict::Send(Reason::Owed));
    }
}
