//! What Wasmtime generates from `wit/tocsin-plugin-0.1.0`: the imports of every world and the four exported functions.
//! Frozen with the folder; these types never leave the crate.
#![allow(clippy::all, clippy::pedantic, unreachable_pub, missing_debug_implementations, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "../../wit/tocsin-plugin-0.1.0",
    // One world over all four, so that they share one set of types; a component exports one of the functions.
    inline: "
        package tocsin:sandbox;

        world everything {
            include tocsin:plugin/host@0.1.0;
            export tocsin:plugin/run-probe@0.1.0;
            export tocsin:plugin/run-detector@0.1.0;
            export tocsin:plugin/run-action@0.1.0;
            export tocsin:plugin/run-notifier@0.1.0;
        }
    ",
    world: "tocsin:sandbox/everything",
    imports: {
        // What never waits is called without a future.
        "tocsin:plugin/log": trappable,
        "tocsin:plugin/clock.now": trappable,
        "tocsin:plugin/clock.elapsed-ns": trappable,
        "tocsin:plugin/state": trappable,
        "tocsin:plugin/secrets": trappable,
        "tocsin:plugin/tcp.[method]connection.opened": trappable,
        default: async | trappable,
    },
    exports: { default: async },
    with: { "tocsin:plugin/tcp.connection": crate::host::tcp::Connection },
    additional_derives: [serde::Serialize, serde::Deserialize, Clone, PartialEq],
});
