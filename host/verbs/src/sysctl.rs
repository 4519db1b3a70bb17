//! `set-sysctl` and what takes it back: one key of `/proc/sys`, written and read again. Knows no journal.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use tocsin_core::capability::is_sysctl_key;
use tocsin_core::verb::{Done, Undo};

use crate::failure::{Outcome, chain, failed, refused, unclear};
use crate::found::{Found, Look};
use crate::place;

const VALUE_BYTES_MAX: usize = 1_024;
/// What is read of a key; longer ones are no settings.
const READ_BYTES_MAX: u64 = 4_096;

/// One key that is to have a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    /// `/proc/sys`, without links.
    pub(crate) root: &'a str,
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
}

impl Setting<'_> {
    pub(crate) fn look(self) -> Outcome<Look> {
        let Self { key, value, .. } = self;
        let now = self.read()?;
        if !is_value(&now) {
            return Err(refused(format!(
                "what `{key}` is now is not one line of at most 1024 bytes: it could not be restored"
            )));
        }
        let says = if same(&now, value) {
            format!("`{key}` is already `{value}`: it would be written again")
        } else {
            format!("would set `{key}` to `{value}`; it is `{now}`")
        };
        let undo = Undo::SetSysctl { key: key.to_owned(), value: now.clone() };
        Ok(Look { says, undo: Some(undo), found: Found::Setting { value: now }, content: None })
    }

    /// Only while the key still has the value that would be restored.
    pub(crate) fn carry(self, before: &str) -> Outcome<Done> {
        let Self { key, value, .. } = self;
        let now = self.read()?;
        if !same(&now, before) {
            let reason = format!("`{key}` was `{before}` when it was looked at and is `{now}` now: it is left so");
            return Err(refused(reason));
        }
        let file = self.open(OFlags::WRONLY | OFlags::TRUNC)?;
        let mut file = File::from(file);
        file.write_all(format!("{value}\n").as_bytes())
            .map_err(|error| refused(format!("the kernel does not take `{value}` for `{key}`: {error}")))?;
        drop(file);
        let now = self.read().map_err(|error| unclear(format!("it was written, but then: {}", error.reason)))?;
        if same(&now, value) {
            return Ok(Done { says: format!("set `{key}` to `{value}`; it was `{before}`"), output: String::new() });
        }
        Err(failed(format!("`{key}` was set to `{value}`, and the kernel made `{now}` of it")))
    }

    fn read(self) -> Outcome<String> {
        self.fits()?;
        let mut text = String::new();
        let read = File::from(self.open(OFlags::RDONLY)?).take(READ_BYTES_MAX).read_to_string(&mut text);
        read.map_err(|error| self.cannot("read", &error))?;
        Ok(text.trim_end().to_owned())
    }

    fn open(self, flags: OFlags) -> Outcome<OwnedFd> {
        let path = format!("{}/{}", self.root, self.key.replace('.', "/"));
        let (folder, name) = place::parent(&path).map_err(|error| match error {
            place::PlaceError::Missing(_) => self.missing(),
            error => refused(chain(&error)),
        })?;
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        rustix::fs::openat(&folder, name, flags, Mode::empty()).map_err(|error| match error {
            rustix::io::Errno::NOENT => self.missing(),
            error => self.cannot("opened", &error.into()),
        })
    }

    fn fits(self) -> Outcome<()> {
        let Self { key, value, .. } = self;
        if !is_sysctl_key(key) {
            return Err(refused(format!("`{key}` is no key of the kernel's settings, such as `vm.swappiness`")));
        }
        if !is_value(value) {
            return Err(refused(format!("the value for `{key}` is not one line of at most 1024 bytes")));
        }
        Ok(())
    }

    fn missing(self) -> tocsin_core::verb::VerbFailure {
        refused(format!("this kernel has no setting `{}`", self.key))
    }

    fn cannot(self, what: &str, error: &io::Error) -> tocsin_core::verb::VerbFailure {
        refused(format!("`{}` cannot be {what}: {error}", self.key))
    }
}

/// An empty one is one too: it may be what was there before.
fn is_value(value: &str) -> bool {
    value.len() <= VALUE_BYTES_MAX && !value.chars().any(|c| c.is_control() && c != '\t')
}

/// The kernel puts tabs between numbers, whatever was written.
fn same(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tocsin_core::verb::Changed;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("vm")).unwrap();
        fs::create_dir_all(root.path().join("net/ipv4")).unwrap();
        fs::write(root.path().join("vm/swappiness"), "60\n").unwrap();
        fs::write(root.path().join("net/ipv4/tcp_rmem"), "4096\t131072\t6291456\n").unwrap();
        root
    }

    fn root(tree: &tempfile::TempDir) -> String {
        tree.path().canonicalize().unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_key_is_set_read_back_and_the_old_value_is_what_undoing_takes() {
        let tree = tree();
        let root = root(&tree);
        let set = |value| Setting { root: &root, key: "vm.swappiness", value };
        let look = set("10").look().unwrap();
        assert_eq!(look.says, "would set `vm.swappiness` to `10`; it is `60`");
        assert_eq!(look.undo, Some(Undo::SetSysctl { key: "vm.swappiness".into(), value: "60".into() }));
        assert_eq!(set("10").carry("60").unwrap().says, "set `vm.swappiness` to `10`; it was `60`");
        assert_eq!(fs::read_to_string(tree.path().join("vm/swappiness")).unwrap(), "10\n");
        set("60").carry("10").unwrap();
        assert_eq!(fs::read_to_string(tree.path().join("vm/swappiness")).unwrap(), "60\n");
    }

    #[test]
    fn numbers_with_tabs_between_are_the_numbers_with_blanks_between() {
        let tree = tree();
        let root = root(&tree);
        let setting = Setting { root: &root, key: "net.ipv4.tcp_rmem", value: "4096 131072 6291456" };
        assert!(setting.look().unwrap().says.contains("is already"));
        setting.carry("4096 131072 6291456").unwrap();
    }

    #[test]
    fn a_key_that_changed_since_it_was_looked_at_is_left() {
        let tree = tree();
        let root = root(&tree);
        let setting = Setting { root: &root, key: "vm.swappiness", value: "10" };
        setting.look().unwrap();
        fs::write(tree.path().join("vm/swappiness"), "33\n").unwrap();
        let failure = setting.carry("60").unwrap_err();
        assert_eq!(failure.changed, Changed::No);
        assert_eq!(failure.reason, "`vm.swappiness` was `60` when it was looked at and is `33` now: it is left so");
        assert_eq!(fs::read_to_string(tree.path().join("vm/swappiness")).unwrap(), "33\n");
    }

    #[test]
    fn what_is_no_key_or_no_value_is_refused() {
        let tree = tree();
        symlink(tree.path().join("net"), tree.path().join("linked")).unwrap();
        symlink(tree.path().join("vm/swappiness"), tree.path().join("vm/linked")).unwrap();
        let root = root(&tree);
        for (key, value, says) in [
            ("", "1", "is no key"),
            ("swappiness", "1", "is no key"),
            ("vm..swappiness", "1", "is no key"),
            ("vm./etc/passwd", "1", "is no key"),
            ("vm.*", "1", "is no key"),
            ("vm.swap piness", "1", "is no key"),
            ("vm.nothing", "1", "this kernel has no setting `vm.nothing`"),
            ("no.such.key", "1", "this kernel has no setting `no.such.key`"),
            ("linked.ipv4.tcp_rmem", "1", "is a symbolic link"),
            ("vm.linked", "1", "cannot be opened"),
            ("net.ipv4", "1", "cannot be read"),
            ("vm.swappiness", "1\n2", "is not one line"),
            ("vm.swappiness", "1\0", "is not one line"),
        ] {
            let failure = Setting { root: &root, key, value }.look().unwrap_err();
            assert!(failure.reason.contains(says), "{key} {value:?}: {}", failure.reason);
            assert_eq!(failure.changed, Changed::No);
        }
        let long = "1".repeat(VALUE_BYTES_MAX + 1);
        assert!(Setting { root: &root, key: "vm.swappiness", value: &long }.look().is_err());
    }

    #[test]
    fn this_kernel_has_settings() {
        let setting = Setting { root: "/proc/sys", key: "kernel.ostype", value: "Linux" };
        assert!(setting.look().unwrap().says.contains("is already `Linux`"));
        // The kernel itself says no, whoever asks.
        assert_eq!(setting.carry("Linux").unwrap_err().changed, Changed::No);
    }
}
