//! How a terminal report looks: width, marks, colours. Without colour and Unicode it reads the same.

use colored::{ColoredString, Colorize};

/// The look of one rendering.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Columns.
    pub(crate) width: usize,
    /// Whether the locale can show ✓ and ✗.
    pub(crate) unicode: bool,
    /// Whether to colour.
    pub(crate) colour: bool,
}

impl Style {
    /// The mark of a verdict.
    pub(crate) fn mark(self, verdict: &str) -> String {
        let (unicode, ascii) = match verdict {
            "pass" => ("✓", "ok"),
            "fail" => ("✗", "X"),
            "unknown" | "crashed" => ("?", "?"),
            _ => ("–", "-"),
        };
        let mark = if self.unicode { unicode } else { ascii };
        match verdict {
            "pass" => self.paint(mark, |text| text.green()),
            "fail" => self.paint(mark, |text| text.red().bold()),
            "unknown" | "crashed" => self.paint(mark, |text| text.yellow().bold()),
            _ => mark.to_owned(),
        }
    }

    /// Bold, for what the eye should find first.
    pub(crate) fn strong(self, text: &str) -> String {
        self.paint(text, |text| text.bold())
    }

    /// Faint, for sources.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(text, |text| text.dimmed())
    }

    fn paint(self, text: &str, how: impl FnOnce(&str) -> ColoredString) -> String {
        if self.colour { how(text).to_string() } else { text.to_owned() }
    }
}

/// A report for a locale that cannot show our own arrows and dots. Names that came from outside stay as they are.
pub(crate) fn plain(text: &str, style: Style) -> String {
    if style.unicode { text.to_owned() } else { text.replace('→', "->").replace('…', "...") }
}

/// How many columns a text takes, not counting the sequences that colour it.
pub(crate) fn columns(text: &str) -> usize {
    let mut count = 0;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(|end| *end == 'm');
        } else {
            count += 1;
        }
    }
    count
}

/// Breaks a text into lines of at most `width` columns at blanks; a longer word stays whole, so that it can be copied.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_words_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a verylongword b", 4), ["a", "verylongword", "b"]);
        assert!(wrap("", 10).is_empty());
    }

    #[test]
    fn colour_takes_no_room() {
        let bold = "\u{1b}[1mone\u{1b}[0m";
        assert_eq!(columns(bold), 3);
        assert_eq!(wrap(&format!("{bold} two three"), 7), [&format!("{bold} two"), "three"]);
    }
}
