//! What xtask says: progress and failures on standard error, results on standard output, nothing else anywhere.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the one place of a terminal program that prints")]

/// What is being done now.
pub(crate) fn step(text: &str) {
    eprintln!("==> {text}");
}

/// Something to know, that stops nothing.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// A result, for people or programs.
pub(crate) fn result(text: &str) {
    println!("{text}");
}

/// An error with its causes, each once.
pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
