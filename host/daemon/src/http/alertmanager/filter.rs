//! The query of a request: which alerts, groups or silences are wanted. What it does not name is ignored, as
//! Alertmanager does.

use tocsin_core::label::Labels;
use tocsin_core::matcher::{MatchOp, Matcher, all_match, parse_one};

use super::Failure;
use super::shown::Status;

#[derive(Debug)]
pub(super) struct Filter {
    active: bool,
    silenced: bool,
    inhibited: bool,
    pub(super) muted: bool,
    pub(super) matchers: Vec<Matcher>,
    receiver: Option<Matcher>,
    creators: Vec<String>,
}

impl Filter {
    pub(super) fn parse(query: &[(String, String)]) -> Result<Self, Failure> {
        let mut filter = Self {
            active: true,
            silenced: true,
            inhibited: true,
            muted: true,
            matchers: Vec::new(),
            receiver: None,
            creators: Vec::new(),
        };
        for (key, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            match key.as_str() {
                "active" => filter.active = is_yes(value),
                "silenced" => filter.silenced = is_yes(value),
                "inhibited" => filter.inhibited = is_yes(value),
                "muted" => filter.muted = is_yes(value),
                "filter" => {
                    let wrong = |error| Failure::bad(format!("the filter `{value}` is no matcher: {error}"));
                    filter.matchers.push(parse_one(value).map_err(wrong)?);
                }
                "receiver" => {
                    let wrong = |error| Failure::bad(format!("failed to parse receiver param: {error}"));
                    filter.receiver = Some(Matcher::new("receiver", MatchOp::Regex, value.as_str()).map_err(wrong)?);
                }
                "creator" => filter.creators.push(value.clone()),
                _ => {}
            }
        }
        Ok(filter)
    }

    pub(super) fn fits_labels(&self, labels: &Labels) -> bool {
        all_match(&self.matchers, labels)
    }

    pub(super) fn fits_receiver(&self, name: &str) -> bool {
        self.receiver.as_ref().is_none_or(|wanted| wanted.accepts(name))
    }

    pub(super) fn fits_status(&self, status: &Status) -> bool {
        (self.active || status.is_suppressed())
            && (self.silenced || !status.is_silenced())
            && (self.inhibited || !status.is_inhibited())
    }

    pub(super) fn fits_creator(&self, name: &str) -> bool {
        self.creators.is_empty() || self.creators.iter().any(|creator| creator == name)
    }
}

/// The words that Alertmanager's server takes for yes; all others are no.
fn is_yes(value: &str) -> bool {
    ["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"]
        .contains(&value.to_ascii_lowercase().as_str())
}
