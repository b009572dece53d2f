//! Where text goes: standard output and files. The report is finished and its exit code known before anything here runs.

use crate::cli::{Format, OutputArgs, StepKind};
use crate::error::Failure;
use crate::report::contract::Report;
use crate::report::{self, Style};
use clap::ValueEnum;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is written where.
pub(crate) struct Plan {
    stdout: Format,
    files: Vec<(Format, PathBuf)>,
    steps: Vec<StepKind>,
}

/// Reads `--format` and `--output`; a folder that does not exist is found out before any work is done.
pub(crate) fn plan(args: &OutputArgs) -> Result<Plan, Failure> {
    let mut files = Vec::new();
    for output in &args.output {
        let (format, file) = match output.split_once('=').and_then(|(name, file)| Some((Format::from_str(name, true).ok()?, file))) {
            Some((format, file)) => (format, file),
            None => (args.format, output.as_str()),
        };
        let file = PathBuf::from(file);
        can_hold_a_file(&file)?;
        files.push((format, file));
    }
    Ok(Plan { stdout: args.format, files, steps: args.steps.clone() })
}

/// Finds out before any work is done that a file cannot be written, as far as its name tells.
pub(crate) fn can_hold_a_file(file: &Path) -> Result<(), Failure> {
    let why = match file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        _ if file.as_os_str().is_empty() => "the name is empty".to_owned(),
        _ if file.is_dir() => "it is a folder".to_owned(),
        Some(folder) if !folder.is_dir() => format!("there is no folder {}", folder.display()),
        Some(_) | None => return Ok(()),
    };
    Err(Failure::usage(format!("cannot write to \"{}\": {why}", file.display())))
}

/// Writes the report everywhere. With `--output FILE` alone, standard output stays free for the format named by `--format`.
pub(crate) fn write(report: &Report, plan: &Plan, style: Style) -> Result<(), Failure> {
    for (format, file) in &plan.files {
        write_file(file, &report::render(report, *format, &plan.steps, Style { colour: false, unicode: true, ..style }))?;
    }
    let already = plan.files.iter().any(|(format, _)| *format == plan.stdout);
    if !already {
        return print_all(&report::render(report, plan.stdout, &plan.steps, style));
    }
    Ok(())
}

/// Writes a file whole: a reader never meets half a file, and a failure leaves none behind.
/// A link stays a link, and a pipe or device (`/dev/stderr`) is written to, not replaced.
pub(crate) fn write_file(file: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::nothing(format!("cannot write {}: {error}", file.display()));
    if fs::metadata(file).is_ok_and(|known| !known.is_file()) {
        return fs::OpenOptions::new().write(true).open(file).and_then(|mut open| open.write_all(text.as_bytes())).map_err(failed);
    }
    let file = &fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut name = file.file_name().map(std::ffi::OsStr::to_os_string).unwrap_or_default();
    name.push(format!(".{}.part", std::process::id()));
    let part = file.with_file_name(name);
    let written = fs::write(&part, text).and_then(|()| fs::rename(&part, file));
    if written.is_err() {
        // The half-written file is of no use; that it cannot be removed either is not news.
        let _ = fs::remove_file(&part);
    }
    written.map_err(failed)
}

/// Prints what the program knows by heart to standard output.
pub(crate) fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Prints a report to standard output. A reader that went away (`| head`) is not an error; a full disk is, because half a report is none.
pub(crate) fn print_all(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::nothing(format!("cannot write the report to standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints lines to standard error that are no complaint.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "only a live check has something to say before its report"))]
pub(crate) fn aside(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Prints to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "apigw-doctor: {text}");
}
