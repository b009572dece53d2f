//! One report, many renderings. A renderer counts nothing and decides nothing.

pub(crate) mod attempt;
pub(crate) mod build;
pub(crate) mod contract;
pub(crate) mod explain;
pub(crate) mod gate;
pub(crate) mod inside;
mod json;
mod page;
mod printable;
pub(crate) mod probe;
pub(crate) mod probe_text;
pub(crate) mod reach;
pub(crate) mod reach_text;
mod short;
mod style;
mod text;
pub(crate) mod trace;

use crate::cli::{Format, StepKind};
use contract::Report;

pub(crate) use printable::{clean, escaped, value as clean_value};
pub(crate) use style::Style;

/// The report in one format, ending with a line break.
pub(crate) fn render(report: &Report, format: Format, steps: &[StepKind], style: Style) -> String {
    match format {
        Format::Text => text::render(&printable::with_steps(report, steps), style),
        Format::Short => short::render(&printable::report(report), style),
        Format::Json => json::render(report),
    }
}
