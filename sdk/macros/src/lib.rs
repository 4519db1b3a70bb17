//! The attributes of `tocsin-sdk`. Use them from there.
//! Knows only signatures: everything that runs is a function of the SDK.

use proc_macro::TokenStream;

mod config;
mod plugin;

use plugin::Kind;

/// Makes a function a probe: `fn(config: Config) -> Result<Observation, Error>`, with `context: &Context` (the check's
/// name and labels) as a second argument if wanted.
///
/// `Config` implements `serde::Deserialize` and `schemars::JsonSchema`: see [`macro@config`].
#[proc_macro_attribute]
pub fn probe(arguments: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(&Kind::PROBE, arguments.into(), item.into()).into()
}

/// Makes a function a detector: `fn(config: Config, input: detectors::Input) -> Result<detectors::Output, Error>`.
#[proc_macro_attribute]
pub fn detector(arguments: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(&Kind::DETECTOR, arguments.into(), item.into()).into()
}

/// Makes a function an action: `fn(config: Config, input: actions::Input) -> Result<actions::Decision, Error>`.
#[proc_macro_attribute]
pub fn action(arguments: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(&Kind::ACTION, arguments.into(), item.into()).into()
}

/// Makes a function a notifier:
/// `fn(config: Config, notification: notifiers::Notification) -> Result<notifiers::Delivery, Error>`.
#[proc_macro_attribute]
pub fn notifier(arguments: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(&Kind::NOTIFIER, arguments.into(), item.into()).into()
}

/// Makes a struct or an enum (part of) a plugin's config: derives `Deserialize`, `JsonSchema`, `Clone` and `Debug`, and
/// refuses unknown keys. The fields' doc comments become the schema's descriptions.
#[proc_macro_attribute]
pub fn config(arguments: TokenStream, item: TokenStream) -> TokenStream {
    config::expand(arguments.into(), item.into()).into()
}
