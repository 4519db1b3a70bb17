//! `cargo xtask bench sandbox`: what a fresh, sandboxed run of a probe costs over Wasmtime alone with the same settings and
//! the same guest, and what starting a process costs instead. All sides are measured in turns, a slice each, and compared
//! within a round: the machine drifts, and others use it too.

use std::path::Path;

use tokio::runtime::Runtime;

#[path = "sandbox/figure.rs"]
mod figure;
#[path = "sandbox/guest.rs"]
mod guest;
#[path = "sandbox/measure.rs"]
mod measure;

use figure::{Reach, median};
use guest::Guest;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const ROUNDS: usize = 31;
/// Processes started in a round.
const SPAWNS: usize = 8;
const TRUE: &str = "/bin/true";
/// Debian's `monitoring-plugins-basic`.
const CHECK_DUMMY: &str = "/usr/lib/nagios/plugins/check_dummy";

fn main() -> Outcome<()> {
    let runtime = Runtime::new()?;
    let sandbox = guest::sandbox()?;
    let core = runtime.block_on(Guest::load(&sandbox, "bench"))?;
    let wasi = runtime.block_on(Guest::load(&sandbox, "bench-wasi"))?;
    let mut rounds = (0..=ROUNDS).map(|_| Round::measure(&core, &wasi)).collect::<Outcome<Vec<_>>>()?;
    // The first one warms caches and pools.
    rounds.remove(0);
    print("core", &rounds, |round| &round.core);
    print("wasi", &rounds, |round| &round.wasi);
    print_spawns(&rounds);
    Ok(())
}

/// Seconds a run, all measured one after the other.
struct Round {
    core: Sides,
    wasi: Sides,
    spawn: f64,
    dummy: Option<f64>,
}

/// One guest; seconds until a run is done somewhere, so on two threads half of what each takes.
struct Sides {
    bare_one: f64,
    one: f64,
    bare_two: f64,
    two: f64,
}

impl Round {
    fn measure(core: &Guest, wasi: &Guest) -> Outcome<Self> {
        let average = |program: &str, arguments: &[&str]| -> Outcome<f64> {
            let seconds = (0..SPAWNS).map(|_| measure::spawn(program, arguments)).collect::<Outcome<Vec<_>>>()?;
            Ok(median(seconds))
        };
        let has_dummy = Path::new(CHECK_DUMMY).exists();
        Ok(Self {
            core: Sides::measure(core)?,
            wasi: Sides::measure(wasi)?,
            spawn: average(TRUE, &[])?,
            dummy: has_dummy.then(|| average(CHECK_DUMMY, &["0", "fine"])).transpose()?,
        })
    }
}

impl Sides {
    fn measure(guest: &Guest) -> Outcome<Self> {
        Ok(Self {
            bare_one: measure::async_work(1, || guest.bare())?,
            one: measure::async_work(1, || guest.sandboxed())?,
            bare_two: measure::async_work(2, || guest.bare())?,
            two: measure::async_work(2, || guest.sandboxed())?,
        })
    }
}

fn print(target: &str, rounds: &[Round], of: impl Fn(&Round) -> &Sides) {
    let middle = |read: fn(&Sides) -> f64| median(rounds.iter().map(|round| read(of(round))).collect());
    let over_bare = Reach::AtMost(1.5);
    let (value, ratio) = (middle(|sides| sides.one * 1e6), middle(|sides| sides.one / sides.bare_one));
    figure::print(&format!("{target}: one thread"), value, "us a run", Some(("bare Wasmtime", ratio)), over_bare);
    let (value, ratio) = (middle(|sides| 1.0 / sides.two), middle(|sides| sides.two / sides.bare_two));
    figure::print(
        &format!("{target}: two threads"),
        value,
        "runs/s",
        Some(("bare Wasmtime, time a run", ratio)),
        over_bare,
    );
    let ratio = middle(|sides| sides.one / sides.two);
    figure::print(&format!("{target}: two threads"), value, "runs/s", Some(("one thread", ratio)), Reach::AtLeast(1.8));
    let (value, ratio) = (middle(|sides| 1.0 / sides.bare_two), middle(|sides| sides.bare_one / sides.bare_two));
    let name = format!("{target}: two threads, bare Wasmtime");
    figure::print(&name, value, "runs/s", Some(("one thread, bare Wasmtime", ratio)), Reach::Nothing);
}

fn print_spawns(rounds: &[Round]) {
    let middle = |read: &dyn Fn(&Round) -> f64| median(rounds.iter().map(read).collect());
    let value = middle(&|round| round.spawn * 1e6);
    for (target, reach) in [("core", Reach::AtLeast(50.0)), ("wasi", Reach::Nothing)] {
        let is_core = target == "core";
        let ratio = middle(&|round| round.spawn / if is_core { round.core.one } else { round.wasi.one });
        figure::print(&format!("spawning {TRUE}"), value, "us", Some((&format!("{target}: one thread"), ratio)), reach);
    }
    if rounds.iter().all(|round| round.dummy.is_some()) {
        let dummy = |round: &Round| round.dummy.unwrap_or(f64::NAN);
        let (value, ratio) = (middle(&|round| dummy(round) * 1e6), middle(&|round| dummy(round) / round.core.one));
        figure::print("spawning check_dummy", value, "us", Some(("core: one thread", ratio)), Reach::Nothing);
    }
}
