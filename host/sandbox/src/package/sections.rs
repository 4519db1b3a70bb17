//! The top sections of a component or module, told apart without reading what is in them; custom sections of ours
//! found, added and left out. Works before anything was validated, so every length is doubted.

use std::ops::Range;

use wasm_encoder::{ComponentSection as _, CustomSection};
use wasmparser::{BinaryReader, Parser};

use super::PackageError;

const CUSTOM: u8 = 0;
const HEADER_BYTES: usize = 8;

/// One section, from its id byte to its last.
#[derive(Clone, Debug)]
pub(super) struct Section<'b> {
    pub(super) span: Range<usize>,
    /// Of a custom section; empty for others.
    pub(super) name: &'b str,
    /// Of a custom section, without its name.
    pub(super) data: &'b [u8],
}

pub(super) fn top(bytes: &[u8]) -> Result<Vec<Section<'_>>, PackageError> {
    if !Parser::is_core_wasm(bytes) && !Parser::is_component(bytes) {
        return Err(PackageError::NotWasm);
    }
    let mut sections = Vec::new();
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        let section = one(bytes, at).ok_or(PackageError::Damaged { offset: at })?;
        at = section.span.end;
        sections.push(section);
    }
    Ok(sections)
}

fn one(bytes: &[u8], start: usize) -> Option<Section<'_>> {
    let mut reader = BinaryReader::new(bytes.get(start..)?, 0);
    let id = reader.read_u8().ok()?;
    let length = usize::try_from(reader.read_var_u32().ok()?).ok()?;
    let body_start = start.checked_add(reader.current_position())?;
    let span = start..body_start.checked_add(length)?;
    let body = bytes.get(body_start..span.end)?;
    if id != CUSTOM {
        return Some(Section { span, name: "", data: body });
    }
    let mut reader = BinaryReader::new(body, 0);
    let name = reader.read_string().ok()?;
    let data = body.get(reader.current_position()..)?;
    Some(Section { span, name, data })
}

/// The custom section of this name, if there is one; two are an error, since which one counts would be a guess.
pub(super) fn only<'s, 'b>(
    sections: &'s [Section<'b>],
    name: &'static str,
) -> Result<Option<&'s Section<'b>>, PackageError> {
    let mut named = sections.iter().filter(|section| section.name == name);
    let first = named.next();
    if named.next().is_some() { Err(PackageError::SectionTwice { name }) } else { Ok(first) }
}

/// The same bytes without the custom sections of these names.
pub(super) fn without(bytes: &[u8], names: &[&str]) -> Result<Vec<u8>, PackageError> {
    let mut kept = bytes.get(..HEADER_BYTES).unwrap_or(bytes).to_vec();
    for section in top(bytes)?.into_iter().filter(|section| !names.contains(&section.name)) {
        kept.extend_from_slice(bytes.get(section.span).unwrap_or_default());
    }
    Ok(kept)
}

pub(super) fn append(bytes: &mut Vec<u8>, name: &str, data: &[u8]) {
    CustomSection { name: name.into(), data: data.into() }.append_to_component(bytes);
}
