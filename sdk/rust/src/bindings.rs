//! What `wit-bindgen` makes of `wit/`: the host's interfaces once, and the four worlds' exports on top of the same types.
//! The only room with foreign calls in it. Each world's export section is emitted by its macro in the guest itself, so a
//! component carries the one world that it exports and imports only what it uses.

#![allow(missing_docs, unreachable_pub, reason = "generated; the WIT carries the documentation")]
#![allow(missing_debug_implementations, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]

/// Every interface a plugin may import.
pub mod host {
    wit_bindgen::generate!({
        path: "../../wit/tocsin-plugin-0.1.0",
        world: "host",
        additional_derives: [PartialEq],
        additional_derives_ignore: ["connection"],
        disable_custom_section_link_helpers: true,
    });
    pub use self::tocsin::plugin::*;
}

/// One export world, with the host's types of [`host`].
macro_rules! world {
    ($module:ident, $world:literal, $interface:ident, $export:literal, $bindings:literal) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: "../../wit/tocsin-plugin-0.1.0",
                world: $world,
                additional_derives: [PartialEq],
                pub_export_macro: true,
                export_macro_name: $export,
                default_bindings_module: $bindings,
                disable_custom_section_link_helpers: true,
                with: {
                    "tocsin:plugin/types@0.1.0": crate::bindings::host::types,
                    "tocsin:plugin/log@0.1.0": crate::bindings::host::log,
                    "tocsin:plugin/clock@0.1.0": crate::bindings::host::clock,
                    "tocsin:plugin/state@0.1.0": crate::bindings::host::state,
                    "tocsin:plugin/secrets@0.1.0": crate::bindings::host::secrets,
                    "tocsin:plugin/tls@0.1.0": crate::bindings::host::tls,
                    "tocsin:plugin/http@0.1.0": crate::bindings::host::http,
                    "tocsin:plugin/tcp@0.1.0": crate::bindings::host::tcp,
                    "tocsin:plugin/dns@0.1.0": crate::bindings::host::dns,
                    "tocsin:plugin/icmp@0.1.0": crate::bindings::host::icmp,
                    "tocsin:plugin/node@0.1.0": crate::bindings::host::node,
                    "tocsin:plugin/files@0.1.0": crate::bindings::host::files,
                },
            });
            pub use self::exports::tocsin::plugin::$interface::*;
        }
    };
}

world!(probe, "probe", run_probe, "export_probe", "tocsin_sdk::bindings::probe");
world!(detector, "detector", run_detector, "export_detector", "tocsin_sdk::bindings::detector");
world!(action, "action", run_action, "export_action", "tocsin_sdk::bindings::action");
world!(notifier, "notifier", run_notifier, "export_notifier", "tocsin_sdk::bindings::notifier");
