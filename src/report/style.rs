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

/// Breaks a text into lines of at most `width` characters at blanks; a longer word stays whole, so that it can be copied.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
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
}
