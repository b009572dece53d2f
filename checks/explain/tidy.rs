//! Hostile text made harmless: terminal sequences out, line ends alike, quotes short.

/// The text without terminal sequences and control characters, with line feeds only, up to [`super::LIMIT`] bytes.
pub fn text(input: &str) -> String {
    let end = input.floor_char_boundary(super::LIMIT);
    let mut out = String::with_capacity(end);
    let mut characters = input[..end].chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut characters),
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    out.push('\n'); // a progress meter's way back to the beginning of the line
                }
            }
            '\n' | '\t' => out.push(c),
            // Blanks that only look like one.
            '\u{a0}' | '\u{2007}' | '\u{202f}' => out.push(' '),
            c if c.is_control() || steers(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Skips what follows ESC: `[ … final byte`, `] … BEL or ESC \`, or one character.
fn skip_sequence(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match characters.next() {
        Some('[') => {
            for c in characters.by_ref().take(32) {
                if ('\u{40}'..='\u{7e}').contains(&c) {
                    break;
                }
            }
        }
        Some(']') => {
            for c in characters.by_ref().take(256) {
                if c == '\u{7}' || c == '\u{1b}' {
                    break;
                }
            }
        }
        Some(_) | None => {}
    }
}

/// Zero-width and bidirectional characters, and those that mark the order of bytes.
fn steers(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}' | '\u{fff9}'..='\u{fffb}')
}

/// A piece of the input that may be shown: one line, at most 60 characters, in quotes.
pub(crate) fn quote(piece: &str) -> String {
    let clean: String = piece.chars().map(|c| if c.is_control() || steers(c) || c == '"' { ' ' } else { c }).collect();
    let words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(60).collect();
    if short.len() < words.len() { format!("\"{short}…\"") } else { format!("\"{short}\"") }
}

/// Lower case and white space collapsed: how sentences are compared.
pub(crate) fn plain(text: &str) -> String {
    // Typographic marks come from chats and ticket systems.
    let straight = |c: char| match c {
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '–' | '—' => '-',
        // Terraform draws a frame around its errors.
        '│' | '╷' | '╵' | '|' => ' ',
        c => c,
    };
    let lower: String = text.chars().map(straight).collect::<String>().to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{plain, quote, text};

    #[test]
    fn sequences_go_with_all_that_belongs_to_them() {
        assert_eq!(text("\u{1b}[1;31mHTTP/2 503\u{1b}[0m \r\nx\u{1b}]0;title\u{7}y"), "HTTP/2 503 \nxy");
        assert_eq!(text("a\u{202e}b\u{200b}c\u{0}d"), "abcd");
        assert_eq!(text("50%\r100%\n"), "50%\n100%\n");
        assert_eq!(text("\u{1b}"), "");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "é".repeat(super::super::LIMIT);
        assert!(text(&long).len() <= super::super::LIMIT);
    }

    #[test]
    fn quotes_are_short_and_of_one_line() {
        assert_eq!(quote("GET\n /health\""), "\"GET /health\"");
        assert!(quote(&"x".repeat(100)).chars().count() <= 63);
    }

    #[test]
    fn sentences_are_compared_without_case_and_white_space() {
        assert_eq!(plain("Couldn’t   Connect\n to"), "couldn't connect to");
    }
}
