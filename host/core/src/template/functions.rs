//! The functions templates may call, by name: Go's own, Alertmanager's for notifications, Prometheus's for what rules
//! write. A name that is none of them is refused when a template is read.

mod compare;
mod list;
mod measure;
mod text;
mod when;

use super::ast::Operand;
use super::context::Context;
use super::value::Value;
use crate::nearest::nearest;

/// Who wrote a template, which says what it may call and which variables it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Of Alertmanager's configuration and its template files.
    Notification,
    /// Of a rule's labels and annotations.
    Rule,
}

impl Dialect {
    pub(super) const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Notification => &["$"],
            Self::Rule => &["$", "$labels", "$value", "$externalLabels", "$externalURL"],
        }
    }
}

type Call = fn(&mut Context, &[Value]) -> Result<Value, String>;
type Check = fn(&str) -> Result<(), String>;

pub(super) struct Function {
    pub name: &'static str,
    /// `None`: both.
    dialect: Option<Dialect>,
    least: usize,
    most: usize,
    pub call: Call,
    /// What can be said of the first argument where it is written out.
    check: Option<Check>,
}

const MANY: usize = 1_000;
const NOTIFICATION: Option<Dialect> = Some(Dialect::Notification);
const RULE: Option<Dialect> = Some(Dialect::Rule);

const fn function(name: &'static str, dialect: Option<Dialect>, (least, most): (usize, usize), call: Call) -> Function {
    Function { name, dialect, least, most, call, check: None }
}

static FUNCTIONS: [Function; 51] = [
    // Go's.
    function("and", None, (1, MANY), compare::both),
    function("or", None, (1, MANY), compare::either),
    function("not", None, (1, 1), compare::not),
    function("eq", None, (2, MANY), compare::eq),
    function("ne", None, (2, 2), compare::ne),
    function("lt", None, (2, 2), compare::lt),
    function("le", None, (2, 2), compare::le),
    function("gt", None, (2, 2), compare::gt),
    function("ge", None, (2, 2), compare::ge),
    function("len", None, (1, 1), list::len),
    function("index", None, (1, MANY), list::index),
    function("slice", None, (1, 4), list::slice),
    function("print", None, (0, MANY), text::print),
    function("printf", None, (1, MANY), text::printf),
    function("println", None, (0, MANY), text::println),
    function("html", None, (0, MANY), text::html),
    function("js", None, (0, MANY), text::js),
    function("urlquery", None, (0, MANY), text::urlquery),
    // Both systems'.
    function("toUpper", None, (1, 1), text::to_upper),
    function("toLower", None, (1, 1), text::to_lower),
    function("safeHtml", None, (1, 1), text::safe_html),
    function("humanizeDuration", None, (1, 1), measure::humanize_duration),
    Function { check: Some(text::check_pattern), ..function("match", None, (2, 2), text::matches) },
    Function { check: Some(text::check_pattern), ..function("reReplaceAll", None, (3, 3), text::replace) },
    // Alertmanager's.
    function("title", NOTIFICATION, (1, 1), text::title),
    function("trimSpace", NOTIFICATION, (1, 1), text::trim_space),
    function("join", NOTIFICATION, (2, 2), list::join),
    function("stringSlice", NOTIFICATION, (0, MANY), list::string_slice),
    function("safeUrl", NOTIFICATION, (1, 1), text::safe_url),
    function("urlUnescape", NOTIFICATION, (1, 1), text::url_unescape),
    function("date", NOTIFICATION, (2, 2), when::date),
    Function { check: Some(when::check_zone), ..function("tz", NOTIFICATION, (2, 2), when::tz) },
    function("since", NOTIFICATION, (1, 1), when::since),
    function("toJson", NOTIFICATION, (1, 1), text::to_json),
    function("list", NOTIFICATION, (0, MANY), list::list),
    function("append", NOTIFICATION, (1, MANY), list::append),
    function("dict", NOTIFICATION, (0, MANY), list::dict),
    // Prometheus's.
    function("title", RULE, (1, 1), text::title_first),
    function("humanize", RULE, (1, 1), measure::humanize),
    function("humanize1024", RULE, (1, 1), measure::humanize_1024),
    function("humanizePercentage", RULE, (1, 1), measure::humanize_percentage),
    function("humanizeTimestamp", RULE, (1, 1), when::humanize_timestamp),
    function("toTime", RULE, (1, 1), when::to_time),
    function("toDuration", RULE, (1, 1), when::to_duration),
    function("now", RULE, (0, 0), when::now),
    function("parseDuration", RULE, (1, 1), when::parse_duration),
    function("stripPort", RULE, (1, 1), text::strip_port),
    function("stripDomain", RULE, (1, 1), text::strip_domain),
    function("urlQueryEscape", RULE, (1, 1), text::urlquery),
    function("externalURL", RULE, (0, 0), text::external_url),
    function("pathPrefix", RULE, (0, 0), text::path_prefix),
];

/// Functions of Go, Prometheus or others that are left out, and why.
const REFUSED: [(&[&str], &str); 3] = [
    (&["call"], "there are no function values to call"),
    (
        &["query", "first", "label", "value", "strvalue", "sortByLabel", "graphLink", "tableLink", "args", "tmpl"],
        "it works on the results of a query, and templates here run none",
    ),
    (
        &["add", "sub", "mul", "div", "default", "contains", "replace", "split", "trim", "upper", "lower", "env"],
        "it is of Sprig or Helm, which Alertmanager does not have either",
    ),
];

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// # Errors
    /// That there is none for this dialect, and why or which was probably meant.
    pub(super) fn find(name: &str, dialect: Dialect) -> Result<&'static Self, String> {
        let known = || FUNCTIONS.iter().filter(|function| function.dialect.is_none_or(|of| of == dialect));
        if let Some(function) = known().find(|function| function.name == name) {
            return Ok(function);
        }
        if FUNCTIONS.iter().any(|function| function.name == name) {
            let whose = match dialect {
                Dialect::Notification => "in the labels and annotations of rules, not in notifications",
                Dialect::Rule => "in notifications, not in the labels and annotations of rules",
            };
            return Err(format!("the function `{name}` exists {whose}"));
        }
        if let Some((_, why)) = REFUSED.iter().find(|(names, _)| names.contains(&name)) {
            return Err(format!("the function `{name}` is not supported: {why}"));
        }
        Err(match nearest(name, known().map(|function| function.name)) {
            Some(meant) => format!("unknown function `{name}`; did you mean `{meant}`?"),
            None => format!("unknown function `{name}`"),
        })
    }

    /// As far as it can be known when a template is read; `piped` is one more argument at the end.
    pub(super) fn check_arguments(&self, arguments: &[Operand], piped: bool) -> Result<(), String> {
        let count = arguments.len() + usize::from(piped);
        if count < self.least || count > self.most {
            let (name, least) = (self.name, self.least);
            let wanted = match self.most {
                most if most == least => format!("{least}"),
                MANY => format!("at least {least}"),
                most => format!("{least} to {most}"),
            };
            let arguments = if self.most == 1 { "argument" } else { "arguments" };
            return Err(format!("`{name}` takes {wanted} {arguments}, not {count}"));
        }
        match (self.check, arguments.first()) {
            (Some(check), Some(Operand::Text(text))) => check(text),
            _ => Ok(()),
        }
    }
}

/// The argument as a text.
fn text_of<'v>(arguments: &'v [Value], at: usize, function: &str) -> Result<&'v str, String> {
    let value = arguments.get(at).unwrap_or(&Value::Nil);
    value.text().ok_or_else(|| format!("`{function}` takes a text here, not {}", value.kind()))
}
