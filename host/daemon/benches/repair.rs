//! `cargo xtask bench repair`: a service is killed (SIGKILL), at moments spread evenly over the interval between two checks:
//! how long until that is seen, until it answers again, until the next check passes, and until that is proven; by a real
//! `pluginhost` and by Debian's monit, which take turns, each with a service of its own. Both check over HTTP every second,
//! believe one failure, and run the same command. monit has no proof but its next check that passes.

use std::time::Duration;

use anyhow::{Result, ensure};
use tocsin_tests::{Home, Seeded, clock, wait_until};

#[expect(dead_code, reason = "no figure here is one that must be reached: they are held against the peer's")]
#[path = "../../sandbox/benches/sandbox/figure.rs"]
mod figure;
#[path = "repair/monit.rs"]
mod monit;
#[path = "repair/node.rs"]
mod node;
#[path = "shared/plugins.rs"]
mod plugins;
#[path = "shared/registry.rs"]
mod registry;
#[path = "repair/shop.rs"]
mod shop;

use figure::{Reach, median};
use monit::Monit;
use node::Repairing;
use shop::Shop;

const ROUNDS: u32 = 15;
/// At which both check.
const INTERVAL: Duration = Duration::from_secs(1);
/// A repair that takes longer is none.
const ROUND_MAX: Duration = Duration::from_secs(30);
/// Between two looks at what a side says.
const LOOK: Duration = Duration::from_millis(2);

/// Who repairs a shop.
trait Side {
    fn name(&self) -> &'static str;
    fn shop(&self) -> &Shop;
    /// Nothing is left of what was before: the next fault will be a new one.
    fn is_calm(&mut self) -> Result<bool>;
    /// What it has said since the fault. Asked again until it has said everything.
    fn said(&mut self) -> Result<Said>;
}

#[derive(Clone, Copy, Debug, Default)]
struct Said {
    detected: bool,
    /// A check after the failed one did not fail.
    passed: bool,
    verified: bool,
}

/// From the fault on.
#[derive(Clone, Copy, Debug)]
struct Took {
    detected: Duration,
    repaired: Duration,
    passed: Duration,
    verified: Duration,
}

type Figure = (&'static str, fn(&Took) -> Duration);

const FIGURES: [Figure; 5] = [
    ("fault to detected", |took| took.detected),
    ("fault to repaired", |took| took.repaired),
    ("detected to repaired", |took| took.repaired.saturating_sub(took.detected)),
    ("fault to next check passed", |took| took.passed),
    ("fault to verified (monit: next check passed)", |took| took.verified),
];

fn main() -> Result<()> {
    // This program is also the service.
    if let Some(ended) = shop::asked() {
        return ended;
    }
    let home = Home::new();
    let mut sides: Vec<Box<dyn Side + '_>> = vec![Box::new(Repairing::start(&home)?)];
    sides.extend(Monit::start()?.map(|monit| Box::new(monit) as Box<dyn Side + '_>));
    let mut took = vec![Vec::new(); sides.len()];
    let mut random = Seeded::new(7);
    for round in 0..ROUNDS {
        let pause = pause(round, &mut random)?;
        let mut turns: Vec<_> = sides.iter_mut().zip(&mut took).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (side, took) in turns {
            took.push(play(side.as_mut(), pause)?);
        }
    }
    print(&took);
    Ok(())
}

/// From a check to the fault of this round: each round has a part of the interval to itself, within which it is random.
fn pause(round: u32, random: &mut Seeded) -> Result<Duration> {
    // Neighbours in time are not neighbours within the interval.
    const STRIDE: u32 = 7;
    let part = INTERVAL / ROUNDS;
    let within = random.below(usize::try_from(part.as_micros())?);
    Ok(part * (round * STRIDE % ROUNDS) + Duration::from_micros(u64::try_from(within)?))
}

/// One fault and what follows. Everything is timed by the same clock, as it is seen from outside.
fn play(side: &mut dyn Side, pause: Duration) -> Result<Took> {
    let until = clock() + ROUND_MAX;
    while !side.is_calm()? {
        ensure!(clock() < until, "{} did not become calm", side.name());
        wait_until(clock() + LOOK);
    }
    let checks = |side: &dyn Side| side.shop().look().map(|it| it.checks);
    let before = checks(side);
    while checks(side) == before {
        ensure!(clock() < until, "{} does not check", side.name());
        wait_until(clock() + LOOK);
    }
    wait_until(clock() + pause);
    let killed = side.shop().kill()?;
    let fault = clock();
    let [mut detected, mut repaired, mut passed, mut verified] = [None; 4];
    loop {
        let answers = repaired.is_some() || side.shop().look().is_some_and(|it| it.pid != killed);
        let said = side.said()?;
        let now = Some(clock() - fault);
        detected = detected.or(now.filter(|_| said.detected));
        repaired = repaired.or(now.filter(|_| answers));
        passed = passed.or(now.filter(|_| said.passed));
        verified = verified.or(now.filter(|_| said.verified));
        if let (Some(detected), Some(repaired), Some(passed), Some(verified)) = (detected, repaired, passed, verified) {
            return Ok(Took { detected, repaired, passed, verified });
        }
        ensure!(
            clock() < fault + ROUND_MAX,
            "{} did not come to the end: detected {detected:?}, repaired {repaired:?}, passed {passed:?}, verified {verified:?}",
            side.name()
        );
        wait_until(clock() + LOOK);
    }
}

/// The node's figures, against the peer's where there is one.
fn print(took: &[Vec<Took>]) {
    let Some((here, others)) = took.split_first() else { return };
    for (what, moment) in FIGURES {
        let millis = |took: &Vec<Took>| took.iter().map(|took| moment(took).as_secs_f64() * 1e3).collect::<Vec<_>>();
        for (which, of) in [("median", median as fn(Vec<f64>) -> f64), ("p90", p90)] {
            let value = of(millis(here));
            let against = others.first().map(|there| ("monit", value / of(millis(there))));
            let name = format!("killed service, checked every 1 s: {what}, {which}");
            figure::print(&name, value, "ms", against, Reach::Nothing);
        }
    }
}

/// Nine of ten took no longer.
fn p90(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() * 9).div_ceil(10).saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
