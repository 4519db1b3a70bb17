//! A seeded simulator over the real core: a virtual clock, a model of a node whose services break, heal, flap and stay
//! broken, probes that fail and fall silent, and a stand-in for the shell that loses, delays and crashes between any two
//! steps. What must never happen is checked after every one of them. The same seed is the same course of events.

mod dice;
mod node;
mod oracle;
mod shell;
mod store;
mod world;

pub(crate) use oracle::Figures;

use shell::Shell;

/// One node's few hours.
///
/// The figures count what was broken of what must not be; what exactly, and what led there, stands in `broken`.
pub(crate) fn run(seed: u64) -> Figures {
    let mut shell = Shell::new(seed);
    shell.live();
    shell.figures()
}

/// Seed after seed, from this one on, until there were so many incidents.
pub(crate) fn incidents(first: u64, wanted: u64, mut each: impl FnMut(u64, &Figures)) -> Figures {
    let (mut total, mut seed) = (Figures::default(), first);
    while total.incidents < wanted {
        let figures = run(seed);
        each(seed, &figures);
        total.add(figures);
        seed += 1;
        if total.broken.len() >= 12 {
            break;
        }
        // A node on which nothing ever happens would go on for ever.
        if seed - first > wanted.max(100) {
            break;
        }
    }
    total
}
