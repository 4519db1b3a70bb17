//! The configuration's files: `tocsin.yaml`, what lies in `conf.d` beside it, and what these name, read as they are.
//! Knows nothing of what they mean.

use std::path::{Path, PathBuf};

use tocsin_core::config::{Defaults, Disk, Files, Source};

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the configuration {} cannot be read; --config FILE names another", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("the folder {} cannot be listed", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
}

/// Reads `file`, then `conf.d/*.yaml` beside it in order of their names, then Alertmanager's file and its templates, then OpenSLO
/// files.
///
/// # Errors
/// If one of ours cannot be read: half a configuration is none. What they name and cannot be read is the compiler's to
/// report.
pub fn read(file: &Path, defaults: &Defaults) -> Result<Files, ReadError> {
    Ok(Files::of(own(file)?, defaults, &LocalDisk))
}

fn own(file: &Path) -> Result<Vec<Source>, ReadError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut sources = vec![source(file, folder)?];
    for path in conf_d(&folder.join("conf.d"))? {
        sources.push(source(&path, &folder.join("conf.d"))?);
    }
    Ok(sources)
}

fn source(path: &Path, folder: &Path) -> Result<Source, ReadError> {
    let text = std::fs::read_to_string(path).map_err(|source| ReadError::File { path: path.to_owned(), source })?;
    Ok(Source { name: path.display().to_string(), folder: folder.to_owned(), text })
}

fn conf_d(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let failed = |source| ReadError::Folder { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    // Editors leave `.site.yaml.swp` and the like behind.
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"))
    };
    let mut paths: Vec<PathBuf> = paths.into_iter().filter(is_ours).collect();
    paths.sort();
    Ok(paths)
}

struct LocalDisk;

impl Disk for LocalDisk {
    fn read(&self, file: &Path) -> Result<String, String> {
        std::fs::read_to_string(file).map_err(|error| error.to_string())
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>, String> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.to_string()),
        };
        let name = |entry: std::io::Result<std::fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect::<std::io::Result<_>>().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conf_d_is_read_in_order_and_leftovers_of_editors_are_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("conf.d")).expect("made");
        for name in ["tocsin.yaml", "conf.d/b.yaml", "conf.d/a.yml", "conf.d/.a.yaml.swp", "conf.d/notes.txt"] {
            std::fs::write(folder.path().join(name), name).expect("written");
        }
        let sources = own(&folder.path().join("tocsin.yaml")).expect("read");
        let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
        assert_eq!(texts, ["tocsin.yaml", "conf.d/a.yml", "conf.d/b.yaml"]);
    }

    #[test]
    fn a_missing_file_is_named_with_the_way_out() {
        let error = own(Path::new("/nowhere/tocsin.yaml")).expect_err("refused").to_string();
        assert!(error.contains("/nowhere/tocsin.yaml") && error.contains("--config"), "{error}");
    }
}
