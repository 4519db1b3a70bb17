//! Tokens to templates. What a template cannot mean (an unknown function, a variable nobody declared, a block without its
//! end) is refused here, at its line; whether the templates it calls exist is seen when all files are read.

mod pipeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::TemplateError;
use super::ast::{Block, Define, Node, Place};
use super::functions::Dialect;
use super::lex::{Placed, Token, tokens};

/// Actions and parentheses within each other.
const DEPTH: usize = 50;
/// No template is written larger than this.
const BYTES: usize = 1 << 20;

/// What one text holds.
#[derive(Debug)]
pub(super) struct Parsed {
    /// What stands outside of every `define`.
    pub root: Define,
    pub defines: BTreeMap<Arc<str>, Define>,
}

/// # Errors
/// The first that is wrong.
pub(super) fn parse(text: &str, file: &str, dialect: Dialect) -> Result<Parsed, TemplateError> {
    let file: Arc<str> = file.into();
    let error = |(place, message): Placed<String>| TemplateError::new(&file, place, message);
    if text.len() > BYTES {
        return Err(error((Place { line: 1, column: 1 }, format!("a template is at most {BYTES} bytes"))));
    }
    let tokens = tokens(text).map_err(error)?;
    let end = Place { line: u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX), column: 1 };
    let mut parser = Parser {
        dialect,
        tokens,
        at: 0,
        end,
        file: Arc::clone(&file),
        variables: dialect.variables().iter().map(|&name| name.into()).collect(),
        ranges: 0,
        depth: 0,
        defines: BTreeMap::new(),
    };
    let (body, ending) = parser.block(true).map_err(error)?;
    match ending {
        Ending::Text => {}
        Ending::Else(place) | Ending::End(place) => {
            return Err(error((
                place,
                "this closes nothing: no `if`, `range`, `with`, `define` or `block` is open".to_owned(),
            )));
        }
    }
    Ok(Parsed { root: Define { file: Arc::clone(&file), body }, defines: parser.defines })
}

struct Parser {
    dialect: Dialect,
    tokens: Vec<Placed<Token>>,
    /// The next of them.
    at: usize,
    /// Where the text ends.
    end: Place,
    file: Arc<str>,
    /// Those in scope, the outermost first.
    variables: Vec<Arc<str>>,
    ranges: usize,
    depth: usize,
    defines: BTreeMap<Arc<str>, Define>,
}

/// What ended a block.
enum Ending {
    Text,
    End(Place),
    /// The word `else` is read, what follows it is not.
    Else(Place),
}

type Parse<T> = Result<T, Placed<String>>;

impl Parser {
    fn next(&mut self) -> Option<Placed<Token>> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn place(&self) -> Place {
        self.tokens.get(self.at).map_or(self.end, |(place, _)| *place)
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.next();
        }
    }

    fn close(&mut self, after: &str) -> Parse<()> {
        self.skip_space();
        let place = self.place();
        match self.next() {
            Some((_, Token::Close)) => Ok(()),
            _ => Err((place, format!("`}}}}` is expected after {after}"))),
        }
    }

    fn deeper(&mut self, place: Place) -> Parse<()> {
        self.depth += 1;
        if self.depth > DEPTH { Err((place, format!("more than {DEPTH} levels within each other"))) } else { Ok(()) }
    }

    /// Nodes up to the `end` or `else` that is not theirs.
    fn block(&mut self, outermost: bool) -> Parse<(Block, Ending)> {
        let mut nodes = Block::new();
        while let Some((place, token)) = self.next() {
            if let Token::Literal(text) = token {
                nodes.push(Node::Text(place, text));
                continue;
            }
            self.skip_space();
            let keyword = match self.peek() {
                Some(Token::Word(word)) => word.to_string(),
                _ => String::new(),
            };
            match keyword.as_str() {
                "end" => {
                    self.next();
                    self.close("`end`")?;
                    return Ok((nodes, Ending::End(place)));
                }
                "else" => {
                    self.next();
                    return Ok((nodes, Ending::Else(place)));
                }
                "if" | "with" | "range" => {
                    self.next();
                    nodes.push(self.control(&keyword, place)?);
                }
                "define" if outermost => self.define()?,
                "define" => return Err((place, "a `define` stands outside of every other block".to_owned())),
                "block" => nodes.push(self.inline_block(place)?),
                "template" => nodes.push(self.call(place)?),
                "break" | "continue" => {
                    if self.ranges == 0 {
                        return Err((place, format!("`{keyword}` stands within a `range`")));
                    }
                    self.next();
                    self.close(&format!("`{keyword}`"))?;
                    nodes.push(if keyword == "break" { Node::Break } else { Node::Continue });
                }
                _ => {
                    let pipeline = self.pipeline(false)?;
                    self.close("the action")?;
                    nodes.push(Node::Print(pipeline));
                }
            }
        }
        Ok((nodes, Ending::Text))
    }

    /// `if`, `with` and `range`, from behind the word to behind its `end`.
    fn control(&mut self, keyword: &str, place: Place) -> Parse<Node> {
        self.deeper(place)?;
        let scope = self.variables.len();
        let subject = self.pipeline(keyword == "range")?;
        self.close(&format!("`{keyword}`"))?;
        self.ranges += usize::from(keyword == "range");
        let (then, ending) = self.block(false)?;
        self.ranges -= usize::from(keyword == "range");
        let otherwise = match ending {
            Ending::Text => return Err((place, format!("this `{keyword}` has no `end`"))),
            Ending::End(_) => Block::new(),
            Ending::Else(at) => self.otherwise(keyword, place, at)?,
        };
        self.variables.truncate(scope);
        self.depth -= 1;
        Ok(match keyword {
            "if" => Node::If { condition: subject, then, otherwise },
            "with" => Node::With { subject, then, otherwise },
            _ => Node::Range { over: subject, each: then, otherwise },
        })
    }

    /// What follows the word `else`: a chained `if` or `with` shares the `end` of the first.
    fn otherwise(&mut self, keyword: &str, place: Place, at: Place) -> Parse<Block> {
        self.skip_space();
        let chained = matches!(self.peek(), Some(Token::Word(word)) if &**word == keyword && keyword != "range");
        if chained {
            self.next();
            return Ok(vec![self.control(keyword, at)?]);
        }
        self.close("`else`")?;
        match self.block(false)? {
            (nodes, Ending::End(_)) => Ok(nodes),
            (_, Ending::Else(second)) => Err((second, "an `else` follows an `else`".to_owned())),
            (_, Ending::Text) => Err((place, format!("this `{keyword}` has no `end`"))),
        }
    }

    /// The name in quotes behind `define`, `block` or `template`.
    fn name(&mut self, keyword: &str) -> Parse<Arc<str>> {
        self.next();
        self.skip_space();
        let place = self.place();
        match self.next() {
            Some((_, Token::Text(name))) => Ok(name),
            _ => Err((place, format!("`{keyword}` is followed by a name in quotes"))),
        }
    }

    fn define(&mut self) -> Parse<()> {
        let place = self.place();
        let name = self.name("define")?;
        self.close("the name")?;
        self.body(place, "define", name)
    }

    /// A template of its own, with no variable of where it stands.
    fn body(&mut self, place: Place, keyword: &str, name: Arc<str>) -> Parse<()> {
        self.deeper(place)?;
        let outer = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let ranges = std::mem::take(&mut self.ranges);
        let (body, ending) = self.block(false)?;
        if !matches!(ending, Ending::End(_)) {
            return Err((place, format!("this `{keyword}` has no `end`")));
        }
        self.variables = outer;
        self.ranges = ranges;
        self.depth -= 1;
        let define = Define { file: Arc::clone(&self.file), body };
        match self.defines.get(&name) {
            Some(known) if !known.is_empty() && !define.is_empty() => {
                return Err((place, format!("the template \"{name}\" is defined twice in this file")));
            }
            Some(known) if !known.is_empty() => {}
            _ => drop(self.defines.insert(name, define)),
        }
        Ok(())
    }

    fn inline_block(&mut self, place: Place) -> Parse<Node> {
        let name = self.name("block")?;
        self.skip_space();
        let argument = self.pipeline(false)?;
        self.close("`block`")?;
        self.body(place, "block", Arc::clone(&name))?;
        Ok(Node::Template { place, name, argument: Some(argument) })
    }

    fn call(&mut self, place: Place) -> Parse<Node> {
        let name = self.name("template")?;
        self.skip_space();
        let argument = if self.peek() == Some(&Token::Close) { None } else { Some(self.pipeline(false)?) };
        self.close("`template`")?;
        Ok(Node::Template { place, name, argument })
    }
}
