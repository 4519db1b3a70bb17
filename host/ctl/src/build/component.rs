//! Wraps a core module as a component. An import that no host offers is refused here, by name and with its way out,
//! since the component encoder would only say that it does not know it.

use anyhow::{Context, Result, bail};
use tocsin_core::manifest::Target;
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// The component of a Wasm file: the file itself, if it is one already.
pub(super) fn from_wasm(wasm: &[u8], target: Target) -> Result<Vec<u8>> {
    if Parser::is_component(wasm) {
        return Ok(wasm.to_vec());
    }
    if !Parser::is_core_wasm(wasm) {
        bail!("the built file is not WebAssembly");
    }
    refuse_foreign_imports(wasm, target)?;
    let encode = || ComponentEncoder::default().validate(true).module(wasm)?.encode();
    encode().context(
        "the module cannot be wrapped as a component; does it export one of our worlds (`#[tocsin_sdk::probe]`)?",
    )
}

fn refuse_foreign_imports(module: &[u8], target: Target) -> Result<()> {
    for payload in Parser::new(0).parse_all(module) {
        let Payload::ImportSection(imports) = payload.context("the built module is damaged")? else { continue };
        for import in imports.into_imports() {
            let import = import.context("the built module is damaged")?;
            if !is_ours(import.module) {
                bail!(
                    "the plugin imports `{}` from `{}`, which no host offers: {}",
                    import.name,
                    import.module,
                    way_out(import.module, target)
                );
            }
        }
    }
    Ok(())
}

/// Imports of the component model: an interface's functions, or intrinsics of an exported one.
fn is_ours(module: &str) -> bool {
    module.starts_with("tocsin:plugin/") || module.starts_with("[export]tocsin:plugin/") || module == "$root"
}

fn way_out(module: &str, target: Target) -> &'static str {
    match (module, target) {
        (name, _) if name.starts_with("__wbindgen") || name.starts_with("wbg") => {
            "a crate expects a browser; switch its JavaScript features off (`js`, `wasm-bindgen`, `wasmbind`)"
        }
        ("env", _) => {
            "a function of C, or of another library, was declared but not linked; find the crate with `cargo tree`"
        }
        (name, Target::Core) if name.starts_with("wasi") => {
            "use the SDK instead of std's time, net, fs and env, or set target = \"wasi\" in plugin.toml"
        }
        (name, Target::Wasi) if name.starts_with("wasi_") => "it is WASI 0.1; build for wasm32-wasip2",
        _ => "a plugin reaches only tocsin:plugin and, with target = \"wasi\", WASI 0.2; drop what needs it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_import_is_refused_by_name_with_the_way_out() {
        for (module, expected) in [
            ("env", "the plugin imports `f` from `env`, which no host offers: a function of C"),
            ("__wbindgen_placeholder__", "a crate expects a browser"),
            ("wasi_snapshot_preview1", "use the SDK instead of std's time, net, fs and env"),
            ("acme:shell/run", "a plugin reaches only tocsin:plugin"),
        ] {
            let module = wat::parse_str(format!("(module (import \"{module}\" \"f\" (func)))")).unwrap();
            let error = from_wasm(&module, Target::Core).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_component_stays_as_it_is_and_other_files_are_refused() {
        let component = wat::parse_str("(component)").unwrap();
        assert_eq!(from_wasm(&component, Target::Core).unwrap(), component);
        assert_eq!(from_wasm(b"#!/bin/sh", Target::Core).unwrap_err().to_string(), "the built file is not WebAssembly");
    }
}
