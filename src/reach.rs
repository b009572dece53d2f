//! `reach`: whether packets pass from one end to another, there and back. No packet is sent.

mod command;
pub(crate) mod folders;
mod pairs;
pub(crate) mod question;
mod unread;

use crate::capture_file;
use crate::cli::{ReachArgs, ReachFormat};
use crate::error::Failure;
use crate::live;
use crate::output;
use crate::report::reach::{
    DirectionReport, DropReport, FlowsReport, PacketReport, PairReport, PairsReport, QuestionReport, ReachDocument, ReachReport,
    RemedyKindReport, RemedyReport, StationReport, VerdictReport, WayReport,
};
use crate::report::{Style, clean, clean_value, gate, reach_text};
use crate::run::now;
use apigw_doctor_checks::reach::{Answer, Drop, End, Folder, Network, Packet, RuleKind, SmallestRule, UnknownEnd, Verdict, Way};
use question::Destination;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// What a network is read with that no other command reads: the IAM actions, sorted.
pub(crate) const ACTIONS: &[&str] = &[
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:DescribeTransitGatewayRouteTables",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeTransitGateways",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:GetTransitGatewayRouteTablePropagations",
    "ec2:SearchTransitGatewayRoutes",
];

/// A network, and where its parts come from.
pub(crate) struct Source {
    network: Network,
    /// Where it is from, in words.
    origin: String,
    /// What could not be read, and why.
    unread: Vec<String>,
    regions: Regions,
}

/// Which Region an id belongs to.
enum Regions {
    One(String),
    /// By folder; the name of one that is asked for alone may tell it, too.
    Folders {
        folders: Vec<Folder>,
        alone: Option<String>,
    },
}

impl Source {
    /// The network that describe files tell. `place` stands before the names of files in errors.
    fn described(folders: Vec<Folder>, unread: Vec<String>, place: &Path, origin: String) -> Result<Source, Failure> {
        let network = Network::from_describe(&folders).map_err(|error| {
            let file = place.join(error.file.trim_start_matches('/')).display().to_string();
            let error = apigw_doctor_checks::reach::DescribeError { file, ..error };
            Failure::nothing(format!("cannot read {error}"))
        })?;
        let alone = place.file_name().and_then(|name| folders::region(&name.to_string_lossy()).map(str::to_owned));
        Ok(Source { network, origin, unread, regions: Regions::Folders { folders, alone } })
    }
}

impl Regions {
    /// The Region of a thing: that of the only folder whose files name it.
    fn of(&self, id: &str) -> Option<&str> {
        match self {
            Regions::One(region) => Some(region),
            Regions::Folders { folders, alone } => {
                let word = format!("\"{id}\"");
                let mut naming = folders.iter().filter(|folder| folder.files.values().any(|text| text.contains(&word)));
                let (folder, other) = (naming.next()?, naming.next());
                let region = if folder.name.is_empty() { alone.as_deref() } else { folders::region(&folder.name) };
                region.filter(|_| other.is_none())
            }
        }
    }
}

/// Answers one question, or each of a file. Exit code 0: allowed (of a file: answered); 1: dropped; 3: cannot be told.
pub(crate) async fn run(args: ReachArgs, style: Style) -> Result<u8, Failure> {
    // What is wrong with the question is said before anything is read.
    let rows = args.pairs.as_deref().map(|file| pairs::read(&text_of(file)?)).transpose()?;
    let ends = named(&args, rows.as_deref().unwrap_or_default());
    let source = read(&args, &ends).await?;
    let document = match (rows, &args.from, &args.to) {
        (Some(rows), _, _) => ReachDocument::Pairs(answer_rows(&source, rows)),
        (None, Some(from), Some(to)) => ReachDocument::Answer(Box::new(answer_one(&source, from, to)?)),
        (None, _, _) => return Err(Failure::usage("reach needs --from and --to, or --pairs")),
    };
    let printed = match args.format {
        ReachFormat::Json => {
            format!("{}\n", serde_json::to_string_pretty(&document).map_err(|error| Failure::internal(error.to_string()))?)
        }
        ReachFormat::Text => match &document {
            ReachDocument::Answer(report) => reach_text::text(&clean_value::<ReachReport>(report), style),
            ReachDocument::Pairs(report) => {
                // The rows are for machines; why many of them are unknown is for whoever started them.
                report.unread.iter().for_each(|gap| output::complain(&clean(&format!("not read: {gap}"))));
                report.rows.iter().map(line).collect()
            }
        },
    };
    output::print_all(&printed)?;
    Ok(match document {
        ReachDocument::Answer(report) => report.exit_code,
        ReachDocument::Pairs(report) => report.exit_code,
    })
}

/// Every end that is asked about.
fn named(args: &ReachArgs, rows: &[pairs::Row]) -> Vec<String> {
    let of_rows = rows.iter().filter_map(|row| row.question.as_ref().ok()).flat_map(|question| [&question.from, &question.to]);
    let of_flags = args.from.iter().chain(args.to.iter().map(|to| &to.end));
    of_rows.chain(of_flags).cloned().collect()
}

async fn read(args: &ReachArgs, ends: &[String]) -> Result<Source, Failure> {
    match (&args.from_capture, &args.aws_json) {
        (Some(file), _) => {
            let facts = capture_file::read(file)?.facts;
            let network = Network::from_facts(&facts);
            let origin = format!("capture {}, read {}", file.display(), facts.collected_at);
            Ok(Source { network, origin, unread: unread::of_capture(&facts), regions: Regions::One(facts.region) })
        }
        (None, Some(folder)) => {
            let described = folders::read(folder)?;
            Source::described(described.folders, described.unread, folder, format!("files in {}", folder.display()))
        }
        (None, None) => {
            let live = live::network(&args.aws, ends).await?;
            let origin = format!("AWS, {}, read {}", live.folders.first().map_or("", |folder| folder.name.as_str()), now());
            Source::described(live.folders, live.unread, Path::new(""), origin)
        }
    }
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(file).map(|all| bytes = all)
    };
    read.map_err(|error| Failure::nothing(format!("cannot read the pairs {}: {error}", file.display())))?;
    // A name that is not UTF-8 names nothing; its row says so, and the others are answered.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn answer_one(source: &Source, from: &str, to: &Destination) -> Result<ReachReport, Failure> {
    let end = |flag: &str, name: &str| source.network.end(name).map_err(|unknown| not_found(source, format!("{flag}: {unknown}")));
    let (sender, receiver) = (end("--from", from)?, end("--to", &to.end)?);
    let answer = source.network.reach(&sender, &receiver, to.ports, to.protocol);
    let internet = [from, &to.end].map(|end| end.eq_ignore_ascii_case("internet"));
    let question = QuestionReport {
        from: from.to_owned(),
        to: to.end.clone(),
        ports: to.protocol.has_ports().then_some(to.ports),
        protocol: to.protocol.to_string(),
    };
    let mut report = report(source, question, &answer);
    if internet.contains(&true) {
        let note = "one address of a block for documentation (203.0.113.0/24, 2001:db8::/32) stands for all hosts of the internet";
        report.notes.push(note.to_owned());
    }
    Ok(report)
}

/// A name that stands for nothing is wrong usage, unless what was not read may hold it: then nothing can be told.
fn not_found(source: &Source, message: String) -> Failure {
    let mut unread = source.unread.clone();
    // A capture never holds all interfaces of an account, and says so where it is made.
    if matches!(source.regions, Regions::Folders { .. }) && !source.network.all_interfaces_read() && unread.is_empty() {
        unread.push("the network interfaces of each VPC".to_owned());
    }
    if unread.is_empty() {
        return Failure::usage(message);
    }
    Failure { message: format!("{message}; not read: {}", unread.join("; ")), exit_code: gate::UNKNOWN }
}

fn report(source: &Source, question: QuestionReport, answer: &Answer<'_>) -> ReachReport {
    let flows = answer.flows;
    // Whole files are searched for an id: once for each, however often it drops.
    let mut regions: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for drop in &answer.drops {
        regions.entry(drop.at).or_insert_with(|| source.regions.of(drop.at));
    }
    let to_drop = |drop: &Drop<'_>| to_drop(drop, regions.get(drop.at).copied().flatten());
    ReachReport {
        version: 1,
        exit_code: match answer.verdict {
            Verdict::Allowed => gate::OK,
            Verdict::Dropped => gate::FOUND,
            Verdict::Unknown => gate::UNKNOWN,
        },
        network: source.origin.clone(),
        question,
        verdict: verdict(answer.verdict),
        reason: answer.reason(),
        witness: answer.witness.as_ref().map(packet),
        drops: answer.drops.iter().map(to_drop).collect(),
        stations: answer
            .stations
            .iter()
            .map(|station| StationReport { way: way(station.way), at: station.at.to_owned(), by: station.by.to_string() })
            .collect(),
        gaps: answer.gaps.clone(),
        unread: source.unread.clone(),
        notes: answer.notes.clone(),
        flows: FlowsReport { asked: flows.asked, allowed: flows.allowed, dropped: flows.dropped, unknown: flows.unknown },
    }
}

fn to_drop(drop: &Drop<'_>, region: Option<&str>) -> DropReport {
    DropReport {
        way: way(drop.way),
        at: drop.at.to_owned(),
        rule: drop.rule(),
        smallest_rule: drop.smallest_rule(),
        remedy: drop.rule_proposed().map(remedy),
        command: command::command(drop, region),
        witness: packet(&drop.witness),
    }
}

fn remedy(rule: &SmallestRule<'_>) -> RemedyReport {
    RemedyReport {
        kind: match rule.kind {
            RuleKind::SecurityGroup => RemedyKindReport::SecurityGroupRule,
            RuleKind::NetworkAcl => RemedyKindReport::NetworkAclEntry,
        },
        id: rule.id.to_owned(),
        direction: if rule.egress { DirectionReport::Egress } else { DirectionReport::Ingress },
        protocol: rule.protocol.to_string(),
        icmp_type: rule.icmp_type,
        ports: rule.ports.clone(),
        peer: rule.peer.to_string(),
        or_group: rule.or_group.map(str::to_owned),
        rule_numbers: rule.numbers.clone(),
    }
}

fn packet(packet: &Packet) -> PacketReport {
    PacketReport {
        source: packet.source.to_string(),
        source_port: packet.source_port,
        destination: packet.destination.to_string(),
        port: packet.port,
        protocol: packet.protocol.to_string(),
        text: packet.to_string(),
    }
}

fn verdict(verdict: Verdict) -> VerdictReport {
    match verdict {
        Verdict::Allowed => VerdictReport::Allowed,
        Verdict::Dropped => VerdictReport::Dropped,
        Verdict::Unknown => VerdictReport::Unknown,
    }
}

fn way(way: Way) -> WayReport {
    match way {
        Way::There => WayReport::There,
        Way::Back => WayReport::Back,
    }
}

fn answer_rows(source: &Source, rows: Vec<pairs::Row>) -> PairsReport {
    // The same ends come again and again.
    let mut ends: BTreeMap<String, Result<End, UnknownEnd>> = BTreeMap::new();
    let rows = rows.into_iter().map(|row| {
        let answered = row.question.and_then(|question| {
            let mut end = |name: &str| {
                let known = ends.entry(name.to_owned()).or_insert_with(|| source.network.end(name));
                known.clone().map_err(|unknown| format!("line {}: {unknown}", row.line))
            };
            let (from, to) = (end(&question.from)?, end(&question.to)?);
            Ok(source.network.reach(&from, &to, question.ports, question.protocol))
        });
        let (verdict, reason) = match answered {
            Ok(answer) => (verdict(answer.verdict), with_note(&answer)),
            Err(why) => (VerdictReport::Unknown, why),
        };
        let [from, to, port, protocol] = row.told;
        PairReport { line: row.line, source: from, destination: to, port, protocol, verdict, reason }
    });
    PairsReport { version: 1, exit_code: gate::OK, network: source.origin.clone(), rows: rows.collect(), unread: source.unread.clone() }
}

/// A row has no room for notes but behind its reason: what passes only in part must not look as if it all did.
fn with_note(answer: &Answer<'_>) -> String {
    match answer.notes.first() {
        Some(note) => format!("{} (note: {note})", answer.reason()),
        None => answer.reason(),
    }
}

/// A row of the answer. What came from files holds no tab and no line break when it is printed.
fn line(row: &PairReport) -> String {
    let fields = [&row.source, &row.destination, &row.port, &row.protocol].map(|field| clean(field));
    format!("{}\t{}\t{}\n", fields.join("\t"), row.verdict.word(), clean(&row.reason))
}
