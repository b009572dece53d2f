//! A page of text: lines that end where the terminal does. What is printed in colour takes no room.

use super::style::{Style, columns, plain, wrap};

/// The text of a report as it grows.
pub(crate) struct Page {
    out: String,
    pub(crate) style: Style,
}

impl Page {
    pub(crate) fn new(style: Style) -> Page {
        Page { out: String::new(), style }
    }

    /// A line as it is, however long.
    pub(crate) fn line(&mut self, text: &str) {
        self.out.push_str(plain(text, self.style).trim_end());
        self.out.push('\n');
    }

    /// A text broken at the page's width behind its beginning; further lines begin with `further`.
    pub(crate) fn wrapped(&mut self, beginning: &str, text: &str, further: &str) {
        let width = self.style.width.saturating_sub(columns(beginning).max(columns(further))).max(20);
        for (index, piece) in wrap(&plain(text, self.style), width).into_iter().enumerate() {
            self.line(&format!("{}{piece}", if index == 0 { beginning } else { further }));
        }
    }

    /// A line whose text ends at the page's right edge.
    pub(crate) fn at_the_right(&mut self, text: &str) {
        self.line(&format!("{text:>width$}", width = self.style.width));
    }

    /// All of it.
    pub(crate) fn into_text(self) -> String {
        self.out
    }
}
