//! Plans one HTTP request: after it has read what the request depends on, with numbers held within floor, ceiling and cost
//! limit, and with the request that takes it back. It reads; the host sends.

use tocsin_sdk::Error;
use tocsin_sdk::actions::{Decision, HttpRequest, Input, NoPlan, Plan, Precondition, Verb};

mod capacity;
mod config;
mod decimal;
mod list;
mod pick;
mod read;
mod request;
mod scale;
#[cfg(test)]
mod tests;
mod url;
mod values;

use config::Config;
use values::Values;

#[tocsin_sdk::action]
fn plan(config: Config, input: Input) -> Result<Decision, Error> {
    Decision::of(decide(&config, &input))
}

fn decide(config: &Config, input: &Input) -> Result<Plan, NoPlan> {
    let trigger = input.trigger(config.only_if.as_deref())?;
    let mut values = Values::new(&trigger);
    for read in &config.reads {
        read::read(read, &mut values)?;
    }
    if let Some(capacity) = &config.capacity {
        capacity::check(capacity, &mut values)?;
    }
    if let Some(scale) = &config.scale {
        scale::check(scale, &mut values)?;
    }
    if let Some(pick) = &config.pick {
        pick::check(pick, &mut values)?;
    }
    let request = request::call(config, &config.request, &values)?;
    let compensate = match &config.compensate {
        Some(call) if !url::same_origin(&config.request.url, &call.url) => {
            return Err(NoPlan::because(
                "config: `compensate.url` leads elsewhere than `request.url`: what takes a request back is asked where it was sent",
            ));
        }
        Some(call) => Some(request::call(config, call, &values)?),
        None => None,
    };
    let what = format!("{} {}", request.method, request.url);
    let summary = config.summary.as_ref().map_or(Ok(what.clone()), |text| values.text(text))?;
    let why = config.why.as_ref().map_or(Ok(format!("{what} is this playbook's answer")), |text| values.text(text))?;
    let plan = config.verify.plan(&trigger, summary, trigger.says())?;
    let plan = config.preconditions.iter().fold(plan, |plan, one| {
        plan.precondition(Precondition {
            check: one.check.clone(),
            status: one.status.iter().map(|status| (*status).into()).collect(),
            why: format!("the request does harm where {} is otherwise", one.check),
        })
    });
    Ok(plan.step(Verb::HttpRequest(HttpRequest { request, compensate }), why, config.timeout.into()))
}
