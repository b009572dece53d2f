//! What the terminal can show: colours, Unicode, width.

use crate::cli::ColorChoice;
use crate::report::Style;
use std::env;
use std::io::IsTerminal;

/// Narrower than this, wrapping makes no sense; wider than that, lines are hard to read.
const WIDTH: std::ops::RangeInclusive<usize> = 60..=100;

/// The style for standard output.
pub(crate) fn style(color: ColorChoice) -> Style {
    let colour = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        // `colored` honours NO_COLOR, CLICOLOR and CLICOLOR_FORCE; whether a terminal listens is asked here.
        ColorChoice::Auto => colored::control::SHOULD_COLORIZE.should_colorize() && (std::io::stdout().is_terminal() || forced()),
    };
    colored::control::set_override(colour);
    Style { width: width(), unicode: speaks_unicode(|name| env::var(name).ok()), colour }
}

fn forced() -> bool {
    env::var("CLICOLOR_FORCE").is_ok_and(|value| value != "0")
}

fn width() -> usize {
    let told = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    told.or_else(asked).unwrap_or(80).clamp(*WIDTH.start(), *WIDTH.end())
}

/// POSIX: LC_ALL wins over LC_CTYPE, which wins over LANG; an empty one counts as not set.
fn speaks_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_about_unicode() {
        let with = |pairs: &'static [(&str, &str)]| {
            speaks_unicode(move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(with(&[("LANG", "de_DE.UTF-8")]));
        assert!(with(&[("LANG", "C"), ("LC_ALL", "C.utf8")]));
        assert!(!with(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")]));
        assert!(!with(&[]));
    }
}
