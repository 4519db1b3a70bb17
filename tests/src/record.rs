//! What a case of bad input printed, kept for `docs/bad-input.md`: `cargo xtask test` writes that page from these. What
//! differs from run to run is replaced by what it stands for.

use std::fs;
use std::path::Path;

use crate::programs::{Said, program};

/// Keeps a case under its title; `said` in the order it was said.
pub fn record(title: &str, said: &[&Said]) {
    let parts: Vec<_> =
        said.iter().map(|said| format!("$ {}\n{}", normal(&said.command), normal(said.all().trim_end()))).collect();
    let text = format!("{title}\n{}\n", parts.join("\n\n"));
    let target = program("pluginctl").parent().and_then(Path::parent).expect("programs lie in target/debug").to_owned();
    let folder = target.join("bad-input");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let name: String = title.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    fs::write(folder.join(format!("{name}.txt")), text).expect("a record can be written");
}

/// Temporary folders, ports, digests, ids and times by name; everything else as it was.
fn normal(text: &str) -> String {
    let line = |line: &str| -> String {
        if line.contains(" wall, ") {
            return "run <run>: <time> wall, <time> CPU, <bytes> memory, <count> host calls\n".to_owned();
        }
        let words = line.split_inclusive([' ', '\n', '"', '`', '(', ')', ',', ';']);
        words.map(normal_word).collect()
    };
    text.split_inclusive('\n').map(line).collect::<String>().trim_end().to_owned()
}

fn normal_word(word: &str) -> String {
    let (bare, end) = word
        .char_indices()
        .last()
        .map_or((word, ""), |(at, last)| if last.is_alphanumeric() { (word, "") } else { word.split_at(at) });
    let bare = bare.trim_end_matches([':', '.']);
    let end = word.get(bare.len()..).unwrap_or(end);
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let replaced = match bare {
        digest if digest.len() == 64 && is_hex(digest) => "<digest>".to_owned(),
        digest if digest.len() == 12 && is_hex(digest) => "<digest>".to_owned(),
        key if key.len() == 16 && is_hex(key) => "<key>".to_owned(),
        repair if repair.len() == 20 && is_hex(repair) => "<repair>".to_owned(),
        id if id.len() == 36 && id.bytes().filter(|byte| *byte == b'-').count() == 4 => "<run>".to_owned(),
        symbol if symbol.starts_with("_ZN") => symbol.rsplit_once("17h").map_or(symbol, |(name, _)| name).to_owned(),
        time if time.len() >= 20 && time.starts_with("20") && time.contains('T') && time.ends_with('Z') => {
            "<time>".to_owned()
        }
        other => ports(&folders(other)),
    };
    replaced + end
}

/// `/tmp/.tmpAbc/conf.d/x.yaml` is `conf.d/x.yaml` to whoever stands in that folder.
fn folders(word: &str) -> String {
    let Some(start) = word.find("/.tmp") else { return word.to_owned() };
    let head = word.get(..start).and_then(|head| head.find('/')).unwrap_or(start);
    let rest = word.get(start + 1..).and_then(|rest| rest.split_once('/')).map_or("", |(_, rest)| rest);
    format!("{}{rest}", word.get(..head).unwrap_or_default())
}

/// `127.0.0.1:43211` is `127.0.0.1:<port>`; so it is behind a name of the tests.
fn ports(word: &str) -> String {
    for host in ["127.0.0.1:", "127.0.0.2:", ".example:"] {
        if let Some((head, tail)) = word.split_once(host) {
            let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
            return format!("{head}{host}<port>{}", tail.get(digits..).unwrap_or_default());
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_named() {
        let digest = "a".repeat(64);
        let cases = [
            ("error: /tmp/.tmpXy1/conf.d/a.yaml:3:5: no", "error: conf.d/a.yaml:3:5: no".to_owned()),
            ("at http://127.0.0.1:43211/api,", "at http://127.0.0.1:<port>/api,".to_owned()),
            ("at http://shop.example:43211/", "at http://shop.example:<port>/".to_owned()),
            (&format!("digest {digest}."), "digest <digest>.".to_owned()),
            ("run 0192f1c4-7a3e-7000-8000-000000000000: ok", "run <run>: ok".to_owned()),
            ("a plain sentence; nothing in it.", "a plain sentence; nothing in it.".to_owned()),
        ];
        for (text, expected) in cases {
            assert_eq!(normal(text), expected);
        }
    }
}
