//! Secrets of a local call: named by hand, read from files. Never shown.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};

pub(super) struct Files(BTreeMap<String, String>);

impl Files {
    /// Reads each `name=FILE`.
    pub(super) fn read(named: &[String]) -> Result<Self> {
        let read = |entry: &String| {
            let (name, file) =
                entry.split_once('=').with_context(|| format!("--secret is NAME=FILE, not `{entry}`"))?;
            let value =
                std::fs::read_to_string(file).with_context(|| format!("the secret file {file} cannot be read"))?;
            Ok((name.to_owned(), value.trim_end_matches(['\r', '\n']).to_owned()))
        };
        named.iter().map(read).collect::<Result<_>>().map(Self)
    }
}

impl tocsin_sandbox::Secrets for Files {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}
