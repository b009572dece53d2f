//! A subnet of the VPC link has no free addresses left, or next to none: API Gateway cannot place a network interface there.

use super::new_link::{ROOM, replace, same_again};
use super::state::{stops_the_link, subject_of};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::network::Subnet;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "vpclink-subnet-no-ip",
    hop: Hop::VpcLink,
    severity: Severity::Warning,
    title: "a subnet of the VPC link has hardly any free addresses",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Subnets],
    optional: &[Part::VpcLinkState, Part::Listeners, Part::LoadBalancers, Part::NetworkInterfaces, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable],
    refines: &["vpclink-pending", "vpclink-inactive", "vpclink-failed"],
    since: "0.1.0",
    page: include_str!("vpclink_subnet_no_ip.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkSubnetNoIp;

impl Check for VpclinkSubnetNoIp {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_links(), |out, link| {
            let subnets = deployment.subnets()?;
            for id in &link.subnet_ids {
                match subnets.get(id) {
                    None => out.gap(Gap::undecided(Part::Subnets, format!("subnet {id} of VPC link {} was not found", link.id))),
                    Some(subnet) if subnet.available_addresses < ROOM => out.found(finding(deployment, link, subnet)),
                    Some(subnet) => {
                        let fact = format!("subnet {id} has {} free addresses", subnet.available_addresses);
                        out.fine(Subject::new(SubjectKind::Subnet, id), fact);
                    }
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, link: &VpcLink, subnet: &Subnet) -> Finding {
    let subject = Subject::new(SubjectKind::Subnet, &subnet.id);
    let free = match subnet.available_addresses {
        0 => "no free address".to_owned(),
        1 => "1 free address".to_owned(),
        more => format!("{more} free addresses"),
    };
    let finding = Finding::new(&META, subject.clone(), format!("subnet {} of VPC link {} has {free}", subnet.id, link.id))
        .confidence(Confidence::Likely)
        .evidence(
            Evidence::found(subject, "AvailableIpAddressCount", subnet.available_addresses.to_string(), source::DESCRIBE_SUBNETS)
                .expected(format!("{ROOM} or more")),
        );
    // A link that works has its addresses already; one that does not cannot get any here, and that may well be why.
    let state = deployment.vpc_link_state(link).ok().filter(|state| state.status != "AVAILABLE" && subnet.available_addresses == 0);
    let finding = match state {
        Some(state) => finding
            .severity(Severity::Error)
            .evidence(Evidence::found(subject_of(&link.id), "VpcLinkStatus", &state.status, source::GET_VPC_LINK))
            .effect(stops_the_link(&link.id, Some(503))),
        None => finding.effect(Effect::weakens(Phase::Connect, subject_of(&link.id))),
    };
    let title = format!("make a new VPC link that does without subnet {}, and switch the integrations to it", subnet.id);
    let elsewhere = same_again(deployment, link).map(|plan| replace(deployment, &link.id, &title, &plan));
    [Some(free_some(deployment, &subnet.id)), elsewhere].into_iter().flatten().fold(finding, Finding::fix)
}

/// Free addresses are no configuration, so nothing is changed on the model.
fn free_some(deployment: &Deployment, subnet_id: &str) -> Fix {
    let filters = format!("Name=subnet-id,Values={subnet_id} Name=status,Values=available");
    let query = "'NetworkInterfaces[].[NetworkInterfaceId,Description]'";
    let listing = format!("ec2 describe-network-interfaces --filters {filters} --query {query} --output table");
    Fix::new(format!("free addresses in subnet {subnet_id}: delete interfaces that nothing uses"), Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &listing))
        .cli(aws(
            deployment,
            &format!("ec2 describe-subnets --subnet-ids {} --query 'Subnets[].AvailableIpAddressCount'", quote(subnet_id)),
        ))
        .console(format!("EC2: Network interfaces → filter by subnet {subnet_id} and status Available"))
}
