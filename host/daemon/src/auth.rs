//! Who may do what: tokens with a role each, and the admin token that the first start writes into the data
//! folder. Knows nothing of routes; a door asks with the [`Need`] it has.

mod token;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use tocsin_api::{Code, Problem};
use tocsin_core::config::{Role, Token};

pub use token::ADMIN_FILE;
use token::{Fingerprint, read, read_or_make};

use crate::http::Who;

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Open on loopback; elsewhere a viewer.
    Read,
    /// Run checks, see what a run said and heard.
    Operate,
    /// Change plugins and configuration, see who did.
    Administer,
}

impl Need {
    const fn role(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::Operate => Role::Operator,
            Self::Administer => Role::Admin,
        }
    }
}

/// The tokens in force. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Auth(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The listener is on loopback.
    local: bool,
    admin: Held,
    configured: RwLock<Vec<Held>>,
}

#[derive(Clone, Debug)]
struct Held {
    name: String,
    role: Role,
    token: Fingerprint,
}

#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("the token file {path} cannot be read")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the token file {path} cannot be written")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("the kernel gave no random bytes for {path}")]
    Random { path: PathBuf, source: std::io::Error },
    #[error("the token file {path} can be read by others (mode {mode:o}); `chmod 600` it, or delete it for a new one")]
    Open { path: PathBuf, mode: u32 },
    #[error("the token file {path} holds {length} characters; a token has at least {}", token::LENGTH_MIN)]
    Short { path: PathBuf, length: usize },
}

impl Auth {
    /// Reads the admin token in the data folder (or writes a new one, mode 0600) and the configured tokens.
    ///
    /// # Errors
    /// If a token file cannot be read, is open to others (the admin's), or is too short to be a secret.
    pub fn open(data: &Path, listen: SocketAddr, tokens: &[Token]) -> Result<Self, AuthError> {
        let token = Fingerprint::of(&read_or_make(&data.join(ADMIN_FILE))?);
        let admin = Held { name: "admin".to_owned(), role: Role::Admin, token };
        let configured = RwLock::new(held(tokens)?);
        Ok(Self(Arc::new(Inner { local: listen.ip().is_loopback(), admin, configured })))
    }

    /// Puts other configured tokens in force; the admin token stays.
    ///
    /// # Errors
    /// As [`Self::open`]; then those in force stay.
    pub fn replace(&self, tokens: &[Token]) -> Result<(), AuthError> {
        let tokens = held(tokens)?;
        *self.0.configured.write().unwrap_or_else(PoisonError::into_inner) = tokens;
        Ok(())
    }

    /// Whether only this machine can reach the listener.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.local
    }

    /// Whose request this is, if it may do what it wants to. A wrong token is refused also where none is needed.
    ///
    /// # Errors
    /// [`Code::Unauthorized`] without a token or with an unknown one, [`Code::Forbidden`] where its role is too low.
    pub fn admit(&self, headers: &HeaderMap, need: Need) -> Result<Who, Problem> {
        let Some(value) = headers.get(AUTHORIZATION) else {
            if need == Need::Read && self.0.local {
                return Ok(Who { name: "anyone".to_owned(), role: Role::Viewer });
            }
            let role = name(need.role());
            return Err(Problem::new(
                Code::Unauthorized,
                format!(
                    "This needs a token of role {role}: send `Authorization: Bearer TOKEN`. The admin's is in \
                     `{ADMIN_FILE}` in the node's data folder."
                ),
            ));
        };
        let token = token_in(value.as_bytes()).ok_or_else(|| {
            let detail = "The header `Authorization` has neither the form `Bearer TOKEN` nor `Basic ...` with the token \
                          as the password.";
            Problem::new(Code::Unauthorized, detail)
        })?;
        let held = self.find(Fingerprint::of(token));
        let who = held.ok_or_else(|| Problem::new(Code::Unauthorized, "No token of this node is the one sent."))?;
        if who.role < need.role() {
            let (has, needs) = (name(who.role), name(need.role()));
            let detail = format!("The token `{}` has the role {has}; this needs {needs}.", who.name);
            return Err(Problem::new(Code::Forbidden, detail));
        }
        Ok(who)
    }

    /// Compares with every token, so that the time taken tells nothing of which one it was.
    fn find(&self, sent: Fingerprint) -> Option<Who> {
        let configured = self.0.configured.read().unwrap_or_else(PoisonError::into_inner);
        let all = std::iter::once(&self.0.admin).chain(configured.iter());
        let found = all.fold(None, |found, held| if held.token.is(sent) { Some(held) } else { found });
        found.map(|held| Who { name: held.name.clone(), role: held.role })
    }
}

fn held(tokens: &[Token]) -> Result<Vec<Held>, AuthError> {
    let read = |token: &Token| {
        let text = read(&token.file)?;
        Ok(Held { name: token.name.clone(), role: token.role, token: Fingerprint::of(&text) })
    };
    tokens.iter().map(read).collect()
}

/// The token, also as the password of basic authentication: there are clients that know nothing else. The scheme's name is
/// not case sensitive (RFC 9110).
fn token_in(header: &[u8]) -> Option<Vec<u8>> {
    let space = header.iter().position(|byte| *byte == b' ')?;
    let (scheme, rest) = header.split_at_checked(space)?;
    let rest = rest.trim_ascii();
    let token = if scheme.eq_ignore_ascii_case(b"bearer") {
        rest.to_vec()
    } else if scheme.eq_ignore_ascii_case(b"basic") {
        let pair = BASE64_STANDARD.decode(rest).ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        pair.get(colon + 1..)?.to_vec()
    } else {
        return None;
    };
    (!token.is_empty()).then_some(token)
}

/// The word for a role in configuration, API and log.
#[must_use]
pub const fn name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Operator => "operator",
        Role::Admin => "admin",
    }
}

#[cfg(test)]
mod tests;
