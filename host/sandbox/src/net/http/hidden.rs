//! What a response must not carry to the guest or into a transcript: headers made to hold secrets, and the secrets of
//! this very request where a server echoes them. Knows nothing of where the secrets came from.

use std::fmt;

use http::HeaderMap;

/// Stands in for what is hidden.
pub(crate) const HIDDEN: &str = "<hidden>";

/// Headers whose values are credentials. `www-authenticate` is a challenge, not a secret, and stays.
const SECRET_HEADERS: [&str; 14] = [
    "authentication-info",
    "authorization",
    "cookie",
    "proxy-authentication-info",
    "proxy-authorization",
    "set-cookie",
    "set-cookie2",
    "x-access-token",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-subject-token",
    "x-vault-token",
];

/// Shorter secrets are not looked for in a body: they would be found everywhere.
const ECHO_MIN: usize = 6;

/// The secrets that went into a request. Masking an echo keeps accidents (an error page that prints its request) out of
/// records; a server that means to leak what it was sent can always change its form.
#[derive(Default)]
pub(super) struct Hidden(Vec<Box<[u8]>>);

impl Hidden {
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() >= ECHO_MIN {
            self.0.push(secret.as_bytes().into());
        }
    }

    /// A response's headers as the guest sees them.
    pub(super) fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let shown = headers.iter().map(|(name, value)| {
            let secret = SECRET_HEADERS.contains(&name.as_str()) || self.0.iter().any(|s| holds(value.as_bytes(), s));
            let value = if secret { HIDDEN.into() } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.as_str().to_owned(), value.into_owned())
        });
        shown.collect()
    }

    /// Overwrites echoes in a body; its length stays.
    pub(super) fn body(&self, body: &mut [u8]) {
        for secret in &self.0 {
            let mut rest = &mut *body;
            while let Some(at) = rest.windows(secret.len()).position(|window| window == &**secret) {
                let (_, found) = rest.split_at_mut(at);
                let (echo, after) = found.split_at_mut(secret.len());
                echo.fill(b'*');
                rest = after;
            }
        }
    }
}

fn holds(text: &[u8], secret: &[u8]) -> bool {
    text.windows(secret.len()).any(|window| window == secret)
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_carry_secrets_are_hidden_and_challenges_stay() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("set-cookie", "session=1"),
            ("authorization", "Bearer x"),
            ("www-authenticate", "Basic realm=\"a\""),
            ("x-echo", "you sent hunter2-long"),
            ("content-type", "text/plain"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        let mut hidden = Hidden::default();
        hidden.add("hunter2-long");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            hidden.headers(&headers),
            [
                pair("set-cookie", HIDDEN),
                pair("authorization", HIDDEN),
                pair("www-authenticate", "Basic realm=\"a\""),
                pair("x-echo", HIDDEN),
                pair("content-type", "text/plain"),
            ]
        );
    }

    #[test]
    fn echoes_in_a_body_are_overwritten_and_its_length_stays() {
        let mut hidden = Hidden::default();
        hidden.add("hunter2-long");
        hidden.add("ab");
        let mut body = b"hunter2-long, ab, hunter2-longhunter2-lon".to_vec();
        hidden.body(&mut body);
        assert_eq!(String::from_utf8(body).unwrap(), "************, ab, ************hunter2-lon");
        assert!(!format!("{hidden:?}").contains("hunter2"));
    }
}
