//! A script: which alerts fire and resolve when, on which route, made from a seed. What both sides must agree on is kept
//! apart from what differs on purpose: a recovery that is suppressed comes only in scripts that say so.

use serde_json::{Value, json};
use tocsin_tests::Seeded;

/// All of a script's times are of the script's own clock.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) number: u64,
    pub(super) by_site: bool,
    pub(super) group_wait_s: u64,
    pub(super) group_interval_s: u64,
    pub(super) repeat_interval_s: u64,
    pub(super) send_resolved: bool,
    /// A target resolves while its source fires: only here its recovery is told.
    pub(super) recovers_inhibited: bool,
    /// In the order of their times.
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) at_ms: u64,
    pub(super) alert: String,
    pub(super) site: &'static str,
    pub(super) role: &'static str,
    pub(super) fires: bool,
    /// When it began to fire, by the script's clock; before its start for one that waited elsewhere.
    pub(super) starts_at_ms: i64,
}

const SITES: [&str; 2] = ["x", "y"];
/// News that both sides see at the same tick: no event comes close to one.
const MARGIN_MS: u64 = 1_200;

impl Script {
    pub(super) fn new(number: u64, length_s: u64) -> Self {
        let mut seeded = Seeded::new(number);
        let group_interval_s = 2 + number % 2;
        let repeats = seeded.chance(40);
        let mut script = Self {
            number,
            by_site: seeded.chance(50),
            group_wait_s: 1 + seeded.next() % 2,
            group_interval_s,
            repeat_interval_s: if repeats { group_interval_s * (2 + seeded.next() % 2) } else { 3_600 },
            send_resolved: seeded.chance(80),
            recovers_inhibited: number % 5 == 4,
            steps: Vec::new(),
        };
        if script.recovers_inhibited {
            (script.send_resolved, script.repeat_interval_s) = (true, 3_600);
        }
        for (index, site) in SITES.into_iter().enumerate() {
            script.play(site, u64::try_from(index).unwrap() * 100, length_s * 1_000, &mut seeded);
        }
        script.steps.sort_by_key(|step| step.at_ms);
        script
    }

    /// What happens at one site. An alert that fires throughout keeps the group's rhythm; ticks come at its fraction of a
    /// second, everything else between them.
    fn play(&mut self, site: &'static str, begin: u64, length: u64, seeded: &mut Seeded) {
        let tick = self.group_interval_s * 1_000;
        let ago = if seeded.chance(20) { 10_000 } else { 0 };
        self.alert("anchor", site, "other", begin, length - 500, ago);
        let between = |seeded: &mut Seeded, from: u64, to: u64| {
            let seconds = to.saturating_sub(from).max(1_000) / 1_000;
            from / 1_000 * 1_000 + seeded.next() % seconds * 1_000 + 450 + seeded.next() % 300
        };
        let source_from = between(seeded, length / 3, length / 2);
        // Long enough for a tick that meets the recovered target muted.
        let source_to = between(seeded, source_from + tick, length * 3 / 4).max(if self.recovers_inhibited {
            source_from + 2 * tick + 2_000
        } else {
            0
        });
        self.alert("source", site, "source", source_from, source_to, 0);

        let from = if self.recovers_inhibited { 450 } else { between(seeded, 0, length / 4) };
        // Long before the source, or long after it: Alertmanager forgets a recovery that it meets muted.
        let is_before = seeded.chance(40) && from + 2 * tick + MARGIN_MS < source_from;
        let to = if self.recovers_inhibited {
            source_from / 1_000 * 1_000 + 1_550
        } else if is_before {
            (source_from - tick - MARGIN_MS) / 1_000 * 1_000 + 550
        } else {
            between(seeded, source_to + 1_000, length - 2 * tick)
        };
        self.alert("target", site, "target", from, to.max(from + 1_000), 0);

        // Others come and go as they like.
        for number in 0..seeded.below(3) {
            let mut at = between(seeded, 0, length / 2);
            for _ in 0..2 {
                let end = between(seeded, at + 1_000, at + 6_000);
                if end + 2 * tick > length {
                    break;
                }
                self.alert(&format!("other{number}"), site, "other", at, end, 0);
                at = between(seeded, end + 1_000, end + 8_000);
            }
        }
    }

    fn alert(&mut self, name: &str, site: &'static str, role: &'static str, from: u64, to: u64, ago: i64) {
        let starts_at_ms = i64::try_from(from).unwrap() - ago;
        for (at_ms, fires) in [(from, true), (to, false)] {
            let alert = format!("{name}-{site}");
            self.steps.push(Step { at_ms, alert, site, role, fires, starts_at_ms });
        }
    }

    /// The name of its receiver, and the path it is told at.
    pub(super) fn receiver(&self) -> String {
        format!("s{}", self.number)
    }

    /// Its route, and its receiver at this address.
    pub(super) fn configuration(&self, sink: &str) -> (Value, Value) {
        let name = self.receiver();
        let seconds = |seconds: u64| format!("{seconds}s");
        let route = json!({
            "receiver": name, "matchers": [format!("script=\"{}\"", self.number)],
            "group_by": if self.by_site { vec!["site"] } else { vec!["script"] },
            "group_wait": seconds(self.group_wait_s), "group_interval": seconds(self.group_interval_s),
            "repeat_interval": seconds(self.repeat_interval_s),
        });
        let webhook = json!({"url": format!("{sink}{name}"), "send_resolved": self.send_resolved});
        (route, json!({"name": name, "webhook_configs": [webhook]}))
    }
}

/// One file for all scripts; JSON is YAML too.
pub(super) fn file(scripts: &[Script], sink: &str) -> String {
    let (routes, mut receivers): (Vec<_>, Vec<_>) = scripts.iter().map(|script| script.configuration(sink)).unzip();
    receivers.push(json!({"name": "nobody"}));
    let rule = json!({
        "source_matchers": ["role=\"source\""], "target_matchers": ["role=\"target\""], "equal": ["script", "site"],
    });
    let file = json!({
        "route": {"receiver": "nobody", "routes": routes}, "receivers": receivers, "inhibit_rules": [rule],
    });
    serde_json::to_string_pretty(&file).expect("a file is JSON")
}
