//! The command line: clap types and nothing else.

mod asking;
mod reaching;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use asking::{AskArgs, RequestArgs, path};
pub(crate) use reaching::{ReachArgs, ReachFormat};

/// A read-only doctor for Amazon API Gateway HTTP APIs behind a VPC link: who answered, why, and what to change.
#[derive(Debug, Parser)]
#[command(name = "apigw-doctor", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, global = true)]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a deployment, ask its /health, and say who answered, why, and what to change.
    Check(CheckArgs),
    /// Read a deployment and write it to a file, for `check --from`.
    Capture(CaptureArgs),
    /// Show the founding case, or another story, on an embedded deployment: no AWS account, no network.
    Demo(DemoArgs),
    /// Follow one request hop by hop: what was chosen, over what, which fact decided, and the answer to expect. No request is sent.
    Trace(TraceArgs),
    /// Tell whether packets pass from one end to another and back, by which rules, and everything that drops them. No packet is sent.
    Reach(ReachArgs),
    /// Ask a URL and say who answered, with what, in which time, and what it can mean. Needs no AWS credentials.
    Probe(ProbeArgs),
    /// Print the page of an id, or say of a status, an answer, a log line or an error what it is, who wrote it and why. Offline.
    Explain(ExplainArgs),
    /// List the checks.
    Checks(ChecksArgs),
    /// Print an IAM policy with exactly the actions that the doctor calls.
    IamPolicy,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// API id, name, ARN, invoke URL or custom domain; several may be given.
    #[arg(value_name = "API", required_unless_present_any = ["from", "all"])]
    pub(crate) apis: Vec<String>,
    /// Every HTTP API of the Region.
    #[arg(long, conflicts_with_all = ["apis", "from"])]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
    /// Judge a capture instead of asking AWS; nothing is sent anywhere.
    #[arg(long, value_name = "CAPTURE", conflicts_with_all = ["apis", "save_capture", "wait"])]
    pub(crate) from: Option<PathBuf>,
    /// Also write what was read to a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_capture: Option<PathBuf>,
    /// This shell is in the VPC: also ask the load balancer's nodes and the targets, as `probe --from-vpc` does.
    #[arg(long, conflicts_with = "from")]
    pub(crate) from_vpc: bool,
    /// Also read the stage's access log and CloudWatch's metrics of this last stretch of time, for example 15m, as further evidence; waits up
    /// to 20 s for the log's line of the probe itself.
    #[arg(long, value_name = "TIME", value_parser = stretch, conflicts_with = "from")]
    pub(crate) logs: Option<Duration>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

impl CheckArgs {
    /// Reads one deployment, for a command that asks in its own way; nothing is sent to its endpoint.
    pub(crate) fn reading(api: Option<String>, from: Option<PathBuf>, request: RequestArgs, aws: AwsArgs) -> CheckArgs {
        CheckArgs {
            apis: if from.is_some() { Vec::new() } else { api.into_iter().collect() },
            all: false,
            request,
            aws,
            from,
            save_capture: None,
            from_vpc: false,
            logs: None,
            output: OutputArgs { format: Format::Text, output: Vec::new(), steps: Vec::new() },
            gate: GateArgs { fail_on: FailOn::Error, allow_unknown: false, select: Vec::new(), ignore: Vec::new() },
        }
    }
}

/// How to reach AWS; the standard environment and profiles work as in the AWS CLI.
#[derive(Clone, Debug, Args)]
pub(crate) struct AwsArgs {
    /// AWS Region.
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Profile of the shared configuration.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Endpoint of all AWS services, for stand-ins.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub(crate) endpoint_url: Option<String>,
}

/// Where the report goes, and how it looks.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// The format of the report on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Write the report to a file, FILE or FORMAT=FILE; repeatable.
    #[arg(long, value_name = "[FORMAT=]FILE")]
    pub(crate) output: Vec<String>,
    /// Which steps of a fix the text report shows (comma-separated); JSON always holds all.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [StepKind::Cli, StepKind::Console], value_name = "KINDS")]
    pub(crate) steps: Vec<StepKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StepKind {
    /// Lines for the AWS CLI.
    Cli,
    /// Paths through the console.
    Console,
    /// Arguments of Terraform's AWS provider.
    Terraform,
    /// Properties for CloudFormation.
    Cloudformation,
}

impl StepKind {
    /// The kind as the JSON report names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            StepKind::Cli => "cli",
            StepKind::Console => "console",
            StepKind::Terraform => "terraform",
            StepKind::Cloudformation => "cloudformation",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The whole report, for people.
    Text,
    /// One line per finding.
    Short,
    /// Version 1 of the JSON report.
    Json,
}

/// What makes the exit code.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Findings from this severity on make exit code 1.
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,
    /// Exit 0 instead of 3 when only some facts could not be read.
    #[arg(long)]
    pub(crate) allow_unknown: bool,
    /// List and count only these checks (comma-separated ids); the diagnosis still asks all.
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) select: Vec<String>,
    /// Neither list nor count these checks (comma-separated ids); the diagnosis still asks all.
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(crate) ignore: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Info,
    /// No finding fails; an unexpected answer of the probe still does.
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct CaptureArgs {
    /// API id, name, ARN, invoke URL or custom domain.
    pub(crate) api: String,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// This shell is in the VPC: also ask the load balancer's nodes and the targets, as `probe --from-vpc` does.
    #[arg(long)]
    pub(crate) from_vpc: bool,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The API (id, name, ARN, invoke URL or custom domain), the HTTP method [default: GET], and the path.
    #[arg(value_name = "API [METHOD] /PATH", num_args = 1..=3, required = true)]
    pub(crate) words: Vec<String>,
    /// The stage [default: that of the capture, else $default, else the only one].
    #[arg(long)]
    pub(crate) stage: Option<String>,
    /// Follow the request through a capture instead of asking AWS; then no API is given.
    #[arg(long, value_name = "CAPTURE")]
    pub(crate) from: Option<PathBuf>,
    /// The format on standard output.
    #[arg(long, value_enum, default_value_t = TraceFormat::Text)]
    pub(crate) format: TraceFormat,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    /// For people.
    Text,
    /// Version 1 of the trace's JSON.
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = PROBE_HELP)]
pub(crate) struct ProbeArgs {
    /// The URL to ask; with --path, each path below it.
    #[arg(value_name = "URL", value_parser = whole_url, required_unless_present_any = ["from_vpc", "from_capture"])]
    pub(crate) url: Option<String>,
    /// Ask the load balancer's nodes and the targets of an API directly, from a shell in its VPC.
    #[arg(long, value_name = "API", num_args = 0..=1, conflicts_with = "url")]
    pub(crate) from_vpc: Option<Option<String>>,
    /// The same by the configuration in a capture: AWS is not asked.
    #[arg(long, value_name = "CAPTURE", conflicts_with = "url")]
    pub(crate) from_capture: Option<PathBuf>,
    /// With --from-vpc: the stage [default: that of the capture, else $default, else the only one].
    #[arg(long, conflicts_with = "url")]
    pub(crate) stage: Option<String>,
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// The format on standard output.
    #[arg(long, value_enum, default_value_t = ProbeFormat::Text)]
    pub(crate) format: ProbeFormat,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

impl ProbeArgs {
    /// Which requests of the deployment are meant; none is sent to its endpoint.
    pub(crate) fn request(&self) -> RequestArgs {
        let mut request = RequestArgs::unsent("GET".to_owned(), "/health".to_owned(), self.stage.clone());
        (request.ask.path, request.ask.method) = (self.ask.path.clone(), self.ask.method.clone());
        request
    }
}

const PROBE_HELP: &str = "\
Exit codes: 0 answered as expected, 1 not or not always, 2 wrong usage, 4 nothing could be asked.
With --from-vpc: 0 when every node and target answers as it should. At most 48 connections are made; nothing is changed.

Examples:
  apigw-doctor probe https://a1b2c3.execute-api.eu-central-1.amazonaws.com/health
  apigw-doctor probe https://api.example.com --path /health --path /orders --repeat 20 --interval 1s
  apigw-doctor probe https://api.example.com/health --wait 5m
  apigw-doctor probe --from-vpc orders --timeout 5s
  apigw-doctor probe --from-capture orders.json --resolve internal-orders.example.com:443:10.0.1.20";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProbeFormat {
    /// For people.
    Text,
    /// Version 1 of its JSON.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The story: a check's id, or id/story.
    #[arg(default_value = "secure-server-name-missing/blank")]
    pub(crate) story: String,
    /// List the stories.
    #[arg(long)]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_HELP)]
pub(crate) struct ExplainArgs {
    /// The id of a check or a symptom, a status, or any text; - reads the text from standard input.
    #[arg(value_name = "ID | STATUS | TEXT | -", required = true)]
    pub(crate) words: Vec<String>,
    /// The format on standard output.
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(crate) format: ExplainFormat,
}

const EXPLAIN_HELP: &str = "\
Texts that are understood: what curl -i, curl -v, wget -S, HTTPie or a browser shows of an answer, or its body alone; lines of the access
logs of API Gateway (JSON or common log format) and of load balancers; events of ECS services, reasons of stopped tasks and of target
health; errors of Terraform, CloudFormation and the AWS CLI; errors of HTTP clients. Of several answers the last one counts.

Exit codes: 0 something was recognised, 2 wrong usage, 3 cannot tell, 4 standard input could not be read.

Examples:
  apigw-doctor explain secure-server-name-missing
  apigw-doctor explain 503
  apigw-doctor explain '{\"message\":\"Service Unavailable\"}'
  curl -sv https://api.example.com/health 2>&1 | apigw-doctor explain -";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people.
    Text,
    /// Version 1 of its JSON.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ChecksArgs {
    /// List the symptoms instead.
    #[arg(long)]
    pub(crate) symptoms: bool,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A URL as it is: a slash at its end counts.
fn whole_url(text: &str) -> Result<String, String> {
    url(text).map(|_| text.to_owned())
}

fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !text.chars().any(|c| c.is_control() || c == ' ') => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("a URL starts with https:// or http://".to_owned()),
    }
}

/// A stretch of time for logs: CloudWatch counts by the minute.
fn stretch(text: &str) -> Result<Duration, String> {
    let minutes = match (text.strip_suffix('m'), text.strip_suffix('h')) {
        (Some(minutes), _) => minutes.parse::<u64>().ok(),
        (None, Some(hours)) => hours.parse::<u64>().ok().and_then(|hours| hours.checked_mul(60)),
        (None, None) => None,
    };
    let minutes = minutes.filter(|minutes| (1..=1_440).contains(minutes));
    minutes.map(|minutes| Duration::from_secs(minutes * 60)).ok_or_else(|| "a stretch of time is 1m to 24h, for example 15m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
