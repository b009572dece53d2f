//! Whether one rule takes every request that another one takes, so that the other one behind it never applies.
//!
//! Only said where it can be told from the conditions' texts; `false` means "not known to".

use super::{Token, block, fits};
use crate::model::balancing::{Condition, Rule};

/// How many stars of a pattern are tried both empty and filled.
const MOST_STARS: usize = 6;

/// True when every request that `narrow` takes is one that `wide` takes, too.
pub fn covers(wide: &Rule, narrow: &Rule) -> bool {
    wide.conditions.iter().all(|condition| narrow.conditions.iter().any(|other| condition_covers(condition, other)))
}

fn condition_covers(wide: &Condition, narrow: &Condition) -> bool {
    match (wide, narrow) {
        (Condition::HostHeader { values, .. }, Condition::HostHeader { values: others, regexes }) => {
            regexes.is_empty() && all_within(others, values, true)
        }
        (Condition::PathPattern { values, .. }, Condition::PathPattern { values: others, regexes }) => {
            regexes.is_empty() && all_within(others, values, false)
        }
        (Condition::HttpHeader { name, values, .. }, Condition::HttpHeader { name: other, values: others, regexes }) => {
            name.eq_ignore_ascii_case(other) && regexes.is_empty() && all_within(others, values, true)
        }
        (Condition::HttpRequestMethod { values }, Condition::HttpRequestMethod { values: others }) => {
            others.iter().all(|method| values.contains(method))
        }
        (Condition::QueryString { values }, Condition::QueryString { values: others }) => others.iter().all(|pair| values.contains(pair)),
        (Condition::SourceIp { values }, Condition::SourceIp { values: others }) => others.iter().all(|other| {
            let Some(other) = block(other) else { return false };
            values.iter().filter_map(|value| block(value)).any(|value| value.contains(&other))
        }),
        // Every path begins with a slash.
        (Condition::PathPattern { values, .. }, _) => values.iter().any(|pattern| pattern == "*" || pattern == "/*"),
        _ => false,
    }
}

fn all_within(narrow: &[String], wide: &[String], ignore_case: bool) -> bool {
    !narrow.is_empty() && narrow.iter().all(|narrow| wide.iter().any(|wide| pattern_covers(wide, narrow, ignore_case)))
}

/// True when whatever text a pattern stands for is one that the other pattern stands for, too. Tried with texts that no pattern names:
/// each star of the narrow one is empty, or longer than all that the wide one can take without a star.
pub(super) fn pattern_covers(wide: &str, narrow: &str, ignore_case: bool) -> bool {
    let tokens: Vec<Token> = wide.chars().map(Token::of).collect();
    let filler = "\u{1}".repeat(tokens.len() + 1);
    let pieces: Vec<&str> = narrow.split('*').collect();
    let stars = pieces.len() - 1;
    stars <= MOST_STARS
        && (0..1_u32 << stars).all(|filled| {
            let between = |index: usize| if index < stars && filled & (1 << index) != 0 { filler.as_str() } else { "" };
            let text: String = pieces.iter().enumerate().flat_map(|(index, piece)| [*piece, between(index)]).collect();
            fits(&tokens, &text.replace('?', "\u{1}"), ignore_case)
        })
}
