//! CPU time since the last run. The first run, and one after a reboot, looks twice instead.

use std::time::Duration;

use tocsin_sdk::node::{self, CpuTimes};
use tocsin_sdk::{Error, Metric, clock, state};

use crate::config::Config;

const KEY: &str = "cpu";
const FIRST_LOOK: Duration = Duration::from_millis(100);

/// Milliseconds since boot: user, nice, system, idle, iowait, irq, softirq, steal.
type Times = [u64; 8];

pub(crate) fn metrics(config: &Config) -> Result<Vec<Metric>, Error> {
    let mut now = times(&node::cpu()?.total);
    let before = state::get::<Times>(KEY)?;
    let spent = match before.and_then(|before| since(&before, &now)) {
        Some(spent) => Some(spent),
        None => {
            let first = now;
            clock::sleep(FIRST_LOOK);
            now = times(&node::cpu()?.total);
            since(&first, &now)
        }
    };
    state::set(KEY, &now)?;
    // Two looks within one tick of the kernel's counters: no time passed, so there is nothing to say.
    let Some(spent) = spent else { return Ok(Vec::new()) };
    let [user, nice, system, idle, iowait, irq, softirq, steal] = spent;
    let whole = spent.iter().sum();
    let share = |name: &str, part: u64| Metric::gauge(name, crate::ratio(part, whole)).unit("ratio");
    let busy = user + nice + system + irq + softirq + steal;
    debug_assert_eq!(busy + idle + iowait, whole);
    Ok(vec![config.cpu.on(share("cpu_utilisation", busy)), share("cpu_iowait", iowait), share("cpu_steal", steal)])
}

/// What each counter gained; none where the machine was restarted in between, or no time passed.
fn since(before: &Times, now: &Times) -> Option<Times> {
    let mut spent = [0; 8];
    for ((spent, now), before) in spent.iter_mut().zip(now).zip(before) {
        // Counters of idle and iowait go back a little on some kernels; a restart sets all of them back.
        *spent = now.saturating_sub(*before);
    }
    let restarted = now.iter().sum::<u64>() < before.iter().sum();
    (!restarted && spent.iter().any(|spent| *spent > 0)).then_some(spent)
}

fn times(cpu: &CpuTimes) -> Times {
    [cpu.user_ms, cpu.nice_ms, cpu.system_ms, cpu.idle_ms, cpu.iowait_ms, cpu.irq_ms, cpu.softirq_ms, cpu.steal_ms]
}
