//! The files of a configuration: `tocsin.yaml` and `conf.d`, Alertmanager's and OpenSLO files, which the first names, and
//! template files, which Alertmanager's names. Says which there are; whoever has a disk reads them.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::compile::{self, Defaults, Source};
use super::tree::{Node, Value};

/// Template files that are read at most.
const TEMPLATES_MAX: usize = 1_000;
/// OpenSLO files that are read at most; each may hold any number of objects.
pub(super) const SLO_FILES_MAX: usize = 20_000;

/// The texts of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// `tocsin.yaml`, then those of `conf.d`.
    pub own: Vec<Source>,
    pub alertmanager: Option<Result<Source, Unreadable>>,
    pub templates: Vec<Result<Source, Unreadable>>,
    /// OpenSLO files.
    pub slos: Vec<Result<Source, Unreadable>>,
}

/// A file or folder that was named and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub path: PathBuf,
    pub reason: String,
}

/// Whoever reads files for the compiler.
pub trait Disk {
    /// A file's text, or why there is none.
    fn read(&self, file: &Path) -> Result<String, String>;
    /// The names in a folder; none where there is no such folder.
    fn list(&self, folder: &Path) -> Result<Vec<String>, String>;
}

impl Files {
    /// Reads what `tocsin.yaml` and `conf.d` refer to. Reports nothing: what cannot be read is an error of
    /// [`super::compile`].
    #[must_use]
    pub fn of(own: Vec<Source>, defaults: &Defaults, disk: &impl Disk) -> Self {
        let settings = own.first().map(|main| compile::settings(main, defaults));
        let (main, slo_patterns) =
            settings.map(|settings| (settings.alertmanager_file, settings.slo_files)).unwrap_or_default();
        let alertmanager = main.map(|path| source(path, disk));
        let patterns = match &alertmanager {
            Some(Ok(file)) => patterns(file),
            Some(Err(_)) | None => Vec::new(),
        };
        let mut templates: Vec<_> = patterns.iter().flat_map(|pattern| matches(pattern, disk)).collect();
        templates.truncate(TEMPLATES_MAX);
        let mut slos: Vec<_> = slo_patterns.iter().flat_map(|pattern| matches(pattern, disk)).collect();
        // One more, so that the compiler can say that there are too many.
        slos.truncate(SLO_FILES_MAX + 1);
        Self { own, alertmanager, templates, slos }
    }
}

impl From<Vec<Source>> for Files {
    fn from(own: Vec<Source>) -> Self {
        Self { own, ..Self::default() }
    }
}

fn source(path: PathBuf, disk: &impl Disk) -> Result<Source, Unreadable> {
    match disk.read(&path) {
        Ok(text) => {
            let folder = path.parent().map(Path::to_owned).unwrap_or_default();
            Ok(Source { name: path.display().to_string(), folder, text })
        }
        Err(reason) => Err(Unreadable { path, reason }),
    }
}

/// What stands under `templates`, as far as it can be understood.
fn patterns(file: &Source) -> Vec<PathBuf> {
    let (root, _) = super::tree::parse(&file.text);
    let Some(Node { value: Value::Map(entries), .. }) = root else { return Vec::new() };
    let templates = entries.iter().find(|(key, _)| key.name == "templates").map(|(_, node)| &node.value);
    let Some(Value::List(items)) = templates else { return Vec::new() };
    let text = |node: &Node| match &node.value {
        Value::Text(text) if !text.is_empty() => Some(file.folder.join(text)),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

/// The files of a pattern whose last part may hold wildcards, in the order of their names. A pattern that matches
/// nothing is none; a file that is named outright must be there.
fn matches(pattern: &Path, disk: &impl Disk) -> Vec<Result<Source, Unreadable>> {
    let name = pattern.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !name.contains(['*', '?', '[']) {
        return vec![source(pattern.to_owned(), disk)];
    }
    let folder = pattern.parent().unwrap_or(Path::new(""));
    let failed = |reason| vec![Err(Unreadable { path: pattern.to_owned(), reason })];
    let Some(wildcard) = wildcard(&name) else { return failed("this is not a pattern of file names".to_owned()) };
    match disk.list(folder) {
        Ok(mut names) => {
            names.retain(|name| wildcard.is_match(name));
            names.sort();
            names.into_iter().map(|name| source(folder.join(name), disk)).collect()
        }
        Err(reason) => failed(reason),
    }
}

/// Whether a file is one of a pattern's.
pub(super) fn is_of(pattern: &Path, file: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let matches = || wildcard(&name(pattern)).is_some_and(|wildcard| wildcard.is_match(&name(file)));
    pattern == file || (pattern.parent() == file.parent() && matches())
}

/// As the shell's: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a character that stands for itself.
fn wildcard(pattern: &str) -> Option<Regex> {
    let mut expression = String::from("^(?s:");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => {
                let class: String = characters.by_ref().take_while(|character| *character != ']').collect();
                let (negation, class) = class.strip_prefix('^').map_or(("", class.as_str()), |class| ("^", class));
                let class: String = class.split('-').map(regex::escape).collect::<Vec<_>>().join("-");
                expression.push_str(&format!("[{negation}{class}]"));
            }
            '\\' => expression.push_str(&regex::escape(&characters.next()?.to_string())),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    expression.push_str(")$");
    Regex::new(&expression).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Paper(BTreeMap<&'static str, &'static str>);

    impl Disk for Paper {
        fn read(&self, file: &Path) -> Result<String, String> {
            self.0.get(file.to_str().expect("text")).map(|text| (*text).to_owned()).ok_or("no such file".to_owned())
        }

        fn list(&self, folder: &Path) -> Result<Vec<String>, String> {
            let in_folder = |path: &&str| {
                Path::new(path).strip_prefix(folder).ok().and_then(|name| name.to_str().map(str::to_owned))
            };
            Ok(self.0.keys().filter_map(in_folder).collect())
        }
    }

    #[test]
    fn files_that_files_name_are_read_relative_to_who_names_them() {
        let disk = Paper(BTreeMap::from([
            ("/etc/am/alertmanager.yml", "templates: ['t/*.tmpl', one.txt, 't/none-*']"),
            ("/etc/am/t/b.tmpl", "b"),
            ("/etc/am/t/a.tmpl", "a"),
            ("/etc/am/t/a.tmpl~", "leftover"),
        ]));
        let defaults = Defaults { node: "n".to_owned(), data: "/data".into() };
        let own =
            |text: &str| Source { name: "tocsin.yaml".to_owned(), folder: "/etc/tocsin".into(), text: text.to_owned() };
        let files = Files::of(vec![own("alerting: {config: ../am/alertmanager.yml}")], &defaults, &disk);
        assert_eq!(files.alertmanager.expect("named").expect_err("not normalised").reason, "no such file");

        let files = Files::of(vec![own("alerting: {config: /etc/am/alertmanager.yml}")], &defaults, &disk);
        let texts: Vec<&str> =
            files.templates.iter().map(|file| file.as_ref().map_or("unreadable", |file| file.text.as_str())).collect();
        assert_eq!(texts, ["a", "b", "unreadable"]);
    }

    #[test]
    fn slo_files_are_read_in_the_order_of_their_patterns_and_names() {
        let disk = Paper(BTreeMap::from([
            ("/etc/tocsin/slos/b.yaml", "b"),
            ("/etc/tocsin/slos/a.yaml", "a"),
            ("/srv/own.yaml", "own"),
        ]));
        let defaults = Defaults { node: "n".to_owned(), data: "/data".into() };
        let text = "slos: {files: [/srv/own.yaml, 'slos/*.yaml', slos/c.yaml]}".to_owned();
        let own = vec![Source { name: "tocsin.yaml".to_owned(), folder: "/etc/tocsin".into(), text }];
        let files = Files::of(own, &defaults, &disk);
        let texts: Vec<&str> =
            files.slos.iter().map(|file| file.as_ref().map_or("unreadable", |file| file.text.as_str())).collect();
        assert_eq!(texts, ["own", "a", "b", "unreadable"]);
    }

    #[test]
    fn wildcards_are_the_shells() {
        let table = [
            ("*.tmpl", "a.tmpl", true),
            ("*.tmpl", "a.tmplx", false),
            ("?.tmpl", "ab.tmpl", false),
            ("[a-c]*", "bx", true),
            ("[^a-c]*", "bx", false),
            ("a+b(*", "a+b(c", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(wildcard(pattern).expect(pattern).is_match(name), expected, "{pattern} on {name}");
        }
    }
}
