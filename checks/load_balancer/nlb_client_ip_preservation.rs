//! The Network Load Balancer shows the VPC link's addresses to the targets, and the targets' groups do not admit them.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use crate::target_group::closed::Closed;
use crate::target_group::doors::{Knocks, STOPPED_FOR_SILENCE, closed};
use crate::target_group::preservation::{can_be_off, setting, switch_off};
use crate::target_group::visitor::Shows;

static META: Meta = Meta {
    id: "nlb-client-ip-preservation",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the Network Load Balancer preserves the VPC link's addresses, and the targets do not admit them",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::VpcLinks,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::TargetGroupAttributes,
        Part::TargetHealth,
        Part::NetworkInterfaces,
        Part::SecurityGroups,
        Part::Services,
    ],
    optional: &[Part::Subnets, Part::ServiceState, Part::Tasks],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: STOPPED_FOR_SILENCE,
    since: "0.1.0",
    page: include_str!("nlb_client_ip_preservation.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NlbClientIpPreservation;

impl Check for NlbClientIpPreservation {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let everywhere = closed(deployment, out, Knocks::Traffic, |balancer, group| {
            // Where the targets see the load balancer's own address, nlb-no-sg or target-sg-traffic-port speaks.
            Ok(deployment.preserves_client_ip(balancer, group)?.then_some(Shows::Callers))
        });
        for closed in &everywhere {
            out.found(finding(deployment, closed, &everywhere));
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, closed: &Closed<'_>, everywhere: &[Closed<'_>]) -> Finding {
    let group = closed.group;
    let summary = format!("no rule lets {}: target group {} preserves the caller's address", closed.words(), group.name);
    let mut finding = closed.stops(deployment, Finding::new(&META, closed.subject(), summary)).evidence(setting(deployment, group));
    finding.evidence.extend(callers(deployment, closed));
    finding.fixes.extend(closed.fix(deployment, everywhere));
    if can_be_off(group) && closed.open_to_the_balancer(deployment) {
        finding = finding.fix(switch_off(deployment, group));
    }
    finding
}

/// The addresses that the targets see: those of the VPC links' interfaces, or the blocks of their subnets.
fn callers(deployment: &Deployment, closed: &Closed<'_>) -> Vec<Evidence> {
    let one = |link: &VpcLink| {
        let subject = Subject::new(SubjectKind::VpcLink, &link.id);
        let interfaces = deployment.link_interfaces(link).unwrap_or_default();
        let seen: Vec<String> = deployment.link_sources(link).ok()?.iter().map(|block| block.addr().to_string()).collect();
        Some(if interfaces.is_empty() {
            Evidence::found(subject, "SubnetIds", link.subnet_ids.join(", "), source::GET_VPC_LINK)
        } else {
            Evidence::found(subject, "PrivateIpAddresses", seen.join(", "), source::DESCRIBE_NETWORK_INTERFACES)
        })
    };
    closed.visitor.callers(deployment).into_iter().filter_map(one).collect()
}
