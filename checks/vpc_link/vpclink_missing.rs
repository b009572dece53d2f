//! An integration names a VPC link that does not exist, or that is being deleted.

use super::new_link::{behind, beside, replace};
use super::state::{stops_the_link, subject_of};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::set;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "vpclink-missing",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "an integration names a VPC link that does not exist",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks],
    optional: &[Part::VpcLinkState, Part::Listeners, Part::LoadBalancers, Part::Subnets, Part::SecurityGroups, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayOther],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkMissing;

impl Check for VpclinkMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        // A private integration without a ConnectionId cannot be saved, so there is nothing to look at then.
        let named = deployment.private_integrations().then(|integration| Ok(integration.connection_id.as_deref().zip(Some(integration))));
        out.over(named.unique_by(|(id, _)| *id), |out, (id, integration)| {
            match deployment.vpc_link(id)? {
                None => out.found(finding(deployment, integration, id, false)),
                Some(link) if deployment.vpc_link_state(link).is_ok_and(|state| state.status == "DELETING") => {
                    out.found(finding(deployment, integration, id, true));
                }
                Some(link) => out.fine(subject_of(id), format!("VPC link {id} (\"{}\") exists", link.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, id: &str, deleting: bool) -> Finding {
    let subject = subject_of(id);
    let what = if deleting { "is being deleted" } else { "does not exist" };
    let summary = format!("VPC link {id}, which integration {} names, {what}", integration.id);
    let at = Subject::new(SubjectKind::Integration, &integration.id);
    let found = if deleting {
        Evidence::found(subject.clone(), "VpcLinkStatus", "DELETING", source::GET_VPC_LINK)
    } else {
        Evidence::absent(subject.clone(), "VpcLinkId", source::GET_VPC_LINK)
    };
    let finding = Finding::new(&META, subject, summary)
        .evidence(Evidence::found(at, "ConnectionId", id, source::GET_INTEGRATIONS).expected("the id of a VPC link that exists"))
        .evidence(found)
        .effect(stops_the_link(id, None));
    let ways = behind(deployment, id).first().copied().map_or_else(Vec::new, |(listener, lb)| {
        let other = other_link(deployment, id, &lb.arn).map(|other| repoint(deployment, id, other));
        let title = format!("make a VPC link beside load balancer {} and switch the integrations to it", lb.name);
        let new = beside(deployment, listener, lb).map(|plan| replace(deployment, id, &title, &plan));
        other.into_iter().chain(new).collect()
    });
    if ways.is_empty() {
        return finding.fix(by_hand(deployment));
    }
    ways.into_iter().fold(finding, Finding::fix)
}

/// The load balancer behind the integration could not be read, so nobody can say where the link has to live.
fn by_hand(deployment: &Deployment) -> Fix {
    let query = "'Items[].[VpcLinkId,Name,VpcLinkStatus]'";
    Fix::new("name a VPC link that leads to the load balancer's VPC, or make one there", Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &format!("apigatewayv2 get-vpc-links --query {query} --output table")))
        .console(format!("{CONSOLE_INTEGRATION} → VPC link"))
}

/// A link in order through which another integration reaches the same load balancer.
fn other_link<'a>(deployment: &'a Deployment, id: &str, load_balancer_arn: &str) -> Option<&'a str> {
    let paths = deployment.link_paths().items.into_iter();
    let others = paths.filter(|path| path.load_balancer.arn == load_balancer_arn && path.link.id != id);
    let mut available = others.filter(|path| deployment.vpc_link_state(path.link).is_ok_and(|state| state.status == "AVAILABLE"));
    available.next().map(|path| path.link.id.as_str())
}

fn repoint(deployment: &Deployment, old_id: &str, other: &str) -> Fix {
    let title = format!("use VPC link {other}, through which another integration reaches this load balancer");
    let mut fix = Fix::new(title, Risk::Safe, Vec::new());
    for integration in deployment.integrations().into_iter().flat_map(|all| all.values()) {
        if integration.connection_id.as_deref() == Some(old_id) {
            fix.change.push(set(&["integrations", "known", &integration.id, "connection_id"], json!(other)));
            let update = update_integration(deployment, &integration.id, &format!("--connection-id {}", quote(other)));
            fix = fix.cli(update).console(format!("{CONSOLE_INTEGRATION} {} → VPC link: {other}", integration.id));
        }
    }
    then_deploy(deployment, fix)
}
