//! Pipelines, commands and operands.

use std::sync::Arc;

use super::{Parse, Parser};
use crate::template::ast::{Command, Operand, Pipeline, Place, Start};
use crate::template::functions::Function;
use crate::template::lex::Token;

impl Parser {
    /// Up to, and without, the close or the right parenthesis.
    pub(super) fn pipeline(&mut self, of_range: bool) -> Parse<Pipeline> {
        self.skip_space();
        let place = self.place();
        let (variables, assigns) = self.declaration(of_range)?;
        let mut commands = Vec::new();
        loop {
            self.skip_space();
            commands.push(self.command(commands.is_empty())?);
            self.skip_space();
            if self.peek() != Some(&Token::Pipe) {
                break;
            }
            self.next();
        }
        // Only what follows knows the variable, so that `$x := $x` takes the outer one.
        if assigns {
            for name in &variables {
                self.known(place, name)?;
            }
        } else {
            self.variables.extend(variables.iter().map(Arc::clone));
        }
        Ok(Pipeline { place, variables, assigns, commands })
    }

    /// `$x :=`, `$x =` and, in a `range`, `$i, $x :=`; nothing is read where none stands.
    fn declaration(&mut self, of_range: bool) -> Parse<(Vec<Arc<str>>, bool)> {
        let start = self.at;
        let mut names = Vec::new();
        loop {
            let place = self.place();
            let name = self.next();
            self.skip_space();
            match (name, self.peek()) {
                (Some((_, Token::Variable(name))), Some(Token::Declare | Token::Assign)) => {
                    names.push(name);
                    return Ok((names, matches!(self.next(), Some((_, Token::Assign)))));
                }
                (Some((_, Token::Variable(name))), Some(Token::Comma)) if of_range && names.is_empty() => {
                    names.push(name)
                }
                (Some((_, Token::Variable(_))), Some(Token::Comma)) => {
                    return Err((place, "two variables are declared by a `range` alone".to_owned()));
                }
                _ => break,
            }
            self.next();
            self.skip_space();
        }
        self.at = start;
        Ok((Vec::new(), false))
    }

    fn known(&self, place: Place, name: &Arc<str>) -> Parse<()> {
        if self.variables.contains(name) {
            Ok(())
        } else {
            Err((place, format!("the variable `{name}` is not declared here")))
        }
    }

    fn command(&mut self, first: bool) -> Parse<Command> {
        let place = self.place();
        let head = self.operand()?;
        if !first && !matches!(head, Operand::Function(..) | Operand::Chain(..)) {
            return Err((place, "what stands behind a `|` takes a value: a function or a method".to_owned()));
        }
        if matches!(head, Operand::Nil) {
            return Err((place, "`nil` alone is no value to act on".to_owned()));
        }
        let mut arguments = Vec::new();
        while self.peek() == Some(&Token::Space) {
            self.skip_space();
            if matches!(self.peek(), Some(Token::Pipe | Token::Close | Token::RightParen) | None) {
                break;
            }
            arguments.push(self.operand()?);
        }
        let takes = match &head {
            Operand::Function(..) => true,
            Operand::Chain(_, _, names) => !names.is_empty(),
            _ => false,
        };
        if !arguments.is_empty() && !takes {
            return Err((place, "this is neither a function nor a method, so it takes no arguments".to_owned()));
        }
        if let Operand::Function(at, function) = &head {
            function.check_arguments(&arguments, !first).map_err(|message| (*at, message))?;
        }
        Ok(Command { place, head, arguments })
    }

    fn operand(&mut self) -> Parse<Operand> {
        let place = self.place();
        let Some((_, token)) = self.next() else { return Err((place, "the action is not closed".to_owned())) };
        let start = match token {
            Token::Text(text) => return self.alone(Operand::Text(text)),
            Token::Int(value) => return self.alone(Operand::Int(value)),
            Token::Float(value) => return self.alone(Operand::Float(value)),
            Token::Word(word) => {
                let operand = match &*word {
                    "true" => Operand::Bool(true),
                    "false" => Operand::Bool(false),
                    "nil" => Operand::Nil,
                    name => Operand::Function(
                        place,
                        Function::find(name, self.dialect).map_err(|message| (place, message))?,
                    ),
                };
                return self.alone(operand);
            }
            Token::Dot => return self.alone(Operand::Dot),
            Token::Field(name) => return Ok(Operand::Chain(place, Start::Dot, self.names(name))),
            Token::Variable(name) => {
                self.known(place, &name)?;
                Start::Variable(name)
            }
            Token::LeftParen => {
                self.deeper(place)?;
                let inner = self.pipeline(false)?;
                self.skip_space();
                let at = self.place();
                if !matches!(self.next(), Some((_, Token::RightParen))) {
                    return Err((at, "`)` is expected".to_owned()));
                }
                self.depth -= 1;
                Start::Pipeline(Box::new(inner))
            }
            _ => return Err((place, "a value is missing here".to_owned())),
        };
        let mut names = Vec::new();
        if let Some(Token::Field(_)) = self.peek()
            && let Some((_, Token::Field(name))) = self.next()
        {
            names = self.names(name);
        }
        Ok(Operand::Chain(place, start, names))
    }

    fn names(&mut self, first: Arc<str>) -> Vec<Arc<str>> {
        let mut names = vec![first];
        while let Some(Token::Field(name)) = self.peek() {
            names.push(Arc::clone(name));
            self.next();
        }
        names
    }

    /// One that no field may follow.
    fn alone(&mut self, operand: Operand) -> Parse<Operand> {
        match self.peek() {
            Some(Token::Field(_)) => {
                Err((self.place(), "a field of this needs parentheses: `(value).Field`".to_owned()))
            }
            _ => Ok(operand),
        }
    }
}
