//! Who a command runs as: the daemon's own user, or one that root may switch to. Users are those of `/etc/passwd`; those that
//! a directory server knows are not found.

use std::{fmt, fs};

use tocsin_core::verb::Command;

use crate::failure::{Outcome, refused};

const USERS: &str = "/etc/passwd";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    Own { user: u32 },
    Switch { name: String, user: u32, group: u32 },
}

impl Identity {
    pub(super) fn of(command: &Command) -> Outcome<Self> {
        let own = rustix::process::geteuid();
        let Some(name) = &command.user else { return Ok(Self::Own { user: own.as_raw() }) };
        let text = fs::read_to_string(USERS).map_err(|error| refused(format!("`{USERS}` cannot be read: {error}")))?;
        let Some((user, group)) = find(&text, name) else {
            let reason = format!("`{}` is to run as {name}, and `{USERS}` knows no such user", command.name);
            return Err(refused(reason));
        };
        if user == own.as_raw() {
            Ok(Self::Own { user })
        } else if own.is_root() {
            Ok(Self::Switch { name: name.clone(), user, group })
        } else {
            let reason = "only root may switch to another user, and this node does not run as root";
            Err(refused(format!("`{}` is to run as {name}: {reason}", command.name)))
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own { user } => write!(f, "this node's own user ({user})"),
            Self::Switch { name, user, .. } => write!(f, "{name} ({user})"),
        }
    }
}

/// Number and group of a user.
fn find(text: &str, name: &str) -> Option<(u32, u32)> {
    text.lines().find_map(|line| {
        let mut parts = line.split(':');
        if parts.next() != Some(name) {
            return None;
        }
        let mut numbers = parts.skip(1).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let text = "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:34:www:/var/www:/bin/sh\nbroken:x:\n";
        for (name, expected) in [
            ("root", Some((0, 0))),
            ("www-data", Some((33, 34))),
            ("www", None),
            ("", None),
            ("x", None),
            ("broken", None),
            ("0", None),
        ] {
            assert_eq!(find(text, name), expected, "{name}");
        }
    }
}
