//! Routing: which routes an alert with these labels goes to, and why. The tree lies flat, parents before children, so
//! that asking allocates nothing but the answer. Knows nothing of groups and receivers.

use std::time::Duration;

use crate::alertmanager::{self, GroupBy};
use crate::label::Labels;
use crate::matcher::Matcher;

/// A compiled routing tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Routes {
    /// Parents before their children, in the order of the file; the root first.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
struct Node {
    route: FlatRoute,
    /// The same matchers, those that only compare first: most alerts are turned away by one of them.
    quick: Vec<Matcher>,
    /// Where the subtree ends.
    end: usize,
}

/// A route without its children.
#[derive(Clone, Debug, PartialEq)]
pub struct FlatRoute {
    pub id: String,
    pub parent: Option<usize>,
    /// 0 is the root's.
    pub depth: usize,
    pub receiver: String,
    pub matchers: Vec<Matcher>,
    pub group_by: GroupBy,
    pub group_wait: Duration,
    pub group_interval: Duration,
    pub repeat_interval: Duration,
    pub mute_time_intervals: Vec<String>,
    pub active_time_intervals: Vec<String>,
    pub continue_: bool,
}

/// A route that was asked on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'r> {
    pub route: &'r FlatRoute,
    pub verdict: Verdict<'r>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<'r> {
    /// The alert goes here: no child took it.
    Taken,
    /// It matches, and a child took it.
    Passed,
    /// A matcher that does not match.
    Refused(&'r Matcher),
}

impl Routes {
    #[must_use]
    pub fn new(root: &alertmanager::Route) -> Self {
        let mut nodes = Vec::new();
        add(root, None, 0, &mut nodes);
        Self { nodes }
    }

    /// The routes that take an alert, in the order of the file: depth first, of siblings the first that matches and
    /// those after one that says `continue`. Never none: what no other takes is the root's.
    #[must_use]
    pub fn matching(&self, labels: &Labels) -> Vec<&FlatRoute> {
        let mut taken = Vec::new();
        self.visit(0, labels, &mut |index, verdict| {
            if verdict == Verdict::Taken {
                taken.extend(self.get(index));
            }
        });
        taken
    }

    /// Every route that was asked, in the order of the file.
    #[must_use]
    pub fn path(&self, labels: &Labels) -> Vec<Step<'_>> {
        let mut verdicts = Vec::new();
        self.visit(0, labels, &mut |index, verdict| verdicts.push((index, verdict)));
        // A parent's verdict is known after its children's.
        verdicts.sort_by_key(|(index, _)| *index);
        let step = |(index, verdict)| Some(Step { route: self.get(index)?, verdict });
        verdicts.into_iter().filter_map(step).collect()
    }

    /// All routes, parents before their children.
    pub fn iter(&self) -> impl Iterator<Item = &FlatRoute> {
        self.nodes.iter().map(|node| &node.route)
    }

    #[must_use]
    pub fn get(&self, index: usize) -> Option<&FlatRoute> {
        self.nodes.get(index).map(|node| &node.route)
    }

    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&FlatRoute> {
        self.iter().find(|route| route.id == id)
    }

    /// Whether this one or one below takes the alert.
    fn visit<'r>(&'r self, index: usize, labels: &Labels, say: &mut impl FnMut(usize, Verdict<'r>)) -> bool {
        let Some(node) = self.nodes.get(index) else { return false };
        if let Some(matcher) = node.quick.iter().find(|matcher| !matcher.matches(labels)) {
            say(index, Verdict::Refused(matcher));
            return false;
        }
        let mut is_taken_below = false;
        let mut child = index + 1;
        while child < node.end {
            let Some(Node { route, end, .. }) = self.nodes.get(child) else { break };
            let is_taken = self.visit(child, labels, say);
            is_taken_below |= is_taken;
            if is_taken && !route.continue_ {
                break;
            }
            child = *end;
        }
        say(index, if is_taken_below { Verdict::Passed } else { Verdict::Taken });
        true
    }
}

fn add(route: &alertmanager::Route, parent: Option<usize>, depth: usize, nodes: &mut Vec<Node>) {
    let mut quick = route.matchers.clone();
    quick.sort_by_key(|matcher| matcher.op());
    let flat = FlatRoute {
        id: route.id.clone(),
        parent,
        depth,
        receiver: route.receiver.clone(),
        matchers: route.matchers.clone(),
        group_by: route.group_by.clone(),
        group_wait: route.group_wait,
        group_interval: route.group_interval,
        repeat_interval: route.repeat_interval,
        mute_time_intervals: route.mute_time_intervals.clone(),
        active_time_intervals: route.active_time_intervals.clone(),
        continue_: route.continue_,
    };
    let index = nodes.len();
    nodes.push(Node { route: flat, quick, end: 0 });
    for child in &route.routes {
        add(child, Some(index), depth + 1, nodes);
    }
    let end = nodes.len();
    if let Some(node) = nodes.get_mut(index) {
        node.end = end;
    }
}

#[cfg(test)]
mod tests;
