//! Three policies that come with Tocsin, for whoever names the roles: the people and schedules that stand behind them.
//! A role that is not given is left out, and so is a level that then tells nobody.

use std::time::Duration;

use super::policy::{Level, Policy, When, Who};
use crate::id::PolicyName;

/// Who stands behind each of the roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    pub primary: Who,
    pub secondary: Option<Who>,
    pub manager: Option<Who>,
    pub director: Option<Who>,
}

/// `default` for what can wait, `critical` for what cannot, `emergency` for what all must know at once.
#[must_use]
pub fn builtin(roles: &Roles) -> [Policy; 3] {
    let Roles { primary, secondary, manager, director } = roles;
    let [primary, secondary, manager, director] =
        [Some(primary), secondary.as_ref(), manager.as_ref(), director.as_ref()];
    let level = |minutes: u64, who: &[Option<&Who>]| Level {
        notify: who.iter().flatten().map(|who| (*who).clone()).collect(),
        wait: minutes_of(minutes),
        when: When::default(),
    };
    let default =
        [level(15, &[primary]), level(30, &[primary, secondary]), level(45, &[manager]), level(60, &[director])];
    let critical =
        [level(5, &[primary]), level(5, &[primary, secondary]), level(10, &[manager]), level(15, &[director])];
    let emergency = [level(5, &[primary, secondary, manager, director])];
    [
        policy("default", 1, 120, default.into()),
        policy("critical", 3, 30, critical.into()),
        policy("emergency", 5, 30, emergency.into()),
    ]
}

fn policy(name: &str, repeat: u32, ack_timeout_minutes: u64, mut levels: Vec<Level>) -> Policy {
    levels.retain(|level| !level.notify.is_empty());
    Policy { name: PolicyName::new(name), levels, repeat, ack_timeout: Some(minutes_of(ack_timeout_minutes)) }
}

const fn minutes_of(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}
