//! A token as a secret: how one is made, kept in a file, and compared. Knows nothing of roles.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::AuthError;

/// The admin token's file in the data folder.
pub const ADMIN_FILE: &str = "admin.token";

/// A shorter one could be guessed.
pub(super) const LENGTH_MIN: usize = 16;
const RANDOM_BYTES: usize = 32;

/// A token's SHA-256: the token itself is not kept, and comparing takes the same time wherever two differ.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(token: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub(super) fn is(self, other: Self) -> bool {
        let difference = self.0.iter().zip(other.0).fold(0, |difference, (one, other)| difference | (one ^ other));
        std::hint::black_box(difference) == 0
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

pub(super) fn read(path: &Path) -> Result<String, AuthError> {
    let text = std::fs::read_to_string(path).map_err(|source| AuthError::Read { path: path.to_owned(), source })?;
    let token = text.trim();
    if token.len() < LENGTH_MIN {
        return Err(AuthError::Short { path: path.to_owned(), length: token.len() });
    }
    Ok(token.to_owned())
}

/// The token in the file; a new one where there is no file.
pub(super) fn read_or_make(path: &Path) -> Result<String, AuthError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        Err(source) => Err(AuthError::Read { path: path.to_owned(), source }),
        Ok(metadata) => match metadata.permissions().mode() & 0o777 {
            mode if mode & 0o077 != 0 => Err(AuthError::Open { path: path.to_owned(), mode }),
            _ => read(path),
        },
    }
}

fn make(path: &Path) -> Result<String, AuthError> {
    let mut bytes = [0_u8; RANDOM_BYTES];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .map_err(|source| AuthError::Random { path: path.to_owned(), source })?;
    let token = bytes.iter().fold(String::with_capacity(2 * RANDOM_BYTES), |mut token, byte| {
        // Writing to a string cannot fail.
        let _ = write!(token, "{byte:02x}");
        token
    });
    // `create_new`: whoever put a file there in the meantime must not learn the token.
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(format!("{token}\n").as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| AuthError::Write { path: path.to_owned(), source })?;
    Ok(token)
}
