//! The report of `reach`: version 1 of its JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `reach --format json` prints. Only additions without a new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum ReachDocument {
    /// Of one question.
    Answer(Box<ReachReport>),
    /// Of a file of pairs.
    Pairs(PairsReport),
}

/// Whether packets pass, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ReachReport {
    /// Always 1.
    pub(crate) version: u32,
    /// 0: allowed; 1: dropped; 3: unknown.
    pub(crate) exit_code: u8,
    /// Where the network is from: a capture and its time, a folder, or a Region that was asked.
    pub(crate) network: String,
    pub(crate) question: QuestionReport,
    pub(crate) verdict: VerdictReport,
    /// Why, in one line.
    pub(crate) reason: String,
    /// A packet that is dropped; null where none is.
    pub(crate) witness: Option<PacketReport>,
    /// Everything on the way that drops packets, there and back.
    pub(crate) drops: Vec<DropReport>,
    /// What is passed, in order: by the flow that decides the verdict.
    pub(crate) stations: Vec<StationReport>,
    /// What was not read, or cannot be known, and would be needed.
    pub(crate) gaps: Vec<String>,
    /// What of the network could not be read, whether it was needed or not.
    pub(crate) unread: Vec<String>,
    /// What else to know.
    pub(crate) notes: Vec<String>,
    pub(crate) flows: FlowsReport,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct QuestionReport {
    pub(crate) from: String,
    pub(crate) to: String,
    /// First and last port; null for a protocol without ports.
    pub(crate) ports: Option<(u16, u16)>,
    /// `tcp`, `udp`, `icmp` or a number.
    pub(crate) protocol: String,
}

/// Whether all packets asked about pass, there and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VerdictReport {
    /// All of them.
    Allowed,
    /// Some are dropped for certain.
    Dropped,
    /// Nothing that was read drops one, but something was not read, or cannot be known.
    Unknown,
}

impl VerdictReport {
    /// The word of reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            VerdictReport::Allowed => "allowed",
            VerdictReport::Dropped => "dropped",
            VerdictReport::Unknown => "unknown",
        }
    }
}

/// Which packets are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WayReport {
    /// From the source to the destination.
    There,
    /// The replies.
    Back,
}

/// One packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PacketReport {
    pub(crate) source: String,
    /// Null where any port is meant.
    pub(crate) source_port: Option<u16>,
    pub(crate) destination: String,
    /// Null where the protocol has no ports.
    pub(crate) port: Option<u16>,
    pub(crate) protocol: String,
    /// The same in one line.
    pub(crate) text: String,
}

/// Something that drops packets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DropReport {
    pub(crate) way: WayReport,
    /// What drops them: an id.
    pub(crate) at: String,
    /// The rule that drops them, or what is missing.
    pub(crate) rule: String,
    /// The smallest rule that would let them through here; null where none would.
    pub(crate) smallest_rule: Option<String>,
    /// The same, where it is a rule of a security group or entries of a network ACL.
    #[serde(default)]
    pub(crate) remedy: Option<RemedyReport>,
    /// The same as a line for the AWS CLI; null where it is no single rule.
    pub(crate) command: Option<String>,
    /// A packet that is dropped here.
    pub(crate) witness: PacketReport,
}

/// The smallest rule that would let packets through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RemedyReport {
    pub(crate) kind: RemedyKindReport,
    /// The security group or the network ACL that gets it.
    pub(crate) id: String,
    pub(crate) direction: DirectionReport,
    /// `tcp`, `udp`, `icmp` or a number.
    pub(crate) protocol: String,
    /// The type of ICMP messages, with every code; null for other protocols.
    pub(crate) icmp_type: Option<u8>,
    /// First and last port of each range; empty for a protocol without ports.
    pub(crate) ports: Vec<(u16, u16)>,
    /// The block of the other side.
    pub(crate) peer: String,
    /// A security group that the rule may name in place of the block.
    pub(crate) or_group: Option<String>,
    /// Of a network ACL: a free number for the entry of each range of ports. Empty for a security group.
    pub(crate) rule_numbers: Vec<u16>,
}

/// What kind of rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RemedyKindReport {
    /// A rule of a security group.
    SecurityGroupRule,
    /// Entries of a network ACL that allow.
    NetworkAclEntry,
}

/// Which packets a rule is about, seen from what has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DirectionReport {
    /// What comes in.
    Ingress,
    /// What goes out.
    Egress,
}

/// Something that the packets pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StationReport {
    pub(crate) way: WayReport,
    /// What is passed: an id.
    pub(crate) at: String,
    /// By which rule.
    pub(crate) by: String,
}

/// How many flows were judged: one for each pair of addresses and range of ports that no rule tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FlowsReport {
    pub(crate) asked: usize,
    pub(crate) allowed: usize,
    pub(crate) dropped: usize,
    pub(crate) unknown: usize,
}

/// The rows of `--pairs`, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PairsReport {
    /// Always 1.
    pub(crate) version: u32,
    /// 0: every row has its verdict.
    pub(crate) exit_code: u8,
    /// Where the network is from.
    pub(crate) network: String,
    pub(crate) rows: Vec<PairReport>,
    /// What of the network could not be read, whether it was needed or not.
    pub(crate) unread: Vec<String>,
}

/// One row, with its own words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PairReport {
    /// The line of the file, from 1.
    pub(crate) line: usize,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) port: String,
    pub(crate) protocol: String,
    pub(crate) verdict: VerdictReport,
    pub(crate) reason: String,
}

#[cfg(test)]
mod tests {
    use super::ReachDocument;

    /// Made from the types, and may not drift from them.
    #[test]
    fn the_published_schema_of_reach_is_that_of_the_types() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(ReachDocument)).expect("a schema is JSON") + "\n";
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reach.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, &schema).expect("docs/ can be written to");
        }
        let published = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(published, schema, "docs/reach.schema.json is stale: run `UPDATE_SCHEMA=1 cargo test schema`");
    }
}
