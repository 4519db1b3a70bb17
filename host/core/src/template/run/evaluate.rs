//! Pipelines and what they are made of, evaluated.

use std::sync::Arc;

use super::{Run, Walk};
use crate::template::ast::{Command, Operand, Pipeline, Place, Start};
use crate::template::member::member;
use crate::template::value::Value;

impl<'t> Run<'t> {
    /// Its value, which its variable takes too.
    pub(super) fn pipeline(&mut self, pipeline: &'t Pipeline, dot: &Value) -> Walk<Value> {
        let value = self.pipeline_value(pipeline, dot)?;
        for name in &pipeline.variables {
            self.bind(name, value.clone(), pipeline.assigns);
        }
        Ok(value)
    }

    /// Its value alone: in a `range`, the variables take the elements instead.
    pub(super) fn pipeline_value(&mut self, pipeline: &'t Pipeline, dot: &Value) -> Walk<Value> {
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, dot, value)?);
        }
        Ok(value.unwrap_or(Value::Nil))
    }

    pub(super) fn bind_element(&mut self, over: &'t Pipeline, index: Value, element: &Value) -> Walk<()> {
        match over.variables.as_slice() {
            [] => {}
            [one] => self.bind(one, element.clone(), over.assigns),
            [first, second, ..] => {
                self.bind(first, index, over.assigns);
                self.bind(second, element.clone(), over.assigns);
            }
        }
        Ok(())
    }

    fn bind(&mut self, name: &Arc<str>, value: Value, assigns: bool) {
        let known = self.variables.iter_mut().rev().find(|(known, _)| assigns && known == name);
        match known {
            Some((_, slot)) => *slot = value,
            None => self.variables.push((Arc::clone(name), value)),
        }
    }

    fn command(&mut self, command: &'t Command, dot: &Value, piped: Option<Value>) -> Walk<Value> {
        self.step(command.place)?;
        match &command.head {
            Operand::Function(place, function) if matches!(function.name, "and" | "or") => {
                self.short_circuit(*place, function.name == "and", command, dot, piped)
            }
            Operand::Function(place, function) => {
                let arguments = self.arguments(command, dot, piped)?;
                let seen: usize = arguments.iter().filter_map(Value::len).sum();
                let result =
                    self.context.pay_bytes(seen / 8).and_then(|()| (function.call)(&mut self.context, &arguments));
                let value = result.map_err(|message| self.error(*place, message))?;
                self.pay_for(*place, &value)?;
                Ok(value)
            }
            Operand::Chain(place, start, names) => {
                let arguments = self.arguments(command, dot, piped)?;
                self.chain(*place, start, names, &arguments, dot)
            }
            plain => self.operand(plain, dot),
        }
    }

    fn arguments(&mut self, command: &'t Command, dot: &Value, piped: Option<Value>) -> Walk<Vec<Value>> {
        let mut arguments = Vec::with_capacity(command.arguments.len() + 1);
        for argument in &command.arguments {
            arguments.push(self.operand(argument, dot)?);
        }
        arguments.extend(piped);
        Ok(arguments)
    }

    /// `and` and `or` evaluate no more than decides.
    fn short_circuit(
        &mut self,
        place: Place,
        and: bool,
        command: &'t Command,
        dot: &Value,
        piped: Option<Value>,
    ) -> Walk<Value> {
        let mut last = None;
        for argument in &command.arguments {
            let value = self.operand(argument, dot)?;
            if value.is_true() != and {
                return Ok(value);
            }
            last = Some(value);
        }
        piped.or(last).ok_or_else(|| self.error(place, "nothing to decide"))
    }

    fn pay_for(&mut self, place: Place, value: &Value) -> Walk<()> {
        let Some(weight) = value.weight() else {
            return Err(self.error(place, "the value grows too large"));
        };
        self.context.pay_bytes(weight).map_err(|message| self.error(place, message))
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Value) -> Walk<Value> {
        Ok(match operand {
            Operand::Dot => dot.clone(),
            Operand::Nil => Value::Nil,
            Operand::Bool(value) => Value::Bool(*value),
            Operand::Int(value) => Value::Int(*value),
            Operand::Float(value) => Value::Float(*value),
            Operand::Text(text) => Value::Text(Arc::clone(text)),
            Operand::Function(place, function) => {
                self.step(*place)?;
                let result = (function.call)(&mut self.context, &[]);
                result.map_err(|message| self.error(*place, message))?
            }
            Operand::Chain(place, start, names) => self.chain(*place, start, names, &[], dot)?,
        })
    }

    fn chain(
        &mut self,
        place: Place,
        start: &'t Start,
        names: &'t [Arc<str>],
        arguments: &[Value],
        dot: &Value,
    ) -> Walk<Value> {
        let mut value = match start {
            Start::Dot => dot.clone(),
            Start::Variable(name) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                known.map_or(Value::Nil, |(_, value)| value.clone())
            }
            Start::Pipeline(pipeline) => self.deeper(place, |run| run.pipeline(pipeline, dot))?,
        };
        let Some((last, path)) = names.split_last() else {
            if !arguments.is_empty() {
                return Err(self.error(place, "this is no function, so it takes no arguments"));
            }
            return Ok(value);
        };
        for name in path {
            value = self.member(place, &value, name, &[])?;
        }
        self.member(place, &value, last, arguments)
    }

    fn member(&mut self, place: Place, of: &Value, name: &str, arguments: &[Value]) -> Walk<Value> {
        let given: usize = arguments.iter().filter_map(Value::len).sum();
        let looked_at = of.len().unwrap_or(0).saturating_mul(given.saturating_add(1));
        self.context.pay_bytes(looked_at.saturating_add(8)).map_err(|message| self.error(place, message))?;
        member(of, name, arguments).map_err(|message| self.error(place, message))
    }
}
