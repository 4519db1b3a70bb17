//! Alertmanager beside us: the same files, labels and alerts are given to both, and both must say the same. Where its
//! program is not installed, a test says so and is left out; `cargo xtask test` installs it.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use tocsin_core::config::Source;

mod burn;
mod notifications;
mod routing;
mod script;
mod verdicts;

/// What `amtool` printed, and whether it was content; none where it is not installed.
fn amtool(arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new("amtool").args(arguments).output() {
        Ok(output) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Some((
                output.status.success(),
                if output.status.success() { text(&output.stdout) } else { text(&output.stderr) },
            ))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            #[expect(clippy::print_stderr, reason = "whoever runs the test must see that it was left out")]
            {
                eprintln!("left out: `amtool` is not installed (Debian's package prometheus-alertmanager)");
            }
            None
        }
        Err(error) => panic!("amtool does not start: {error}"),
    }
}

/// A file as the compiler takes it.
fn source(text: &str, folder: &Path) -> Source {
    Source { name: "alertmanager.yml".into(), folder: folder.into(), text: text.to_owned() }
}
