//! The VPC link's security groups do not let connections out to the load balancer on the listener's port, or to the tasks themselves.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::SecurityGroup;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::LinkPath;
use crate::remedy::{admit_group, append};
use crate::semantics::packets::{Admission, Direction, Peers, admission, closest_rule};
use crate::source;
use crate::steps::{authorize, aws, quote};
use crate::symptom::Symptom;
use ipnet::IpNet;
use serde_json::json;

static META: Meta = Meta {
    id: "vpclink-sg-egress",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "the VPC link's security groups do not let it out to the load balancer or the tasks",
    phase: Some(Phase::Connect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::VpcLinks,
        Part::Listeners,
        Part::LoadBalancers,
        Part::SecurityGroups,
        Part::CloudMapServices,
        Part::CloudMapInstances,
    ],
    optional: &[Part::PrefixLists, Part::NetworkInterfaces, Part::Subnets, Part::Services],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_sg_egress.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkSgEgress;

impl Check for VpclinkSgEgress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.link_paths(), |out, path| look(deployment, out, path));
        super::to_instances::examine(&META, deployment, out);
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, path: LinkPath<'_>) -> Result<(), Gap> {
    let ids = deployment.link_group_ids(path.link)?;
    let groups = deployment.groups(&ids)?;
    let Some(first) = groups.first() else {
        return Err(Gap::undecided(Part::SecurityGroups, format!("none of the security groups of VPC link {} was found", path.link.id)));
    };
    // A rule that names the load balancer's group lets out wherever its nodes are; addresses only matter for rules by block.
    let nodes = deployment.load_balancer_sources(path.load_balancer);
    let load_balancer_groups = path.load_balancer.security_group_ids.iter().cloned().collect();
    let peers = Peers { blocks: nodes.as_deref().unwrap_or_default(), groups: &load_balancer_groups };
    let port = path.listener.port;
    let missing = match admission(&groups, Direction::Egress, port, &peers) {
        Admission::All { by } => {
            let by = by.first().map_or_else(String::new, |admitting| format!(" ({})", admitting.rule));
            let fact = format!("security group {} lets VPC link {} out on port {port}{by}", first.id, path.link.id);
            out.fine(Subject::new(SubjectKind::SecurityGroup, &first.id), fact);
            return Ok(());
        }
        Admission::Undecided { prefix_lists } if !prefix_lists.is_empty() => {
            let what = format!("the contents of prefix list {} were not read", prefix_lists.join(", "));
            return Err(Gap::undecided(Part::PrefixLists, what));
        }
        Admission::Undecided { .. } => {
            return Err(nodes.err().unwrap_or_else(|| Gap::undecided(Part::Subnets, "the load balancer's addresses are not known")));
        }
        // Rules of a group that was not found may let out what the others do not.
        Admission::Some { .. } | Admission::None if groups.len() < ids.len() => {
            return Err(Gap::undecided(Part::SecurityGroups, format!("not every security group of VPC link {} was found", path.link.id)));
        }
        Admission::Some { missing, .. } => Some(missing),
        Admission::None => None,
    };
    out.found(finding(deployment, path, &groups, missing.as_deref(), peers.blocks));
    Ok(())
}

fn finding(deployment: &Deployment, path: LinkPath<'_>, groups: &[&SecurityGroup], missing: Option<&[IpNet]>, nodes: &[IpNet]) -> Finding {
    let port = path.listener.port;
    let group = &groups[0].id;
    let subject = Subject::new(SubjectKind::SecurityGroup, group);
    let whom = missing.map_or_else(
        || format!("load balancer {}", path.load_balancer.name),
        |some| format!("a part of load balancer {} ({})", path.load_balancer.name, list(some)),
    );
    let link = Subject::new(SubjectKind::VpcLink, &path.link.id);
    let listener = Deployment::listener_subject(path.listener);
    // AWS documents that the packets are dropped; which status API Gateway makes of it is only seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let mut effect = Effect::blocks_all(Phase::Connect, link.clone(), answer).and_through(listener.clone());
    effect.blocks = if missing.is_some() { Blocks::Some } else { Blocks::All };
    let rules = closest_rule(groups, Direction::Egress, port).unwrap_or_else(|| "no outbound rule for TCP".to_owned());
    let wanted = path.load_balancer.security_group_ids.first().cloned().unwrap_or_else(|| list(nodes));
    let all: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
    let finding = Finding::new(&META, subject.clone(), format!("no rule lets VPC link {} out to {whom} on port {port}", path.link.id))
        .evidence(
            Evidence::found(subject, "IpPermissionsEgress", rules, source::DESCRIBE_SECURITY_GROUPS)
                .expected(format!("tcp {port} to {wanted}")),
        )
        .evidence(Evidence::found(link, "SecurityGroupIds", all.join(", "), source::GET_VPC_LINK))
        .evidence(Evidence::found(listener, "Port", port.to_string(), source::DESCRIBE_LISTENERS))
        .effect(effect);
    if wanted.is_empty() {
        return finding; // neither groups nor addresses: there is nothing that a rule could name
    }
    finding.fix(open(deployment, path, group, missing.unwrap_or(nodes)))
}

/// To the load balancer's group; to its addresses if it has none, as a Network Load Balancer may.
fn open(deployment: &Deployment, path: LinkPath<'_>, group: &str, blocks: &[IpNet]) -> Fix {
    let port = path.listener.port;
    let (peer, change, command) = match path.load_balancer.security_group_ids.first() {
        Some(peer) => (peer.clone(), admit_group(group, "egress", port, peer), authorize(deployment, "egress", group, port, peer)),
        None => {
            let rule = json!({"protocol": "tcp", "from_port": port, "to_port": port, "cidrs": blocks});
            let ranges: Vec<String> = blocks.iter().map(|block| format!("{{CidrIp={block}}}")).collect();
            let permission = format!("IpProtocol=tcp,FromPort={port},ToPort={port},IpRanges=[{}]", ranges.join(","));
            let command =
                format!("ec2 authorize-security-group-egress --group-id {} --ip-permissions {}", quote(group), quote(&permission));
            (list(blocks), append(&["security_groups", "known", group, "egress"], rule), aws(deployment, &command))
        }
    };
    Fix::new(format!("let {group} out to {peer} on port {port}"), Risk::Safe, vec![change])
        .cli(command)
        .console(format!("EC2: Security groups → {group} → Edit outbound rules → add TCP {port} to {peer}"))
}

fn list(blocks: &[IpNet]) -> String {
    let shown: Vec<String> = blocks.iter().take(4).map(ToString::to_string).collect();
    let more = if blocks.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
