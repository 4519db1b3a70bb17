//! What else may be down while one of a group is repaired: percent, count and floor, each for itself. Knows nothing of
//! how a group is found.
//!
//! A group of one is all of its group: 1 of 1 is 100 %, and no other is healthy. It is repaired where `percent_max` is 100
//! and `healthy_min` is 0, and so only where somebody wrote that down.

use crate::playbook::{Blast, GateLimits};
use crate::remediation::gate::{Facts, Peer, Say, Standing, listed};
use crate::time::Timestamp;

pub(super) fn blast_radius(facts: &Facts, limits: &GateLimits, _: Timestamp) -> Say {
    let Some(blast) = &limits.blast else { return Say::allow("the playbook names no group") };
    let Some(peers) = &facts.group else {
        return Say::refuse("nobody can tell how large the group is, so nobody can tell how much of it would be down");
    };
    if peers.is_empty() {
        return Say::refuse("no check matches the playbook's group; correct its matchers");
    }
    let is_in_it = |trigger: &&super::Trigger| peers.iter().any(|peer| peer.check == trigger.check);
    if !facts.triggers.iter().any(|trigger| is_in_it(&trigger)) {
        return Say::refuse(format!(
            "the playbook's group has {} checks, and none of them triggered this; correct its matchers",
            peers.len()
        ));
    }
    let unknown = named(peers, |standing| standing == Standing::Unknown);
    if !unknown.is_empty() {
        return Say::refuse(format!(
            "of {} in the group, nothing is known of {}: {}",
            peers.len(),
            unknown.len(),
            listed(unknown)
        ));
    }
    within(facts, peers, blast)
}

fn within(facts: &Facts, peers: &[Peer], blast: &Blast) -> Say {
    let is_target = |peer: &&Peer| facts.triggers.iter().any(|trigger| trigger.check == peer.check);
    let size = peers.len();
    // Whatever it looks like at this moment, what is repaired is not relied upon.
    let healthy = peers.iter().filter(|peer| peer.standing == Standing::Healthy && !is_target(peer)).count();
    let down = size.saturating_sub(healthy);
    let share = format!("{down} of {size} in the group are unhealthy or under repair");
    let alone =
        if size == 1 { "; a group of one is repaired where percent is 100 and healthy peers are 0" } else { "" };
    if wide(down).saturating_mul(100) > wide(size).saturating_mul(u64::from(blast.percent_max)) {
        return Say::refuse(format!("{share}, more than {} %{alone}", blast.percent_max));
    }
    if wide(down) > u64::from(blast.count_max) {
        return Say::refuse(format!("{share}, more than {} at once", blast.count_max));
    }
    if wide(healthy) < u64::from(blast.healthy_min) {
        return Say::refuse(format!(
            "of the {size} in the group, {healthy} beside it are healthy, fewer than {}{alone}",
            blast.healthy_min
        ));
    }
    Say::allow(format!(
        "{share}, and {healthy} beside it are healthy; the limits are {} %, {} at once and {} healthy",
        blast.percent_max, blast.count_max, blast.healthy_min
    ))
}

fn named(peers: &[Peer], is_meant: impl Fn(Standing) -> bool) -> Vec<&str> {
    peers.iter().filter(|peer| is_meant(peer.standing)).map(|peer| peer.check.as_str()).collect()
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
