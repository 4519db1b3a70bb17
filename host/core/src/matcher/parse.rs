//! From text to matchers. Alertmanager has two grammars: the classic one and, since 0.27, one for names of any letters.
//! As in its default mode both read a text: where only one of them can, that one counts; where both can but disagree (an
//! escape such as `"\x41"`), the classic one does, so that old files keep their meaning. Errors are those of the newer
//! grammar, which knows columns.

use thiserror::Error;

use super::{MatchOp, Matcher, classic, utf8};

/// Of one text; beyond what a person wrote.
const MATCHERS_MAX: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at column {column}: {problem}")]
pub struct MatcherError {
    /// In letters, from 1.
    pub column: usize,
    pub problem: MatcherProblem,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MatcherProblem {
    #[error("`{found}` stands where {expected} is expected")]
    Unexpected { found: String, expected: &'static str },
    #[error("the text ends where {expected} is expected")]
    End { expected: &'static str },
    #[error("the quote that starts here has no end")]
    OpenQuote,
    #[error("`{0}` is no valid text in quotes: a backslash is written `\\\\`, a quote `\\\"`")]
    Escape(String),
    #[error("`{expression}` is not a regular expression: {reason}")]
    Regex { expression: String, reason: String },
    #[error("{0} matchers; one is expected")]
    NotOne(usize),
    #[error("more than {MATCHERS_MAX} matchers")]
    TooMany,
}

/// What was read, before the expression is compiled.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) column: usize,
    pub(super) name: String,
    pub(super) op: MatchOp,
    pub(super) value: String,
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

/// `foo="bar"`, without braces.
///
/// # Errors
/// What is wrong, and where.
pub fn parse_one(text: &str) -> Result<Matcher, MatcherError> {
    let mut both = [(text.starts_with('{'), 1, '{'), (text.ends_with('}'), text.chars().count(), '}')].into_iter();
    if let Some((_, column, found)) = both.find(|(is_there, ..)| *is_there) {
        let expected = "one matcher without braces";
        return Err(MatcherError { column, problem: MatcherProblem::Unexpected { found: found.into(), expected } });
    }
    let new = utf8::list(text).and_then(|all| match all.len() {
        1 => Ok(all),
        count => Err(MatcherError { column: 1, problem: MatcherProblem::NotOne(count) }),
    });
    let one = agreed(new, classic::one(1, text).map(|one| vec![one]))?.into_iter().next();
    one.ok_or(MatcherError { column: 1, problem: MatcherProblem::NotOne(0) })
}

/// `{foo="bar", baz=~"1|2"}`, with or without braces; an empty list has no matchers.
///
/// # Errors
/// What is wrong, and where.
pub fn parse_list(text: &str) -> Result<Vec<Matcher>, MatcherError> {
    agreed(utf8::list(text), classic::list(text))
}

fn agreed(new: Result<Vec<Raw>, MatcherError>, classic: Option<Vec<Raw>>) -> Result<Vec<Matcher>, MatcherError> {
    match (new, classic) {
        (Ok(new), Some(classic)) if new == classic => build(new),
        (Ok(new), Some(classic)) => build(classic).or_else(|_| build(new)),
        (Ok(new), None) => build(new),
        (Err(_), Some(classic)) => build(classic),
        (Err(error), None) => Err(error),
    }
}

fn build(all: Vec<Raw>) -> Result<Vec<Matcher>, MatcherError> {
    if all.len() > MATCHERS_MAX {
        return Err(MatcherError { column: 1, problem: MatcherProblem::TooMany });
    }
    all.into_iter()
        .map(|Raw { column, name, op, value }| {
            Matcher::new(name, op, value.as_str()).map_err(|error| {
                let problem = MatcherProblem::Regex { reason: reason(&error), expression: value };
                MatcherError { column, problem }
            })
        })
        .collect()
}

/// A syntax error draws several lines; its last one says what is wrong.
pub(crate) fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(result: Result<Vec<Matcher>, MatcherError>) -> String {
        match result {
            Ok(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn lists_are_read_in_both_grammars_and_the_classic_one_wins_where_they_disagree() {
        let table = [
            ("", ""),
            ("{}", ""),
            ("foo=bar", r#"foo="bar""#),
            (r#"{foo = "bar", dings != "bums", }"#, r#"foo="bar" dings!="bums""#),
            ("foo=bar,dings!=bums", r#"foo="bar" dings!="bums""#),
            (r#"{a="b",c=~"d|e",f!~g}"#, r#"a="b" c=~"d|e" f!~"g""#),
            (r#"{quote="She said: \"Hi, ladies!\""}"#, r#"quote="She said: \"Hi, ladies!\"""#),
            (r#"statuscode=~"5..""#, r#"statuscode=~"5..""#),
            // Only classic: an empty value, blanks within one, single quotes that are part of it, one brace.
            ("foo=", r#"foo="""#),
            ("foo=bar baz", r#"foo="bar baz""#),
            ("foo='bar'", r#"foo="'bar'""#),
            ("{foo=bar", r#"foo="bar""#),
            (r#"foo=~"\d+""#, r#"foo=~"\\d+""#),
            // Only newer: names of any letters, quoted names.
            ("Προμηθεύς=ναι", r#"Προμηθεύς="ναι""#),
            (r#""a b"="c""#, r#""a b"="c""#),
            (r#"{"foo"="bar", "a.b"=~"c"}"#, r#"foo="bar" a.b=~"c""#),
            (r#""\u00e9"="\t""#, "é=\"\t\""),
            // Both, and they disagree.
            (r#"foo="\x41""#, r#"foo="\\x41""#),
            (r#"foo="a\nb""#, r#"foo="a\nb""#),
        ];
        for (written, expected) in table {
            assert_eq!(shown(parse_list(written)), expected, "{written}");
        }
    }

    /// Each verdict is that of amtool 0.25, which knows only this grammar.
    #[test]
    fn the_classic_grammar_is_that_of_alertmanager() {
        let table = [
            (r#"a="b,c",d=e"#, r#"a="b,c" d="e""#),
            (r#"a="b\\",c=d"#, r#"a="b\\" c="d""#),
            (r#"a="b\",c=d""#, r#"a="b\",c=d""#),
            (r"a=b\,c=d", r#"a="b\\" c="d""#),
            (r"a=b\", r#"a="b\\""#),
            ("a=b,", r#"a="b""#),
            ("{a=b,}", r#"a="b""#),
            ("a=b}", r#"a="b""#),
            (" a = \"b\" ", r#"a="b""#),
            ("a=\"b\nc\"", r#"a="b\nc""#),
            ("a:b=c", r#"a:b="c""#),
            ("a=!b", r#"a="!b""#),
            ("a=~", r#"a=~"""#),
            ("   ", ""),
            ("a=b,,c=d", "none"),
            (",a=b", "none"),
            (r#"a="b"c"#, "none"),
            (r#"a=b"c"#, "none"),
            (r#"a=="b""#, "none"),
            (r#"a="b\""#, "none"),
            ("1a=b", "none"),
            ("é=b", "none"),
            ("{{a=b}}", "none"),
        ];
        for (written, expected) in table {
            let read = classic::list(written).map_or_else(|| "none".to_owned(), |all| shown(build(all)));
            assert_eq!(read, expected, "{written}");
        }
    }

    #[test]
    fn errors_say_where_and_what_is_expected() {
        let table = [
            ("foo", "at column 4: the text ends where an operator (`=`, `!=`, `=~`, `!~`) is expected"),
            ("{foo}", "at column 5: `}` stands where an operator (`=`, `!=`, `=~`, `!~`) is expected"),
            ("=bar", "at column 1: `=` stands where a label name is expected"),
            (r#"foo="bar"#, "at column 5: the quote that starts here has no end"),
            (r#"{foo="bar"}}"#, "at column 12: `}` stands where the end of the text is expected"),
            (r#"foo="bar" baz="qux""#, "at column 11: `baz` stands where a comma or a closing brace is expected"),
            (r#"foo!"bar""#, "at column 5: `\"` stands where `=` or `~` after `!` is expected"),
            ("foo=~(", "at column 1: `(` is not a regular expression: unclosed group"),
            (r#"{a="1",,b="2"}"#, "at column 8: `,` stands where a matcher or a closing brace is expected"),
            (r#"""="a""#, "at column 1: `\"\"` stands where a label name is expected"),
            (
                r#"é="\q""#,
                r#"at column 3: `"\q"` is no valid text in quotes: a backslash is written `\\`, a quote `\"`"#,
            ),
            ("'a'=b", "at column 1: `'` stands where a label name is expected"),
        ];
        for (written, expected) in table {
            assert_eq!(shown(parse_list(written)), expected, "{written}");
        }
    }

    #[test]
    fn one_matcher_has_no_braces() {
        let table = [
            ("a=b", r#"a="b""#),
            // The newer grammar finds two here, the classic one finds one.
            ("a=b,c=d", r#"a="b,c=d""#),
            (r#"é="b",c="d""#, "at column 1: 2 matchers; one is expected"),
            ("", "at column 1: 0 matchers; one is expected"),
            ("{a=b}", "at column 1: `{` stands where one matcher without braces is expected"),
            ("a=b}", "at column 4: `}` stands where one matcher without braces is expected"),
        ];
        for (written, expected) in table {
            assert_eq!(shown(parse_one(written).map(|one| vec![one])), expected, "{written}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back(name in "[a-z .é\"]{1,6}", value in "[a-z\\\\\"\n,{}= é]{0,8}") {
            let matcher = Matcher::equal(name, value);
            let text = matcher.to_string();
            proptest::prop_assert_eq!(parse_list(&text), Ok(vec![matcher]), "{}", text);
        }
    }
}
