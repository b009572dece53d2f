//! The VPC link is available, and a network interface that API Gateway made for it is gone or detached.

use super::new_link::{replace, same_again};
use super::state::{states, stops_the_link, subject_of, with_state};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{VpcLink, VpcLinkState};
use crate::model::network::NetworkInterface;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "vpclink-eni-missing",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "a network interface of the VPC link is gone or detached",
    phase: None,
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::VpcLinkState, Part::NetworkInterfaces],
    optional: &[Part::Subnets, Part::Listeners, Part::LoadBalancers, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_eni_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkEniMissing;

impl Check for VpclinkEniMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(states(deployment), |out, (link, state)| {
            if state.status != "AVAILABLE" {
                return Ok(()); // then its interfaces are not expected: the check of that state speaks
            }
            let interfaces = deployment.link_interfaces(link)?;
            if interfaces.is_empty() {
                let what = format!("no interface carries the tag of VPC link {}: gone, or not tagged", link.id);
                return Err(Gap::undecided(Part::NetworkInterfaces, what));
            }
            let lacking = lacking(deployment, link, &interfaces);
            if lacking.is_empty() {
                out.fine(subject_of(&link.id), format!("VPC link {} has an interface in each of its subnets", link.id));
            } else {
                out.found(finding(deployment, link, state, &interfaces, &lacking));
            }
            Ok(())
        });
        Ok(())
    }
}

/// In use, or on its way there; one that is `available` is attached to nothing.
fn alive(nic: &NetworkInterface) -> bool {
    !matches!(nic.status.as_deref(), Some("available" | "detaching"))
}

/// Subnets of the link without a living interface. One that was not found is another matter.
fn lacking<'a>(deployment: &Deployment, link: &'a VpcLink, interfaces: &[&NetworkInterface]) -> Vec<&'a String> {
    let exists = |id: &String| deployment.subnets().is_ok_and(|all| all.contains_key(id));
    let has_one = |id: &String| interfaces.iter().any(|nic| nic.subnet_id == *id && alive(nic));
    link.subnet_ids.iter().filter(|id| !has_one(id) && exists(id)).collect()
}

fn finding(
    deployment: &Deployment,
    link: &VpcLink,
    state: &VpcLinkState,
    interfaces: &[&NetworkInterface],
    lacking: &[&String],
) -> Finding {
    let subject = subject_of(&link.id);
    let names = lacking.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    let all = lacking.len() == link.subnet_ids.len();
    let finding = Finding::new(&META, subject.clone(), format!("VPC link {} has no working interface in {names}", link.id));
    // AWS asks to leave these interfaces alone and does not say what happens without; one interface may serve several links of the same subnet.
    let finding = if all {
        finding.confidence(Confidence::Likely).effect(stops_the_link(&link.id, None))
    } else {
        finding.severity(Severity::Warning).confidence(Confidence::Possible).effect(Effect::weakens(Phase::Connect, subject.clone()))
    };
    let mut finding = finding.evidence(Evidence::found(subject, "SubnetIds", link.subnet_ids.join(", "), source::GET_VPC_LINK));
    for id in lacking {
        let at = Subject::new(SubjectKind::Subnet, *id);
        let dead = interfaces.iter().find(|nic| nic.subnet_id == **id);
        let evidence = match dead.and_then(|nic| Some((nic, nic.status.as_deref()?))) {
            Some((nic, status)) => Evidence::found(at, "Status", format!("{}: {status}", nic.id), source::DESCRIBE_NETWORK_INTERFACES),
            None => Evidence::absent(at, "NetworkInterfaces", source::DESCRIBE_NETWORK_INTERFACES),
        };
        finding = finding.evidence(evidence.expected("an interface in use"));
    }
    let title = "make a new VPC link of the same subnets, and switch the integrations to it";
    let fix = same_again(deployment, link).map(|plan| replace(deployment, &link.id, title, &plan));
    fix.into_iter().fold(with_state(finding, link, state), Finding::fix)
}
