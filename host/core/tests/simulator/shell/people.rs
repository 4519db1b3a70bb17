//! What people do meanwhile: approve and reject plans, rightly and wrongly, throw kill switches and take them back, reset
//! breakers.

use std::sync::Arc;
use std::time::Duration;

use tocsin_core::pipeline::Event;
use tocsin_core::remediation::{KillSwitch, LedgerKey, PlanHash, Scope, Stage};

use super::{MINUTE, SERVICES, Shell};

impl Shell {
    pub(super) fn people(&mut self) {
        self.decide();
        if self.dice.hits(if self.is_calm { 0 } else { 8 }) {
            let scope = self.scope();
            self.stop(scope);
        }
        if self.dice.hits(100) {
            let thrown = self.store.switches.keys().next().cloned();
            if let Some(scope) = thrown {
                self.tell(&Event::KillSwitch(scope, None));
            }
        }
        let mut playbooks = SERVICES.into_iter().map(|service| format!("mend-{service}"));
        let tripped = playbooks.find(|playbook| {
            let key = LedgerKey::Playbook(playbook.as_str().into());
            self.state.remediations().account(&key).is_some_and(|account| account.failures >= 2)
        });
        if let Some(playbook) = tripped.filter(|_| self.dice.hits(20)) {
            self.tell(&Event::BreakerReset { playbook: playbook.as_str().into(), by: "ann".to_owned() });
        }
    }

    fn decide(&mut self) {
        let waits = |stage: &Stage| matches!(stage, Stage::AwaitingApproval { .. });
        let waiting = self.state.remediations().iter().filter(|it| waits(&it.stage));
        let waiting: Vec<_> =
            waiting.filter_map(|it| Some((it.id.clone(), it.planned.as_ref()?.hash.clone()))).collect();
        for (remediation, hash) in waiting {
            let by = "ann".to_owned();
            let (hash, approves) = match self.dice.between(0, 20) {
                0..6 => (hash, true),
                6 => (PlanHash("f".repeat(64)), true),
                7 => (hash, false),
                _ => continue,
            };
            let event = Event::Approved { remediation, by, hash, approves };
            self.tell(&event);
            // Twice, now and then.
            if self.dice.hits(200) {
                self.tell(&event);
            }
        }
    }

    pub(super) fn scope(&mut self) -> Scope {
        let service = SERVICES.get(usize::try_from(self.dice.between(0, 4)).unwrap_or(0)).copied().unwrap_or("web-0");
        match self.dice.between(0, 4) {
            0 | 1 => Scope::All,
            2 => Scope::Playbook(format!("mend-{service}").as_str().into()),
            _ => Scope::Target(service.to_owned()),
        }
    }

    pub(super) fn stop(&mut self, scope: Scope) {
        let until = self.dice.hits(500).then(|| self.wall().after(Duration::from_millis(5 * MINUTE)));
        let switch = KillSwitch { reason: "a release".to_owned(), by: "bob".to_owned(), at: self.wall(), until };
        self.tell(&Event::KillSwitch(scope, Some(Arc::new(switch))));
    }
}
