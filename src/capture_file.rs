//! Captures on disk: written whole or not at all, read with an error that names the place.

use crate::error::Failure;
use crate::output;
use apigw_doctor_checks::model::capture::{Capture, FORMAT};
use std::fs;
use std::path::Path;

/// Reads a capture of this format or an older one.
pub(crate) fn read(file: &Path) -> Result<Capture, Failure> {
    let name = file.display();
    let text = fs::read_to_string(file).map_err(|error| Failure::nothing(format!("cannot read the capture {name}: {error}")))?;
    let document: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| Failure::nothing(format!("{name} is not a capture: not JSON: {error}")))?;
    match document.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format <= u64::from(FORMAT) && format > 0 => {}
        Some(format) => {
            return Err(Failure::nothing(format!(
                "{name} has capture format {format}, and this version reads up to {FORMAT}: use the apigw-doctor that wrote it, or a newer one"
            )));
        }
        None => {
            return Err(Failure::nothing(format!(
                "{name} is not a capture: the field \"format\" is missing; `apigw-doctor capture` writes one"
            )));
        }
    }
    // Parsed from the text again, because only then the error knows line and column.
    serde_json::from_str(&text).map_err(|error| Failure::nothing(format!("{name} is damaged: {error}")))
}

/// Writes a capture.
pub(crate) fn write(capture: &Capture, file: &Path) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(capture).expect("a capture has only string keys");
    text.push('\n');
    output::write_file(file, &text)
}
