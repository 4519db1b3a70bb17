//! Programming TCP conversations.

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::bindings::host::tcp as wit;
use crate::tcp::{Failure, FailureKind, Opened, Received};
use crate::tls::{Options, Session};

use super::with;

/// A conversation being programmed for one host and port.
#[derive(Debug)]
pub struct TcpScript {
    key: String,
}

/// One conversation, from the far side.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    opened: Opened,
    turns: VecDeque<Turn>,
}

#[derive(Clone, Debug)]
enum Turn {
    Says(Vec<u8>),
    Expects(Vec<u8>),
    Closes,
    Fails(FailureKind, String),
    StartsTls(Session),
}

impl TcpScript {
    pub(super) fn new(host: &str, port: u16) -> Self {
        Self { key: format!("{host}:{port}") }
    }

    /// The connection opens in 3 ms.
    pub fn opens(self) -> Self {
        let opened =
            Opened { peer: "192.0.2.25:25".into(), lookup_us: 1_000, connect_us: 2_000, tls_us: None, tls: None };
        with(|world| world.tcp.push(&self.key, Ok(Script { opened, turns: VecDeque::new() })));
        self
    }

    /// The connection does not open.
    pub fn fails(self, kind: FailureKind, message: &str) -> Self {
        let failure = Failure { kind, message: message.into() };
        with(|world| world.tcp.push(&self.key, Err(wit::Error::Failed(failure))));
        self
    }

    /// Sets how long connecting took.
    pub fn after_ms(self, milliseconds: u64) -> Self {
        self.refine(|script| script.opened.connect_us = milliseconds * 1_000)
    }

    /// The connection came under TLS, with this session.
    pub fn under_tls(self, session: Session) -> Self {
        self.refine(|script| (script.opened.tls_us, script.opened.tls) = (Some(4_000), Some(session)))
    }

    /// The far side sends these bytes.
    pub fn says(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.turn(Turn::Says(bytes.into()))
    }

    /// The guest must send these bytes now.
    pub fn expects(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.turn(Turn::Expects(bytes.into()))
    }

    /// The far side closes its half.
    pub fn closes(self) -> Self {
        self.turn(Turn::Closes)
    }

    /// The next exchange fails.
    pub fn breaks(self, kind: FailureKind, message: &str) -> Self {
        self.turn(Turn::Fails(kind, message.to_owned()))
    }

    /// The guest must start TLS now, and finds this session.
    pub fn starts_tls(self, session: Session) -> Self {
        self.turn(Turn::StartsTls(session))
    }

    fn turn(self, turn: Turn) -> Self {
        self.refine(|script| script.turns.push_back(turn))
    }

    fn refine(self, change: impl FnOnce(&mut Script)) -> Self {
        with(|world| {
            if let Some(Ok(script)) = world.tcp.last(&self.key) {
                change(script);
            }
        });
        self
    }
}

/// One running conversation: what the guest holds.
#[derive(Debug)]
pub(crate) struct TcpConnection(RefCell<Script>);

#[expect(clippy::panic, reason = "a guest that leaves the programmed conversation fails the test")]
impl TcpConnection {
    pub(crate) const fn new(script: Script) -> Self {
        Self(RefCell::new(script))
    }

    pub(crate) fn opened(&self) -> Opened {
        self.0.borrow().opened.clone()
    }

    pub(crate) fn send(&self, bytes: &[u8], _timeout_ms: Option<u32>) -> Result<(), wit::Error> {
        let shown = String::from_utf8_lossy(bytes);
        // What was said before and not read yet waits until the next call that receives.
        let mut unread = Vec::new();
        let turn = loop {
            match self.next() {
                Some(Turn::Says(more)) => unread.extend(more),
                other => break other,
            }
        };
        if !unread.is_empty() {
            self.0.borrow_mut().turns.push_front(Turn::Says(unread));
        }
        match turn {
            Some(Turn::Expects(expected)) if expected == bytes => Ok(()),
            Some(Turn::Fails(kind, message)) => failed(kind, message),
            other => {
                panic!("the guest sent {shown:?} where the conversation has {other:?}; program `.expects({shown:?})`")
            }
        }
    }

    /// Joins what the far side says up to `until`; keeps the rest for the next call.
    pub(crate) fn receive(&self, until: &[u8], max: u32, _timeout_ms: Option<u32>) -> Result<Received, wit::Error> {
        let max = max as usize;
        let mut bytes = Vec::new();
        loop {
            match self.next() {
                Some(Turn::Says(more)) => bytes.extend(more),
                Some(Turn::Closes) => return Ok(Received { bytes, closed: true }),
                Some(Turn::Fails(kind, message)) => return failed(kind, message),
                other => panic!(
                    "the guest waits for more after {bytes:?} where the conversation has {other:?}; program `.says(..)` or `.closes()`"
                ),
            }
            let seen =
                if until.is_empty() { (!bytes.is_empty()).then_some(bytes.len()) } else { end_of(&bytes, until) };
            if let Some(end) = seen.or((bytes.len() >= max).then_some(max)) {
                let rest = bytes.split_off(end.min(max));
                if !rest.is_empty() {
                    self.0.borrow_mut().turns.push_front(Turn::Says(rest));
                }
                return Ok(Received { bytes, closed: false });
            }
        }
    }

    pub(crate) fn start_tls(&self, _options: &Options, _timeout_ms: Option<u32>) -> Result<Session, wit::Error> {
        match self.next() {
            Some(Turn::StartsTls(session)) => Ok(session),
            Some(Turn::Fails(kind, message)) => failed(kind, message),
            other => {
                panic!("the guest starts TLS where the conversation has {other:?}; program `.starts_tls(session)`")
            }
        }
    }

    fn next(&self) -> Option<Turn> {
        self.0.borrow_mut().turns.pop_front()
    }
}

fn failed<T>(kind: FailureKind, message: String) -> Result<T, wit::Error> {
    Err(wit::Error::Failed(Failure { kind, message }))
}

fn end_of(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle).map(|start| start + needle.len())
}
