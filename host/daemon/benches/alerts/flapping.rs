//! An hour of flapping, told by three: how many notifications each sends. The script is played sixty times as fast, with
//! every interval of all three shortened alike, since none but this node could be given a clock.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tocsin_tests::{Home, Seeded, Sink, clock, wait_until};

use crate::checked::{self, Target};
use crate::figure::{self, Reach};
use crate::load::Connection;
use crate::nagios::Nagios;
use crate::side::Side;

/// Ten seconds of the script each.
const STEPS: usize = 360;
const STEP: Duration = Duration::from_micros(166_667);
const SERVICES: usize = 8;
/// The last group's tick: five minutes of the script, and one second of ours.
const SETTLE: Duration = Duration::from_secs(6);
/// Alertmanager's defaults, sixty times as fast: 30 s, 5 min, 4 h.
const TIMES: &str = "group_wait: 500ms, group_interval: 5s, repeat_interval: 240s";
/// Prometheus repeats what fires once a minute.
const REPEATED: usize = 6;

pub(crate) fn measure() -> Result<()> {
    let script = Arc::new(script());
    let begins = Arc::new(OnceLock::<Duration>::new());
    let (lines, started) = (Arc::clone(&script), Arc::clone(&begins));
    let is_bad = move |service: usize, now: Duration| {
        let step = started.get().map_or(0, |began| step_at(now.saturating_sub(*began)));
        started.get().is_some() && is_down(&lines, service, step)
    };
    let (home, here, there) = (Home::new(), Sink::start(), Sink::start());
    let target = Target::start(SERVICES, Arc::new(is_bad))?;
    checked::prepare(&home, &target, SERVICES, "167ms", &file(&here.url(), "check"))?;
    let _node = home.start();
    let alertmanager = Side::alertmanager(&file(&there.url(), "service"));
    let nagios = Nagios::start(SERVICES)?;
    // Until everyone has seen that all is well.
    wait_until(clock() + Duration::from_secs(2));

    let began = *begins.get_or_init(clock);
    thread::scope(|scope| -> Result<()> {
        let posted = scope.spawn(|| alertmanager.as_ref().map(|side| post(side, &script, began)).transpose());
        if let Some(nagios) = &nagios {
            for step in 0..STEPS {
                wait_until(began + STEP * u32::try_from(step).unwrap_or_default());
                let results = (0..SERVICES).map(|service| (service, is_down(&script, service, step)));
                nagios.submit(&results.collect::<Vec<_>>())?;
            }
        }
        let _posted = posted.join().ok().context("the posting thread fell")??;
        Ok(())
    })?;
    wait_until(began + STEP * u32::try_from(STEPS)? + SETTLE);
    let (here, there) = (here.count() as f64, alertmanager.map(|_| there.count() as f64));
    let name = "an hour of flapping, 8 services: notifications";
    figure::print(name, here, "sent", None, Reach::Nothing);
    if let Some(there) = there {
        figure::print(name, here, "sent", Some(("Alertmanager", here / there)), Reach::AtMost(1.0));
    }
    if let Some(nagios) = nagios {
        figure::print(name, here, "sent", Some(("Nagios 4", here / nagios.told()?)), Reach::AtMost(1.0));
    }
    Ok(())
}

fn step_at(since: Duration) -> usize {
    usize::try_from(since.as_micros() / STEP.as_micros().max(1)).unwrap_or(STEPS)
}

fn is_down(script: &[Vec<bool>], service: usize, step: usize) -> bool {
    script.get(service).and_then(|line| line.get(step)).copied().unwrap_or(false)
}

/// For each service, step by step, whether it is down. All are well at the end.
fn script() -> Vec<Vec<bool>> {
    let mut seeded = Seeded::new(7);
    let mut line = |service: usize| {
        let mut step = |step: usize| match service {
            // By chance, every other step or every fifth.
            0 => seeded.chance(50),
            1 => seeded.chance(20),
            // Up and down, each step or each half minute.
            2 => step % 2 == 1,
            3 => step / 3 % 2 == 1,
            // One outage of ten minutes.
            4 => (60..120).contains(&step),
            // One bad result every ten minutes.
            5 => step % 60 == 59,
            // Well, then flapping for twenty minutes, then well.
            6 => (120..240).contains(&step) && step / 2 % 2 == 1,
            _ => false,
        };
        (0..STEPS).map(|at| at + 6 < STEPS && step(at)).collect()
    };
    (0..SERVICES).map(&mut line).collect()
}

fn file(sink: &str, by: &str) -> String {
    format!(
        "route: {{receiver: sink, group_by: [{by}], {TIMES}}}\nreceivers: [{{name: sink, webhook_configs: [{{url: \
         '{sink}'}}]}}]\n"
    )
}

/// As Prometheus does: each change at once, and what fires again and again with an end that is ahead.
fn post(side: &Side<'_>, script: &[Vec<bool>], began: Duration) -> Result<()> {
    let mut connection = Connection::open(side)?;
    let mut before = [false; SERVICES];
    for step in 0..STEPS {
        wait_until(began + STEP * u32::try_from(step)?);
        let mut alerts = Vec::new();
        for (service, before) in before.iter_mut().enumerate() {
            let is_bad = is_down(script, service, step);
            let labels = json!({"alertname": "Down", "service": format!("s{service}")});
            if is_bad && (!*before || step % REPEATED == 0) {
                alerts.push(json!({"labels": labels, "endsAt": "2099-01-01T00:00:00Z"}));
            } else if *before && !is_bad {
                alerts.push(json!({"labels": labels, "startsAt": "2001-01-01T00:00:00Z", "endsAt": now()}));
            }
            *before = is_bad;
        }
        if !alerts.is_empty() {
            connection.post(&Value::from(alerts).to_string())?;
        }
    }
    Ok(())
}

/// An end that has come.
fn now() -> String {
    use tocsin_sandbox::WallClock as _;
    pluginhost::clock::SystemClock.now().to_string()
}
