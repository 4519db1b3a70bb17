//! The author's signature: minisign over every byte before the section that holds it.
//! The key travels with the signature, so a valid one says that nothing changed, not who signed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minisign_verify::PublicKey;
use serde::{Deserialize, Serialize};

use super::sections::{self, Section};
use super::{PackageError, SIGNATURE_SECTION};

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// In base64, as in a minisign public key file.
    pub public_key: String,
    /// As minisign shows it: 16 upper-case hex digits.
    pub key_id: String,
    /// Signed as well.
    pub trusted_comment: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    public_key: String,
    signature: String,
}

pub(super) fn verify(bytes: &[u8], sections: &[Section<'_>]) -> Result<Option<Signature>, PackageError> {
    let Some(section) = sections::only(sections, SIGNATURE_SECTION)? else { return Ok(None) };
    if section.span.end != bytes.len() {
        return Err(PackageError::SignatureNotLast);
    }
    let stored: Stored = serde_json::from_slice(section.data).map_err(|_| PackageError::SignatureUnreadable)?;
    let signed = bytes.get(..section.span.start).unwrap_or_default();
    check(signed, &stored).map(Some)
}

pub(super) fn append(bytes: &[u8], public_key: &str, signature: &str) -> Result<Vec<u8>, PackageError> {
    let stored = Stored { public_key: public_key.to_owned(), signature: signature.to_owned() };
    check(bytes, &stored)?;
    let data = serde_json::to_vec(&stored).map_err(|_| PackageError::SignatureUnreadable)?;
    let mut signed = bytes.to_vec();
    sections::append(&mut signed, SIGNATURE_SECTION, &data);
    Ok(signed)
}

fn check(signed: &[u8], stored: &Stored) -> Result<Signature, PackageError> {
    let unreadable = PackageError::SignatureUnreadable;
    let Ok(key) = PublicKey::from_base64(&stored.public_key) else { return Err(unreadable) };
    let Ok(signature) = minisign_verify::Signature::decode(&stored.signature) else { return Err(unreadable) };
    let Some(key_id) = key_id(&stored.public_key) else { return Err(unreadable) };
    if key.verify(signed, &signature, false).is_err() {
        return Err(PackageError::SignatureMismatch { key_id });
    }
    let trusted_comment = signature.trusted_comment().to_owned();
    Ok(Signature { public_key: stored.public_key.clone(), key_id, trusted_comment })
}

/// Bytes 2 to 9 of a public key, a little-endian number.
fn key_id(public_key: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(public_key).ok()?;
    let id: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
    Some(format!("{:016X}", u64::from_le_bytes(id)))
}
