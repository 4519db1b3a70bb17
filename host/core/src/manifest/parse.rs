//! The keys of a `plugin.toml` and the rule of each.

use std::time::Duration;

use super::error::{ManifestError, ManifestProblem};
use super::reader::{Found, Reader, Table};
use super::{BuildKeys, Kind, Manifest, Target, license};
use crate::capability::{Capabilities, EntryKind, NodePart};
use crate::id::PluginName;
use crate::limits::{CEILING, Limits};
use crate::quantity;

const TOP: [&str; 10] = [
    "name",
    "version",
    "kind",
    "target",
    "description",
    "license",
    "capabilities",
    "limits",
    "config_schema",
    "component",
];
const CAPABILITIES: [&str; 11] =
    ["http", "tcp", "dns", "icmp", "node", "files", "secrets", "reveal", "verbs", "state", "private"];
const LIMITS: [&str; 7] = ["deadline", "cpu", "memory", "host_calls", "host_bytes", "state_bytes", "log_bytes"];
/// A page of linear memory: less than that holds no guest.
const MEMORY_FLOOR_BYTES: u64 = 64 * 1024;
const TEXT_MAX: usize = 500;

pub(super) fn parse(text: &str) -> Result<Manifest, Vec<ManifestError>> {
    let mut reader = Reader::new(text);
    let top = reader.top();
    // After a syntax error, keys may be missing only because they could not be read.
    if !reader.errors.is_empty() {
        return Err(reader.errors);
    }
    let manifest = manifest(&mut reader, Table { entries: &top, prefix: "", start: 0 });
    let mut errors = reader.errors;
    errors.sort_by_key(|error| (error.line, error.column));
    match manifest {
        Some(manifest) if errors.is_empty() => Ok(manifest),
        _ => Err(errors),
    }
}

fn manifest(reader: &mut Reader<'_>, top: Table<'_, '_>) -> Option<Manifest> {
    reader.only(top, &TOP);
    let name = reader.required(top, "name", "`name = \"probe-example\"`");
    let name =
        rule(reader, name, is_name, "not a name: use lower-case letters, digits and `-`, a letter first, 64 at most");
    let version = reader.required(top, "version", "`version = \"0.1.0\"`");
    let version = rule(reader, version, is_version, "not a semantic version such as 0.1.0");
    let kind = reader.required(top, "kind", "`kind = \"probe\"` (or detector, action, notifier)");
    let kind = kind.and_then(|found| reader.word(&found, &Kind::ALL.map(|kind| (kind.as_str(), kind))));
    let target = reader.string(top, "target").map_or(Some(Target::Core), |found| {
        reader.word(&found, &[Target::Core, Target::Wasi].map(|target| (target.as_str(), target)))
    });
    let description = reader.required(top, "description", "`description = \"One sentence for people.\"`");
    let description = rule(reader, description, is_text, "not a description: one line of 1 to 500 bytes");
    let license = reader.required(top, "license", "`license = \"Apache-2.0\"`");
    let license =
        rule(reader, license, license::is_expression, "not an SPDX licence expression such as `MIT OR Apache-2.0`");
    let config_schema = path(reader, top, "config_schema");
    let component = path(reader, top, "component");
    let capabilities = reader
        .table(top, "capabilities", "capabilities.")
        .map_or_else(Capabilities::default, |table| capabilities(reader, table, kind));
    let limits = reader.table(top, "limits", "limits.").map_or_else(Limits::default, |table| limits(reader, table));
    Some(Manifest {
        name: PluginName::new(name?),
        version: version?,
        kind: kind?,
        target: target?,
        description: description?,
        license: license?,
        capabilities,
        limits,
        build: BuildKeys { config_schema, component },
    })
}

fn rule(
    reader: &mut Reader<'_>,
    found: Option<Found<&str>>,
    holds: impl Fn(&str) -> bool,
    rule: &'static str,
) -> Option<String> {
    let found = found?;
    if !holds(found.value) {
        reader.note(found.at, &found.key, ManifestProblem::Rule { value: found.value.to_owned(), rule });
    }
    Some(found.value.to_owned())
}

fn path(reader: &mut Reader<'_>, top: Table<'_, '_>, key: &str) -> Option<String> {
    let found = reader.string(top, key);
    rule(reader, found, |path| !path.is_empty() && !path.starts_with('/'), "not a path relative to plugin.toml")
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_version(version: &str) -> bool {
    semver::Version::parse(version).is_ok()
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= TEXT_MAX && !text.chars().any(char::is_control)
}

fn capabilities(reader: &mut Reader<'_>, table: Table<'_, '_>, of: Option<Kind>) -> Capabilities {
    reader.only(table, &CAPABILITIES);
    let mut capabilities = Capabilities {
        state: reader.boolean(table, "state"),
        private: reader.boolean(table, "private"),
        ..Capabilities::default()
    };
    for found in reader.strings(table, "node") {
        capabilities.node.extend(reader.word(&found, &NodePart::ALL.map(|part| (part.as_str(), part))));
    }
    for kind in EntryKind::ALL {
        for found in reader.strings(table, kind.as_str()) {
            if let Some(of) = of.filter(|of| kind == EntryKind::Verbs && *of != Kind::Action) {
                let value = found.value.to_owned();
                reader.note(found.at, &found.key, ManifestProblem::VerbOfNoAction { value, kind: of });
            }
            match kind.check(found.value) {
                Ok(()) => _ = capabilities.entries_mut(kind).insert(found.value.to_owned()),
                Err(error) => reader.note(found.at, &found.key, ManifestProblem::Entry(error)),
            }
        }
    }
    capabilities
}

fn limits(reader: &mut Reader<'_>, table: Table<'_, '_>) -> Limits {
    reader.only(table, &LIMITS);
    let default = Limits::default();
    Limits {
        deadline: duration(reader, table, "deadline", CEILING.deadline).unwrap_or(default.deadline),
        cpu: duration(reader, table, "cpu", CEILING.cpu).unwrap_or(default.cpu),
        memory_bytes: bytes(reader, table, "memory", CEILING.memory_bytes, MEMORY_FLOOR_BYTES)
            .unwrap_or(default.memory_bytes),
        host_calls: count(reader, table, "host_calls", CEILING.host_calls).unwrap_or(default.host_calls),
        host_bytes: bytes(reader, table, "host_bytes", CEILING.host_bytes, 0).unwrap_or(default.host_bytes),
        state_bytes: bytes(reader, table, "state_bytes", CEILING.state_bytes, 0).unwrap_or(default.state_bytes),
        log_bytes: bytes(reader, table, "log_bytes", CEILING.log_bytes, 0).unwrap_or(default.log_bytes),
    }
}

fn duration(reader: &mut Reader<'_>, table: Table<'_, '_>, key: &str, ceiling: Duration) -> Option<Duration> {
    let found = reader.string(table, key)?;
    let Some(duration) = quantity::duration(found.value).ok().filter(|duration| *duration >= Duration::from_millis(1))
    else {
        let rule = "not a duration of 1ms or more, such as `100ms`, `10s` or `2m`";
        reader.note(found.at, &found.key, ManifestProblem::Rule { value: found.value.to_owned(), rule });
        return None;
    };
    if duration > ceiling {
        above(reader, &found, quantity::show_duration(ceiling));
    }
    Some(duration)
}

fn bytes(reader: &mut Reader<'_>, table: Table<'_, '_>, key: &str, ceiling: u64, floor: u64) -> Option<u64> {
    let found = reader.string(table, key)?;
    let Some(bytes) = quantity::bytes(found.value).ok().filter(|bytes| *bytes >= floor) else {
        let rule = if floor == 0 {
            "not a size such as `16MiB` or `64KiB`"
        } else {
            "not a size of 64KiB or more, such as `16MiB`"
        };
        reader.note(found.at, &found.key, ManifestProblem::Rule { value: found.value.to_owned(), rule });
        return None;
    };
    if bytes > ceiling {
        above(reader, &found, quantity::show_bytes(ceiling));
    }
    Some(bytes)
}

fn count(reader: &mut Reader<'_>, table: Table<'_, '_>, key: &str, ceiling: u32) -> Option<u32> {
    let found = reader.integer(table, key)?;
    match u32::try_from(found.value) {
        Ok(count) if count <= ceiling => Some(count),
        _ => {
            above(reader, &found, ceiling.to_string());
            None
        }
    }
}

fn above<T: std::fmt::Display>(reader: &mut Reader<'_>, found: &Found<T>, ceiling: String) {
    reader.note(found.at, &found.key, ManifestProblem::AboveCeiling { value: found.value.to_string(), ceiling });
}

#[cfg(test)]
mod tests;
