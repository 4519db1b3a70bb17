//! The node's secrets by name, read from their files and environment variables at each (re)load. Values are never
//! printed. Knows nothing of who may use which: that is a run's rights.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use tocsin_core::config::SecretSource;
use tocsin_sandbox::Secrets;

#[derive(Default)]
pub struct NodeSecrets {
    values: RwLock<BTreeMap<String, String>>,
}

impl NodeSecrets {
    /// Reads every secret anew. One that cannot be read is missing from now on; the messages say which and why.
    pub fn read(&self, sources: &BTreeMap<String, SecretSource>) -> Vec<String> {
        let mut problems = Vec::new();
        let mut values = BTreeMap::new();
        for (name, source) in sources {
            match value(source) {
                Ok(value) => drop(values.insert(name.clone(), value)),
                Err(problem) => problems.push(format!("the secret `{name}` is missing: {problem}")),
            }
        }
        *self.values.write().unwrap_or_else(PoisonError::into_inner) = values;
        problems
    }
}

impl Secrets for NodeSecrets {
    fn get(&self, name: &str) -> Option<String> {
        self.values.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl fmt::Debug for NodeSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(values.keys()).finish()
    }
}

fn value(source: &SecretSource) -> Result<String, String> {
    match source {
        SecretSource::File(path) => std::fs::read_to_string(path)
            .map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
            .map_err(|error| format!("its file {} cannot be read: {error}", path.display())),
        SecretSource::Env(variable) => std::env::var(variable)
            .map_err(|_| format!("the environment variable {variable} is not set, or is not UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_last_line_ending_is_not_part_of_the_secret() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("password");
        std::fs::write(&path, "s3cret\n").expect("written");
        let secrets = NodeSecrets::default();
        let sources = BTreeMap::from([
            ("password".to_owned(), SecretSource::File(path)),
            ("absent".to_owned(), SecretSource::File(folder.path().join("absent"))),
        ]);
        let problems = secrets.read(&sources);
        assert_eq!(secrets.get("password").as_deref(), Some("s3cret"));
        assert_eq!(secrets.get("absent"), None);
        assert!(problems.len() == 1 && problems[0].contains("`absent`"), "{problems:?}");
        assert!(!format!("{secrets:?}").contains("s3cret"));
    }
}
