//! What holds where a playbook says nothing: the safest that still lets a repair happen.

use std::time::Duration;

use super::{GateLimits, Quarantine, Rate, Verify};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

impl Default for GateLimits {
    fn default() -> Self {
        Self {
            fresh_within: None,
            cooldown: 10 * MINUTE,
            attempts: 3,
            healthy_for: HOUR,
            rate: Rate { count: 3, per: HOUR },
            node_rate: Rate { count: 10, per: HOUR },
            fleet_rate: Rate { count: 20, per: HOUR },
            blast: None,
            lease: 15 * MINUTE,
            storm_alerts: 20,
            approval_within: 30 * MINUTE,
            breaker_failures: 3,
            repeat_max: 3,
            repeat_within: 24 * HOUR,
        }
    }
}

impl Default for Verify {
    fn default() -> Self {
        Self { settle: MINUTE / 2, times: 3, slo: None, within: 10 * MINUTE, quarantine: Quarantine::Keep }
    }
}
