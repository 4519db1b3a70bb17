//! Programming HTTP answers.

use crate::bindings::host::http as wit;
use crate::http::{Failure, FailureKind, Phases, Response};
use crate::tls;

use super::with;

/// The answer being programmed for one URL.
#[derive(Debug)]
pub struct HttpScript {
    url: String,
}

impl HttpScript {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned() }
    }

    /// A response of this status and body, in 20 ms.
    pub fn responds(self, status: u16, body: impl Into<Vec<u8>>) -> Self {
        let response = Response {
            status,
            headers: Vec::new(),
            body: body.into(),
            body_truncated: false,
            phases: phases(20_000),
            peer: "192.0.2.80:80".into(),
            tls: None,
        };
        with(|world| world.http.push(&self.url, Ok(response)));
        self
    }

    /// No response at all.
    pub fn fails(self, kind: FailureKind, message: &str) -> Self {
        let failure = Failure { kind, message: message.into(), phases: phases(20_000), peer: None };
        with(|world| world.http.push(&self.url, Err(wit::Error::Failed(failure))));
        self
    }

    /// Adds a header to the response.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.refine(|response| response.headers.push((name.to_ascii_lowercase(), value.into())))
    }

    /// Sets how long the response took.
    pub fn after_ms(self, milliseconds: u64) -> Self {
        self.refine(|response| response.phases = phases(milliseconds * 1_000))
    }

    /// The response came under TLS, with this session.
    pub fn under_tls(self, session: tls::Session) -> Self {
        self.refine(|response| response.tls = Some(session))
    }

    fn refine(self, change: impl FnOnce(&mut Response)) -> Self {
        with(|world| {
            if let Some(Ok(response)) = world.http.last(&self.url) {
                change(response);
            }
        });
        self
    }
}

/// A plausible split of a total.
fn phases(total_us: u64) -> Phases {
    let share = |percent: u64| Some(total_us * percent / 100);
    Phases { lookup_us: share(10), connect_us: share(20), tls_us: None, first_byte_us: share(60), total_us }
}
