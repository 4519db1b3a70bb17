//! What people fill into a post-mortem. Knows nothing of how much of it there may be: the door does.

use super::{Act, ActionItem, Postmortem, WHYS_MAX};
use crate::incident::Signed;
use crate::time::Timestamp;

/// Things to do of one post-mortem.
pub const ACTIONS_MAX: usize = 100;

impl Postmortem {
    /// True where anything is different.
    pub(crate) fn act(&mut self, by: &str, act: &Act, now: Timestamp) -> bool {
        let before = self.clone();
        match act {
            Act::Why { number, answer } => self.why(*number, answer),
            Act::RootCause(text) => self.root_cause.clone_from(text),
            Act::Lessons(text) => self.lessons.clone_from(text),
            Act::AddAction { text, owner, due } => self.add(text, owner.as_ref(), due.as_ref()),
            Act::ChangeAction { number, text, owner, due } => {
                if let Some(item) = self.item(*number) {
                    let done = item.done.take();
                    let (text, owner, due) = (text.clone(), owner.clone(), due.clone());
                    *item = ActionItem { number: *number, text, owner, due, done };
                }
            }
            Act::Done { number, done } => {
                if let Some(item) = self.item(*number).filter(|item| item.done.is_some() != *done) {
                    item.done = done.then(|| Signed { by: by.to_owned(), at: now });
                }
            }
            Act::Complete(complete) => {
                if self.completed.is_some() != *complete {
                    self.completed = complete.then(|| Signed { by: by.to_owned(), at: now });
                }
            }
            Act::Moved(moved) => self.moved.clone_from(moved),
        }
        *self != before
    }

    /// What is still to be done.
    pub fn open_actions(&self) -> impl Iterator<Item = &ActionItem> {
        self.actions.iter().filter(|item| item.done.is_none())
    }

    fn why(&mut self, number: usize, answer: &str) {
        if !(1..=WHYS_MAX).contains(&number) {
            return;
        }
        if self.whys.len() < number {
            self.whys.resize(number, String::new());
        }
        if let Some(why) = self.whys.get_mut(number - 1) {
            answer.clone_into(why);
        }
        while self.whys.last().is_some_and(String::is_empty) {
            self.whys.pop();
        }
    }

    fn add(&mut self, text: &str, owner: Option<&String>, due: Option<&String>) {
        if self.actions.len() >= ACTIONS_MAX {
            return;
        }
        let number = self.actions.iter().map(|item| item.number).max().unwrap_or(0).saturating_add(1);
        let (owner, due) = (owner.cloned(), due.cloned());
        self.actions.push(ActionItem { number, text: text.to_owned(), owner, due, done: None });
    }

    fn item(&mut self, number: u32) -> Option<&mut ActionItem> {
        self.actions.iter_mut().find(|item| item.number == number)
    }
}
