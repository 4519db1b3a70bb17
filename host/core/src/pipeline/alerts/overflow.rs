//! The book is full: what comes on top is refused, counted by its name, and that itself is an alert. Knows nothing of
//! routes.

use crate::alert::Alert;
use crate::label::Labels;
use crate::pipeline::{BookChange, Event, State, Transition};
use crate::time::Timestamp;

/// Names that are counted apart; the rest are counted together.
const NAMES_MAX: usize = 100;
const REST: &str = "(others)";
/// Names in the alert's text.
const NAMES_SHOWN: usize = 10;

/// Room that must be free again before the flood counts as over.
const ROOM_SHARE: usize = 20;

pub(super) fn refused(state: &State, alert: &Alert, now: Timestamp, transition: &mut Transition) {
    let name = alert.labels.get("alertname");
    let counted = state.book.overflow();
    let is_apart = counted.contains_key(name) || counted.len() < NAMES_MAX;
    let name = if is_apart { name } else { REST };
    transition.book(BookChange::Overflow(name.to_owned()));
    let total = 1 + counted.values().sum::<u64>();
    let known = state.book.alert(labels(state).fingerprint()).filter(|known| !known.is_resolved(now));
    // The first is said; what comes on top brings the counts up to date ever more rarely.
    if known.is_none() || total.is_power_of_two() {
        let starts_at = known.map_or(now, |known| known.starts_at);
        let flood = Alert { starts_at, ..flood(state, Some(name), now) };
        transition.follow(Event::Alert(flood.fingerprint(), std::sync::Arc::new(flood)));
    }
}

/// The alert's end, once there is room.
pub(super) fn over(state: &State, now: Timestamp) -> Option<Alert> {
    if state.book.overflow().is_empty() {
        return None;
    }
    let most = state.alerting().alerts_max;
    let known = state.book.alert(labels(state).fingerprint()).filter(|known| !known.is_resolved(now))?;
    let has_room = state.book.alerts_len() <= most - most / ROOM_SHARE;
    has_room.then(|| Alert { starts_at: known.starts_at, ends_at: Some(now), ..flood(state, None, now) })
}

fn labels(state: &State) -> Labels {
    let node = state.config().map_or("", |config| config.node.as_str());
    Labels::overlay([("alertname", "AlertFlood"), ("severity", "P1"), ("node", node)])
}

/// With one more of this name than are counted yet.
fn flood(state: &State, one_more: Option<&str>, now: Timestamp) -> Alert {
    let most = state.alerting().alerts_max;
    let mut counted = state.book.overflow().clone();
    one_more.into_iter().for_each(|name| *counted.entry(name.to_owned()).or_default() += 1);
    let mut counted: Vec<(String, u64)> = counted.into_iter().collect();
    counted.sort_by(|(name, count), (other, than)| than.cmp(count).then_with(|| name.cmp(other)));
    let shown: Vec<String> = counted.iter().take(NAMES_SHOWN).map(|(name, count)| format!("{name}: {count}")).collect();
    let annotations = Labels::overlay([
        ("summary", format!("{most} alerts are kept, which is the most: others are refused").as_str()),
        ("description", format!("Refused since the start, by alertname: {}.", shown.join(", ")).as_str()),
    ]);
    Alert::of_node(labels(state), annotations, now, None, now)
}
