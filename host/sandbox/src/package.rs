//! A plugin's one file: a component that carries its manifest, its config's schema and its author's signature.
//! [`Package::parse`] believes nothing before it is checked: size, digest, signature, full validation, world, imports.
//! Compiles and runs nothing; whether a signer is trusted is the node's to say.

mod error;
mod imports;
mod sections;
mod signature;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tocsin_core::id::Digest;
use tocsin_core::manifest::{Kind, Manifest};
use wasmparser::{Parser, Validator, WasmFeatures};

pub use error::PackageError;
pub use imports::Import;
pub use signature::Signature;

/// The largest file that is looked at.
pub const SIZE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The version of `tocsin:plugin` that this host speaks.
pub const WIT_VERSION: semver::Version = semver::Version::new(0, 1, 0);

const MANIFEST_SECTION: &str = "tocsin:manifest";
const SIGNATURE_SECTION: &str = "tocsin:signature";

/// A plugin file in which everything that can be checked without running it was found in order.
#[derive(Clone, Debug)]
pub struct Package {
    pub digest: Digest,
    pub manifest: Manifest,
    /// The `plugin.toml` as its author wrote it.
    pub manifest_text: String,
    /// The JSON Schema of the config.
    pub schema: serde_json::Value,
    /// Valid for these bytes; whose it is, is another question.
    pub signature: Option<Signature>,
    pub imports: Vec<Import>,
    pub world: Kind,
    /// The version of `tocsin:plugin` it was built for.
    pub wit_version: semver::Version,
    pub bytes: Arc<[u8]>,
}

#[derive(Serialize, Deserialize)]
struct Embedded {
    manifest: String,
    schema: serde_json::Value,
}

impl Package {
    /// # Errors
    /// The first thing found wrong, in the order of the checks.
    pub fn parse(bytes: impl Into<Arc<[u8]>>) -> Result<Self, PackageError> {
        let bytes: Arc<[u8]> = bytes.into();
        if bytes.len() > SIZE_BYTES_MAX {
            return Err(PackageError::TooLarge { size: bytes.len() });
        }
        let digest = digest(&bytes);
        let sections = sections::top(&bytes)?;
        let signature = signature::verify(&bytes, &sections)?;
        Validator::new_with_features(features()).validate_all(&bytes).map_err(error::invalid)?;
        if Parser::is_core_wasm(&bytes) {
            return Err(PackageError::CoreModule);
        }
        let embedded = sections::only(&sections, MANIFEST_SECTION)?.ok_or(PackageError::MissingManifest)?;
        let embedded: Embedded = serde_json::from_slice(embedded.data).map_err(PackageError::Embedded)?;
        if !embedded.schema.is_object() {
            return Err(PackageError::SchemaNotObject);
        }
        let manifest = Manifest::parse(&embedded.manifest).map_err(PackageError::Manifest)?;
        let names = imports::names(&bytes)?;
        let (world, wit_version) = imports::world(&names)?;
        if world != manifest.kind {
            return Err(PackageError::KindMismatch { manifest: manifest.kind, world });
        }
        let imports = imports::judge(&names, &manifest)?;
        let Embedded { manifest: manifest_text, schema } = embedded;
        Ok(Self { digest, manifest, manifest_text, schema, signature, imports, world, wit_version, bytes })
    }

    /// The component with its manifest and schema inside; what it carried of ours before, a signature too, is dropped.
    ///
    /// # Errors
    /// If the component's sections cannot be told apart.
    pub fn embed(component: &[u8], manifest_toml: &str, schema: &serde_json::Value) -> Result<Vec<u8>, PackageError> {
        let embedded = Embedded { manifest: manifest_toml.to_owned(), schema: schema.clone() };
        let data = serde_json::to_vec(&embedded).map_err(PackageError::Embedded)?;
        let mut bytes = sections::without(component, &[MANIFEST_SECTION, SIGNATURE_SECTION])?;
        sections::append(&mut bytes, MANIFEST_SECTION, &data);
        Ok(bytes)
    }

    /// The bytes with a signature over all of them added: minisign's signature text and the public key in base64.
    ///
    /// # Errors
    /// If the signature is not one of that key over these bytes.
    pub fn sign(bytes: &[u8], public_key: &str, signature: &str) -> Result<Vec<u8>, PackageError> {
        signature::append(bytes, public_key, signature)
    }
}

/// The SHA-256 of a whole file.
#[must_use]
pub fn digest(bytes: &[u8]) -> Digest {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing into a string cannot fail.
        _ = write!(hex, "{byte:02x}");
    }
    Digest::new(hex)
}

/// What any toolchain's guests use, and nothing that makes a run depend on the machine or on other threads: no
/// threads, 64-bit memories, garbage collection, exceptions or relaxed SIMD.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2 | WasmFeatures::EXTENDED_CONST | WasmFeatures::TAIL_CALL | WasmFeatures::COMPONENT_MODEL
}

#[cfg(test)]
mod tests;
