//! The one crate that knows Wasmtime: plugins run here, within their rights and limits.

pub mod net;
