//! The probe that the benches run: it reads its config, asks the host for the time once and returns three metrics. Less
//! than any probe of use does, so that what is measured is the host. Built for both targets.

use std::time::Duration;

use tocsin_sdk::{Error, Metric, Observation, Thresholds, clock};

#[tocsin_sdk::config]
struct Config {
    /// What is looked at, for the summary.
    target: String,
    /// When the value is too high.
    #[serde(default)]
    value: Thresholds,
    /// Does not answer until its deadline has passed.
    #[serde(default)]
    hang: bool,
}

#[tocsin_sdk::probe]
#[expect(clippy::cast_precision_loss, reason = "a value to look at, whatever it is")]
fn check(config: Config) -> Result<Observation, Error> {
    if config.hang {
        clock::sleep(Duration::from_secs(3_600));
    }
    let now = clock::now_ms();
    let value = (now % 1_000) as f64;
    let observation = Observation::ok(config.target)
        .judged(config.value.on(Metric::gauge("value", value)))
        .metric(Metric::gauge("seconds", value / 1_000.0).unit("seconds"))
        .metric(Metric::counter("total", now as f64));
    Ok(observation)
}
