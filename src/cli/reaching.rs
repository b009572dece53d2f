//! The options of `reach`: from where to where, and of which network.

use super::AwsArgs;
use crate::reach::question::{self, Destination};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is asked, and of which network.
#[derive(Debug, Args)]
#[command(after_help = REACH_HELP)]
pub(crate) struct ReachArgs {
    /// Where the packets come from: an address, an interface, an instance, a security group, a load balancer, an ECS task or service, vpc-link:ID or internet.
    #[arg(long, value_name = "END", value_parser = question::source, required_unless_present = "pairs", requires = "to")]
    pub(crate) from: Option<String>,
    /// Where they go: an end, a port or a range of ports, and tcp (the default), udp or icmp (without a port). IPv6 in brackets.
    #[arg(long, value_name = "END:PORT[/PROTOCOL]", value_parser = question::destination, required_unless_present = "pairs", requires = "from")]
    pub(crate) to: Option<Destination>,
    /// Answer each row of a file of tab-separated columns: source, destination, port, protocol (others are ignored); - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to"])]
    pub(crate) pairs: Option<PathBuf>,
    /// Ask a capture instead of AWS. It knows the interfaces of one deployment only.
    #[arg(long, value_name = "CAPTURE", conflicts_with = "aws_json")]
    pub(crate) from_capture: Option<PathBuf>,
    /// Ask a folder of files as `aws ec2 describe-…` writes them, with one sub-folder per Region or account-region, instead of AWS.
    #[arg(long, value_name = "DIR")]
    pub(crate) aws_json: Option<PathBuf>,
    /// The format on standard output.
    #[arg(long, value_enum, default_value_t = ReachFormat::Text)]
    pub(crate) format: ReachFormat,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

const REACH_HELP: &str = "\
Exit codes: 0 allowed, 1 dropped, 2 wrong usage, 3 cannot tell, 4 the network could not be read.
With --pairs: 0 when the file was read; each row carries its own verdict, and a row that cannot be understood is unknown.

Examples:
  apigw-doctor reach --from i-0123456789abcdef0 --to 10.0.2.9:443 --aws-json network/
  apigw-doctor reach --from vpc-link:abc123 --to net/orders/0123456789abcdef:443 --from-capture orders.json
  apigw-doctor reach --pairs pairs.tsv --aws-json network/";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReachFormat {
    /// For people; of --pairs, tab-separated lines: source, destination, port, protocol, verdict, reason.
    Text,
    /// Version 1 of its JSON.
    Json,
}
