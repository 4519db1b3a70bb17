//! The world outside: services that are up or down, and probes that see them or do not. Knows nothing of the node.

use std::collections::BTreeMap;

use tocsin_core::observation::Status;
use tocsin_core::run::{DeadlineLayer, RunOutcome};

use super::dice::Dice;
use super::node::{GATEWAY, SERVICES};

/// What a look brings.
#[derive(Debug)]
pub(super) enum Look {
    Found(Status),
    Failed(RunOutcome),
    /// No run takes place.
    Nothing,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Down; a restart brings it up once it was tried so often.
    Break {
        service: usize,
        stubborn: u64,
    },
    /// Up and down as it likes.
    Flap {
        service: usize,
        until: u64,
    },
    /// By itself, or by a person.
    Heal {
        service: usize,
    },
    Gateway {
        down: bool,
    },
    /// Its probe does not complete its runs.
    Blind {
        check: usize,
        until: u64,
    },
    /// No run of it takes place.
    Mute {
        check: usize,
        until: u64,
    },
    /// Its probe cannot tell.
    Puzzle {
        check: usize,
        until: u64,
    },
}

#[derive(Debug, Default)]
struct Service {
    is_down: bool,
    stubborn: u64,
    flaps_until: u64,
    blind_until: u64,
    mute_until: u64,
    puzzled_until: u64,
}

#[derive(Debug)]
pub(super) struct World {
    services: BTreeMap<&'static str, Service>,
}

impl World {
    pub(super) fn new() -> Self {
        Self { services: SERVICES.into_iter().chain([GATEWAY]).map(|name| (name, Service::default())).collect() }
    }

    pub(super) fn happen(&mut self, fault: &Fault) {
        let name = |nth: usize| SERVICES.get(nth).copied().unwrap_or(GATEWAY);
        let mut of = |nth: usize, change: &dyn Fn(&mut Service)| {
            if let Some(service) = self.services.get_mut(name(nth)) {
                change(service);
            }
        };
        match *fault {
            Fault::Break { service, stubborn } => {
                of(service, &|service| (service.is_down, service.stubborn) = (true, stubborn));
            }
            Fault::Flap { service, until } => of(service, &|service| service.flaps_until = until),
            Fault::Heal { service } => of(service, &|service| service.is_down = false),
            Fault::Gateway { down } => of(usize::MAX, &|service| service.is_down = down),
            Fault::Blind { check, until } => of(check, &|service| service.blind_until = until),
            Fault::Mute { check, until } => of(check, &|service| service.mute_until = until),
            Fault::Puzzle { check, until } => of(check, &|service| service.puzzled_until = until),
        }
    }

    /// Everything is well from now on.
    pub(super) fn calm(&mut self) {
        self.services.values_mut().for_each(|service| *service = Service::default());
    }

    /// What a probe of this check would find now.
    pub(super) fn look(&self, check: &str, now: u64, dice: &mut Dice) -> Look {
        let Some(service) = self.services.get(check) else { return Look::Nothing };
        let is_hidden = SERVICES.iter().skip(2).any(|name| *name == check)
            && self.services.get(GATEWAY).is_some_and(|gateway| gateway.is_down);
        if now < service.mute_until {
            return Look::Nothing;
        }
        if now < service.blind_until {
            return Look::Failed(match dice.between(0, 4) {
                0 => RunOutcome::Trap { message: "unreachable".to_owned(), frames: Vec::new() },
                1 => RunOutcome::Deadline { layer: DeadlineLayer::Wall, limit_ms: 5_000 },
                2 => RunOutcome::GuestError { message: "what it read makes no sense".to_owned() },
                _ => RunOutcome::HostError { message: "out of file descriptors".to_owned() },
            });
        }
        if dice.hits(4) {
            return Look::Failed(RunOutcome::Saturated);
        }
        if now < service.puzzled_until {
            return Look::Found(Status::Unknown);
        }
        let is_down = service.is_down || is_hidden || (now < service.flaps_until && dice.hits(500));
        Look::Found(if is_down { Status::Critical } else { Status::Ok })
    }

    pub(super) fn start(&mut self, unit: &str) {
        let name = unit.trim_end_matches(".service");
        if let Some(service) = self.services.get_mut(name) {
            service.stubborn = service.stubborn.saturating_sub(1);
            service.is_down = service.stubborn > 0;
        }
    }

    pub(super) fn stop(&mut self, unit: &str) {
        if let Some(service) = self.services.get_mut(unit.trim_end_matches(".service")) {
            service.is_down = true;
        }
    }
}
