//! Regular expressions of rule conditions, as far as AWS documents them.
//!
//! Documented (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html>): no lookaheads, lookbehinds,
//! backreferences, atomic groups, possessive quantifiers, subroutines, recursion or Unicode classes; at most 128 characters each.
//!
//! Not documented: the dialect, whether an expression has to match the whole text or a part of it, and whether case counts. So only
//! what all usual dialects read alike is evaluated, in each of those four readings, and they have to agree.

use super::Match;
use regex_lite::{Captures, Regex, RegexBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// Whether one of the expressions matches; without expressions none does.
pub(super) fn any_matches(expressions: &[String], text: &str) -> Match {
    let unclear = |why: &str| Match::Maybe { why: format!("a regular expression {why}") };
    if expressions.is_empty() {
        return Match::No;
    }
    if !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return unclear("is compared with a text that is not plain ASCII");
    }
    let (plain, others): (Vec<&String>, Vec<&String>) = expressions.iter().partition(|expression| is_plain(expression));
    let readings = [(false, false), (false, true), (true, false), (true, true)];
    let verdicts = readings.map(|reading| plain.iter().any(|expression| compiled(expression, reading).is_some_and(|it| it.is_match(text))));
    let unread =
        !others.is_empty() || plain.iter().any(|expression| readings.iter().any(|reading| compiled(expression, *reading).is_none()));
    match (verdicts.iter().all(|matches| *matches), verdicts.iter().any(|matches| *matches), unread) {
        (true, _, _) => Match::Yes,
        (false, false, false) => Match::No,
        (false, _, true) => unclear("uses more than all dialects read alike, and AWS does not document its own"),
        (false, true, false) => {
            unclear("matches in one reading only: whether it has to match the whole text, and with case, is not documented")
        }
    }
}

/// What a transform makes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// The expression does not match, so the text stays as it is.
    Unchanged,
    /// This.
    To(String),
    /// Something else, or maybe not: the dialect and how much of the text is replaced are not documented.
    Unclear,
}

/// What a transform makes of a text. Only an expression that matches the whole text, or nothing of it, is read alike by everybody.
pub fn rewritten(expression: &str, replacement: &str, text: &str) -> Rewritten {
    if !is_plain(expression) || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Rewritten::Unclear;
    }
    let (Some(exact), Some(any_case)) = (compiled(expression, (false, false)), compiled(expression, (false, true))) else {
        return Rewritten::Unclear;
    };
    let whole = exact.captures(text).filter(|captures| captures.get(0).is_some_and(|found| found.as_str() == text));
    match whole {
        Some(captures) => expanded(replacement, &captures).map_or(Rewritten::Unclear, Rewritten::To),
        None if any_case.is_match(text) => Rewritten::Unclear,
        None => Rewritten::Unchanged,
    }
}

/// The replacement with its groups `$1` to `$9` filled in. `None`: it refers to something else, or to a group that took no part.
fn expanded(replacement: &str, captures: &Captures<'_>) -> Option<String> {
    let mut text = String::new();
    let mut rest = replacement.chars();
    while let Some(c) = rest.next() {
        match c {
            '$' => {
                let digit = rest.next().and_then(|digit| digit.to_digit(10)).filter(|digit| *digit > 0)?;
                text.push_str(captures.get(usize::try_from(digit).ok()?)?.as_str());
            }
            '\\' => return None,
            c => text.push(c),
        }
    }
    Some(text)
}

fn compiled(expression: &str, (whole, ignore_case): (bool, bool)) -> Option<Regex> {
    let expression = if whole { format!("^(?:{expression})$") } else { expression.to_owned() };
    RegexBuilder::new(&expression).case_insensitive(ignore_case).build().ok()
}

/// True for an expression of literals, `.`, `^`, `$`, `|`, simple classes, groups and quantifiers: no dialect reads those differently.
fn is_plain(expression: &str) -> bool {
    let mut rest = expression.chars().peekable();
    while let Some(c) = rest.next() {
        let plain = match c {
            '\\' => is_plain_escape(rest.next()),
            '[' => is_plain_class(&mut rest),
            '(' => is_plain_group(&mut rest),
            '{' => is_count(&mut rest) && is_followed_plainly(&mut rest),
            '*' | '+' | '?' => is_followed_plainly(&mut rest),
            ']' | '}' => false,
            c => c.is_ascii_graphic() || c == ' ',
        };
        if !plain {
            return false;
        }
    }
    true
}

/// `\.` and `\d`; not `\b`, `\1`, `\p{L}`.
fn is_plain_escape(escaped: Option<char>) -> bool {
    escaped.is_some_and(|c| "dDsSwW".contains(c) || (c.is_ascii_punctuation() && !"<>".contains(c)))
}

/// `[a-z0-9_]`; not `[[:alpha:]]`, `[]a]`, `[a&&b]`.
fn is_plain_class(rest: &mut Peekable<Chars<'_>>) -> bool {
    rest.next_if_eq(&'^');
    let mut last = '[';
    while let Some(c) = rest.next() {
        match c {
            ']' => return last != '[',
            '\\' if !is_plain_escape(rest.next()) => return false,
            '[' => return false,
            '&' | '-' | '~' if last == c => return false,
            c if !c.is_ascii_graphic() => return false,
            _ => {}
        }
        last = if c == '\\' { ' ' } else { c };
    }
    false
}

/// `(` and `(?:`; not `(?=`, `(?i)`, `(?<name>`.
fn is_plain_group(rest: &mut Peekable<Chars<'_>>) -> bool {
    rest.next_if_eq(&'?').is_none() || rest.next() == Some(':')
}

/// The rest of `{3}`, `{3,}` or `{3,5}`.
fn is_count(rest: &mut Peekable<Chars<'_>>) -> bool {
    let inner: String = std::iter::from_fn(|| rest.next_if(|c| *c != '}')).collect();
    let number = |text: &str| !text.is_empty() && text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit());
    let (from, to) = inner.split_once(',').map_or((inner.as_str(), None), |(from, to)| (from, Some(to)));
    rest.next() == Some('}') && number(from) && to.is_none_or(|to| to.is_empty() || number(to))
}

/// A quantifier may be lazy. What else quantifies it is possessive in one dialect and an error in another.
fn is_followed_plainly(rest: &mut Peekable<Chars<'_>>) -> bool {
    rest.next_if_eq(&'?');
    !matches!(rest.peek(), Some('*' | '+' | '?' | '{'))
}
