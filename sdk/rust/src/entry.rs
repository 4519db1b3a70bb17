//! What the attribute macros call: the step from the bytes the host hands in to the annotated function, and back.
//! Not for plugins to call. Knows no kind's types beyond what is needed to take the config out of its input.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::bindings::{action, detector, notifier, probe};
use crate::{Context, Error, Observation};

/// Runs a probe's function.
pub fn probe<C: DeserializeOwned>(
    input: probe::Input,
    run: impl FnOnce(C, &Context) -> Result<Observation, Error>,
) -> Result<Observation, String> {
    begin();
    let config = config(&input.config)?;
    let context = Context { check: input.check, labels: input.labels };
    run(config, &context).map_err(text)
}

/// Runs a detector's function.
pub fn detector<C: DeserializeOwned>(
    mut input: detector::Input,
    run: impl FnOnce(C, detector::Input) -> Result<detector::Output, Error>,
) -> Result<detector::Output, String> {
    begin();
    run(config(&std::mem::take(&mut input.config))?, input).map_err(text)
}

/// Runs an action's function.
pub fn action<C: DeserializeOwned>(
    mut input: action::Input,
    run: impl FnOnce(C, action::Input) -> Result<action::Decision, Error>,
) -> Result<action::Decision, String> {
    begin();
    run(config(&std::mem::take(&mut input.config))?, input).map_err(text)
}

/// Runs a notifier's function.
pub fn notifier<C: DeserializeOwned>(
    input: notifier::Input,
    run: impl FnOnce(C, notifier::Notification) -> Result<notifier::Delivery, Error>,
) -> Result<notifier::Delivery, String> {
    begin();
    run(config(&input.config)?, input.notification).map_err(text)
}

/// The JSON Schema of a config, as `pointer << 32 | length` of UTF-8 text that is never freed: what `pluginctl build`
/// reads from the describing build of a guest.
#[must_use]
pub fn describe<C: JsonSchema>() -> u64 {
    let schema = schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<C>();
    let text: &'static str = serde_json::to_string(&schema).unwrap_or_default().leak();
    ((text.as_ptr() as u64) << 32) | text.len() as u64
}

/// Reads a config as the host would hand it in. The node has held it against the plugin's schema before, with paths and
/// all; so this error, which only a local run ever shows, is the reader's own.
pub fn config<C: DeserializeOwned>(json: &str) -> Result<C, String> {
    serde_json::from_str(json).map_err(|error| format!("config: {error}"))
}

fn text(error: Error) -> String {
    error.to_string()
}

/// A panic becomes a line in the run's log; the trap that follows ends the run.
#[cfg(target_arch = "wasm32")]
fn begin() {
    std::panic::set_hook(Box::new(|panic| crate::log::error(&panic.to_string())));
}

#[cfg(not(target_arch = "wasm32"))]
fn begin() {}

#[cfg(test)]
mod tests {
    #[tocsin_sdk::config]
    struct Config {
        url: String,
        #[serde(default)]
        expect: Vec<Expect>,
    }

    #[tocsin_sdk::config]
    struct Expect {
        status: u16,
    }

    #[test]
    fn a_config_error_names_what_does_not_fit() {
        let cases = [
            (r#"{"url": 7}"#, "config: invalid type: integer `7`, expected a string at line 1 column 9"),
            (r#"{"url": "x", "expct": []}"#, "config: unknown field `expct`, expected `url` or `expect` at line 1"),
            (r#"{"url": "x", "expect": [{}]}"#, "config: missing field `status`"),
        ];
        for (json, expected) in cases {
            let error = super::config::<Config>(json).unwrap_err();
            assert!(error.starts_with(expected), "{json}: {error}");
        }
        let config: Config = super::config(r#"{"url": "x", "expect": [{"status": 200}]}"#).unwrap();
        assert_eq!((config.url.as_str(), config.expect[0].status), ("x", 200));
    }
}
