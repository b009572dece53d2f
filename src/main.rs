//! apigw-doctor: who answered, why, and what to change. Parse, run, print, exit.

mod asking;
mod capture_file;
mod cli;
#[cfg(feature = "aws")]
mod collect;
mod demo;
mod error;
mod explain;
mod live;
mod output;
mod pages;
mod probe;
#[cfg(feature = "aws")]
mod progress;
mod reach;
mod report;
mod run;
mod runtime;
mod suggest;
mod terminal;
mod trace;

use clap::Parser;
use cli::{Cli, Command};
use error::Failure;
use report::{Style, gate};
use runtime::in_runtime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

fn main() -> ExitCode {
    // A check that panics is a verdict of that check; the default hook would write into the report's terminal.
    std::panic::set_hook(Box::new(|_| {}));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not errors; everything else is wrong usage. A closed pipe is neither.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { gate::USAGE } else { gate::OK });
        }
    };
    let style = terminal::style(cli.color);
    let outcome = catch_unwind(AssertUnwindSafe(|| run(cli.command, style)));
    let code = match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            output::complain(&report::clean(&failure.message));
            failure.exit_code
        }
        Err(_) => {
            output::complain("internal error: this is a bug of apigw-doctor; please report the command line and, if you can, a capture");
            gate::INTERNAL
        }
    };
    ExitCode::from(code)
}

fn run(command: Command, style: Style) -> Result<u8, Failure> {
    match command {
        Command::Check(args) => in_runtime(run::check(args, style)),
        Command::Capture(args) => {
            output::can_hold_a_file(&args.output)?;
            in_runtime(live::capture(&args))
        }
        Command::Trace(args) => in_runtime(trace::run(args, style)),
        Command::Probe(args) => in_runtime(probe::command::run(args, style)),
        Command::Reach(args) => in_runtime(reach::run(args, style)),
        Command::Demo(args) => run::demo(&args, style),
        Command::Explain(args) => explain::run(&args, style),
        Command::Checks(args) => Ok(pages::list(&args)),
        Command::IamPolicy => Ok(pages::iam_policy()),
    }
}
