//! A plugin's one file, parsed: its digest, its manifest, its bytes.

use std::sync::Arc;

use tocsin_core::id::Digest;
use tocsin_core::manifest::Manifest;

#[derive(Clone, Debug)]
pub struct Package {
    pub digest: Digest,
    pub manifest: Manifest,
    pub bytes: Arc<[u8]>,
}
