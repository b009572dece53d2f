//! Whether a load balancer's security groups let the VPC link in on the listener's port: the same question for both kinds of load balancer.

use crate::check::{Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::LinkPath;
use crate::remedy::admit_group;
use crate::semantics::packets::{Admission, Direction, Peers, admission, closest_rule};
use crate::source;
use crate::steps::authorize;
use crate::symptom::Symptom;
use std::collections::BTreeSet;

/// Looks at one way in; what is closed is a finding of the check that `meta` belongs to.
pub(super) fn look(meta: &'static Meta, deployment: &Deployment, out: &mut Outcome, path: LinkPath<'_>) -> Result<(), Gap> {
    if path.load_balancer.security_group_ids.is_empty() {
        let subject = Subject::from_arn(SubjectKind::LoadBalancer, &path.load_balancer.arn);
        out.fine(subject, format!("load balancer {} has no security group, so it lets everything in", path.load_balancer.name));
        return Ok(());
    }
    let groups = deployment.groups(&path.load_balancer.security_group_ids)?;
    let link_groups = deployment.link_group_ids(path.link)?;
    // A rule that names the link's group admits it wherever it comes from; addresses only matter for rules by block.
    let blocks = deployment.link_sources(path.link);
    let peers = Peers { blocks: blocks.as_deref().unwrap_or_default(), groups: &link_groups };
    let port = path.listener.port;
    let subject = Subject::new(SubjectKind::SecurityGroup, &path.load_balancer.security_group_ids[0]);
    let missing = match admission(&groups, Direction::Ingress, port, &peers) {
        Admission::All { by } if peers.blocks.is_empty() && by.is_empty() => return Err(blocks.err().unwrap_or_else(nowhere)),
        Admission::All { by } => {
            let by = by.first().map_or_else(String::new, |admitting| format!(" ({})", admitting.rule));
            out.fine(subject, format!("security group {} admits VPC link {} on port {port}{by}", groups[0].id, path.link.id));
            return Ok(());
        }
        Admission::Undecided { prefix_lists } => {
            return Err(Gap::undecided(
                Part::PrefixLists,
                format!("the contents of prefix list {} were not read", prefix_lists.join(", ")),
            ));
        }
        Admission::Some { missing, .. } => Some(missing),
        Admission::None if peers.blocks.is_empty() => return Err(blocks.err().unwrap_or_else(nowhere)),
        Admission::None => None,
    };
    let closest = closest_rule(&groups, Direction::Ingress, port);
    out.found(finding(meta, deployment, path, subject, &link_groups, missing.as_deref(), closest));
    Ok(())
}

fn nowhere() -> Gap {
    Gap::undecided(Part::Subnets, "the VPC link's addresses are not known")
}

fn finding(
    meta: &'static Meta,
    deployment: &Deployment,
    path: LinkPath<'_>,
    subject: Subject,
    link_groups: &BTreeSet<String>,
    missing: Option<&[ipnet::IpNet]>,
    closest: Option<String>,
) -> Finding {
    let port = path.listener.port;
    let who = missing
        .map_or_else(|| format!("VPC link {}", path.link.id), |some| format!("a part of VPC link {} ({})", path.link.id, list(some)));
    let link = Subject::new(SubjectKind::VpcLink, &path.link.id);
    let listener = Subject::from_arn(SubjectKind::Listener, &path.listener.arn);
    // AWS documents that the packets are dropped; which status API Gateway makes of it is only seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let blocks = if missing.is_some() { Blocks::Some } else { Blocks::All };
    let mut effect = Effect::blocks_all(Phase::Connect, link.clone(), answer).and_through(listener.clone());
    effect.blocks = blocks;
    let rules = closest.unwrap_or_else(|| "no rule for this port".to_owned());
    let wanted = link_groups.iter().next().cloned();
    let mut finding = Finding::new(meta, subject.clone(), format!("no rule lets {who} into the load balancer on port {port}"))
        .confidence(Confidence::Certain)
        .evidence(
            Evidence::found(subject, "IpPermissions", rules, source::DESCRIBE_SECURITY_GROUPS)
                .expected(format!("tcp {port} from {}", wanted.as_deref().unwrap_or("the VPC link's addresses"))),
        )
        .evidence(Evidence::found(
            link,
            "SecurityGroupIds",
            link_groups.iter().cloned().collect::<Vec<_>>().join(", "),
            source::GET_VPC_LINK,
        ))
        .evidence(Evidence::found(listener, "Port", port.to_string(), source::DESCRIBE_LISTENERS))
        .effect(effect);
    if let Some(peer) = wanted {
        let group = &path.load_balancer.security_group_ids[0];
        finding = finding.fix(
            Fix::new(format!("let {peer} in on port {port}"), Risk::Safe, vec![admit_group(group, "ingress", port, &peer)])
                .cli(authorize(deployment, "ingress", group, port, &peer))
                .console(format!("EC2: Security groups → {group} → Edit inbound rules → add TCP {port} from {peer}")),
        );
    }
    finding
}

fn list(blocks: &[ipnet::IpNet]) -> String {
    let shown: Vec<String> = blocks.iter().take(4).map(ToString::to_string).collect();
    let more = if blocks.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
