//! Rendering: nodes walked, variables kept, output taken in. Bounded in steps, depth and bytes.

mod evaluate;

use std::sync::Arc;

use super::ast::{Block, Define, Node, Pipeline, Place};
use super::context::Context;
use super::markup::Markup;
use super::value::Value;
use super::{Compiled, Form, Limits, TemplateError, Templates};

/// Blocks, templates and parentheses within each other while rendering.
const DEPTH: usize = 120;

pub(super) struct Run<'t> {
    templates: &'t Templates,
    compiled: &'t Compiled,
    context: Context,
    limits: Limits,
    output: Output,
    variables: Vec<(Arc<str>, Value)>,
    depth: usize,
    /// Of the template that runs.
    file: Arc<str>,
}

enum Output {
    Text(String),
    Html(Markup),
}

enum Flow {
    Next,
    Break,
    Continue,
}

type Walk<T> = Result<T, TemplateError>;

pub(super) fn render(
    templates: &Templates,
    compiled: &Compiled,
    form: Form,
    data: &Value,
    context: Context,
) -> Walk<String> {
    let mut run = Run {
        templates,
        compiled,
        context,
        limits: templates.limits,
        output: match form {
            Form::Text => Output::Text(String::new()),
            Form::Html => Output::Html(Markup::default()),
        },
        variables: Vec::new(),
        depth: 0,
        file: Arc::clone(&compiled.root.file),
    };
    run.variables.push(("$".into(), data.clone()));
    if let Value::Finding(finding) = data {
        run.variables.push(("$labels".into(), Value::Labels(finding.labels.clone())));
        run.variables.push(("$value".into(), Value::Float(finding.value)));
        run.variables.push(("$externalLabels".into(), Value::Labels(finding.external_labels.clone())));
        run.variables.push(("$externalURL".into(), finding.external_url.as_str().into()));
    }
    run.block(&compiled.root.body, data)?;
    Ok(match run.output {
        Output::Text(text) => text,
        Output::Html(markup) => markup.into_text(),
    })
}

impl<'t> Run<'t> {
    fn error(&self, place: Place, message: impl Into<String>) -> TemplateError {
        TemplateError::new(&self.file, place, message.into())
    }

    fn step(&mut self, place: Place) -> Walk<()> {
        self.context.pay(1).map_err(|message| self.error(place, message))
    }

    fn deeper<T>(&mut self, place: Place, inner: impl FnOnce(&mut Self) -> Walk<T>) -> Walk<T> {
        if self.depth >= DEPTH {
            return Err(
                self.error(place, format!("more than {DEPTH} levels: does a template call itself without end?"))
            );
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn emit(&mut self, place: Place, write: impl FnOnce(&mut Output) -> Result<(), String>) -> Walk<()> {
        let before = self.output.len();
        write(&mut self.output).map_err(|message| self.error(place, message))?;
        let after = self.output.len();
        self.context.pay_bytes(after - before).map_err(|message| self.error(place, message))?;
        if after > self.limits.output_bytes {
            let most = self.limits.output_bytes;
            return Err(self.error(place, format!("the output is larger than {most} bytes")));
        }
        Ok(())
    }

    fn block(&mut self, nodes: &'t Block, dot: &Value) -> Walk<Flow> {
        for node in nodes {
            match self.node(node, dot)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, node: &'t Node, dot: &Value) -> Walk<Flow> {
        match node {
            Node::Text(place, text) => {
                self.step(*place)?;
                self.emit(*place, |output| {
                    output.literal(text);
                    Ok(())
                })?;
            }
            Node::Print(pipeline) => {
                self.step(pipeline.place)?;
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.variables.is_empty() {
                    self.print(pipeline.place, &value)?;
                }
            }
            Node::If { condition, then, otherwise } => {
                return self.scoped(
                    condition,
                    |run, value| run.block(if value.is_true() { then } else { otherwise }, dot),
                    dot,
                );
            }
            Node::With { subject, then, otherwise } => {
                return self.scoped(
                    subject,
                    |run, value| {
                        if value.is_true() { run.block(then, &value) } else { run.block(otherwise, dot) }
                    },
                    dot,
                );
            }
            Node::Range { over, each, otherwise } => return self.range(over, each, otherwise, dot),
            Node::Template { place, name, argument } => self.call(*place, name, argument.as_ref(), dot)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, place: Place, value: &Value) -> Walk<()> {
        if value.weight().is_none() {
            return Err(self.error(place, "the value is too large to print"));
        }
        self.emit(place, |output| output.value(value))
    }

    /// What follows sees the pipeline's value and variables, and leaves none behind.
    fn scoped(
        &mut self,
        pipeline: &'t Pipeline,
        inner: impl FnOnce(&mut Self, Value) -> Walk<Flow>,
        dot: &Value,
    ) -> Walk<Flow> {
        self.step(pipeline.place)?;
        let scope = self.variables.len();
        let value = self.pipeline(pipeline, dot)?;
        let result = self.deeper(pipeline.place, |run| inner(run, value));
        self.variables.truncate(scope);
        result
    }

    fn range(&mut self, over: &'t Pipeline, each: &'t Block, otherwise: &'t Block, dot: &Value) -> Walk<Flow> {
        self.step(over.place)?;
        let scope = self.variables.len();
        let subject = self.pipeline_value(over, dot)?;
        let pairs = pairs(&subject);
        let result = self.deeper(over.place, |run| {
            let mut any = false;
            for at in 0.. {
                let Some((index, element)) =
                    element(&subject, &pairs, at).map_err(|message| run.error(over.place, message))?
                else {
                    break;
                };
                any = true;
                run.step(over.place)?;
                let inner = run.variables.len();
                run.bind_element(over, index, &element)?;
                let flow = run.block(each, &element)?;
                run.variables.truncate(inner);
                if matches!(flow, Flow::Break) {
                    break;
                }
            }
            if any { Ok(Flow::Next) } else { run.block(otherwise, dot) }
        });
        self.variables.truncate(scope);
        result
    }

    fn call(&mut self, place: Place, name: &str, argument: Option<&'t Pipeline>, dot: &Value) -> Walk<()> {
        self.step(place)?;
        let Some(define) = self.find(name) else {
            return Err(self.error(place, format!("there is no template \"{name}\"")));
        };
        let argument = match argument {
            Some(pipeline) => self.pipeline(pipeline, dot)?,
            None => Value::Nil,
        };
        let variables = std::mem::replace(&mut self.variables, vec![("$".into(), argument.clone())]);
        let file = std::mem::replace(&mut self.file, Arc::clone(&define.file));
        let result = self.deeper(place, |run| run.block(&define.body, &argument));
        self.file = file;
        self.variables = variables;
        result.map(drop)
    }

    fn find(&self, name: &str) -> Option<&'t Define> {
        self.compiled.own.get(name).or_else(|| self.templates.defines.get(name)).map(|define| &**define)
    }
}

/// What has names instead of places, in their order.
fn pairs(of: &Value) -> Vec<(Value, Value)> {
    match of {
        Value::Labels(labels) => labels.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        Value::Map(map) => map.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect(),
        _ => Vec::new(),
    }
}

/// The index and the element at this place of what is ranged over.
fn element(of: &Value, pairs: &[(Value, Value)], at: usize) -> Result<Option<(Value, Value)>, String> {
    let index = Value::Int(i64::try_from(at).unwrap_or(i64::MAX));
    Ok(match of {
        Value::Nil => None,
        Value::Int(count) => usize::try_from(*count).ok().filter(|count| at < *count).map(|_| (index.clone(), index)),
        Value::List(_) | Value::Pairs(_) | Value::Alerts(_) => of.at(at).map(|element| (index, element)),
        Value::Labels(_) | Value::Map(_) => pairs.get(at).cloned(),
        other => return Err(format!("a `range` cannot go over {}", other.kind())),
    })
}

impl Output {
    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Html(markup) => markup.len(),
        }
    }

    /// What the template's author wrote.
    fn literal(&mut self, text: &str) {
        match self {
            Self::Text(output) => output.push_str(text),
            Self::Html(markup) => markup.literal(text),
        }
    }

    fn value(&mut self, value: &Value) -> Result<(), String> {
        match self {
            Self::Text(output) => output.push_str(&super::print::display(value)),
            Self::Html(markup) => markup.value(value)?,
        }
        Ok(())
    }
}
