//! What a template's text means: nodes, pipelines, operands. Knows neither data nor output.

use std::sync::Arc;

use super::functions::Function;

/// Where something stands in its file, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub line: u32,
    pub column: u32,
}

/// One named template.
#[derive(Debug)]
pub(super) struct Define {
    /// The file it is written in, for messages.
    pub file: Arc<str>,
    pub body: Block,
}

impl Define {
    /// Whether it would print nothing, whatever it is given: such a one never replaces another of its name.
    pub(super) fn is_empty(&self) -> bool {
        self.body.iter().all(|node| matches!(node, Node::Text(_, text) if text.trim().is_empty()))
    }
}

pub(super) type Block = Vec<Node>;

#[derive(Debug)]
pub(super) enum Node {
    Text(Place, Arc<str>),
    Print(Pipeline),
    If { condition: Pipeline, then: Block, otherwise: Block },
    With { subject: Pipeline, then: Block, otherwise: Block },
    Range { over: Pipeline, each: Block, otherwise: Block },
    Template { place: Place, name: Arc<str>, argument: Option<Pipeline> },
    Break,
    Continue,
}

/// `$a, $b := first | second`.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub place: Place,
    /// The variables that take the value; in a `range` two of them are the index and the element.
    pub variables: Vec<Arc<str>>,
    /// Whether they exist already (`=`, not `:=`).
    pub assigns: bool,
    pub commands: Vec<Command>,
}

/// An operand, and what is passed to it.
#[derive(Debug)]
pub(super) struct Command {
    pub place: Place,
    pub head: Operand,
    pub arguments: Vec<Operand>,
}

#[derive(Debug)]
pub(super) enum Operand {
    Dot,
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    Function(Place, &'static Function),
    /// `.A.B`, `$x.A.B`, `(pipeline).A.B`: what it starts from, and the names that follow.
    Chain(Place, Start, Vec<Arc<str>>),
}

#[derive(Debug)]
pub(super) enum Start {
    Dot,
    Variable(Arc<str>),
    Pipeline(Box<Pipeline>),
}
