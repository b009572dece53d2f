//! The integration names a resource of another account or another Region.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, then_deploy, update_integration};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "cross-account-or-region",
    hop: Hop::Integration,
    severity: Severity::Error,
    title: "the integration names a listener or service of another account or Region",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::Listeners, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayTimeout],
    refines: &["uri-listener-gone"],
    since: "0.1.0",
    page: include_str!("cross_account_or_region.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CrossAccountOrRegion;

impl Check for CrossAccountOrRegion {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.private_integrations(), |out, integration| {
            let Some(place) = integration.uri.as_deref().and_then(Place::of) else { return Ok(()) }; // AWS saves no other URI
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            match strange(deployment, integration, &place)? {
                Some((what, expected)) => out.found(finding(deployment, integration, subject, &what, expected)),
                None => {
                    out.fine(subject, format!("integration {} stays in Region {} and in the API's account", integration.id, place.region))
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// Where a resource lives, by its ARN.
struct Place<'a> {
    region: &'a str,
    account: &'a str,
}

impl Place<'_> {
    fn of(arn: &str) -> Option<Place<'_>> {
        match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", _, _, region, account, _] if !region.is_empty() && !account.is_empty() => Some(Place { region, account }),
            _ => None,
        }
    }
}

/// What is elsewhere, and what it should be. A listener that was read exists in this account and Region: AWS lists no others.
fn strange(deployment: &Deployment, integration: &Integration, place: &Place<'_>) -> Result<Option<(String, String)>, Gap> {
    if place.region != deployment.region() {
        return Ok(Some((format!("in Region {}", place.region), format!("Region {}", deployment.region()))));
    }
    match deployment.account() {
        Some(account) if account != place.account => Ok(Some((format!("of account {}", place.account), format!("account {account}")))),
        Some(_) => Ok(None),
        None if deployment.listener_of(integration)?.is_some() => Ok(None),
        None => Err(Gap::undecided(Part::Integrations, "the number of the API's own account is not known")),
    }
}

fn finding(deployment: &Deployment, integration: &Integration, subject: Subject, what: &str, expected: String) -> Finding {
    // AWS documents that both have to be in one account; the Region and the status are inferred.
    let answer = ExpectedAnswer::gateway(None, Symptom::GatewayServiceUnavailable).inferred();
    let uri = integration.uri.as_deref().unwrap_or_default();
    let summary = format!("integration {} names a resource {what}, and a VPC link does not lead there", integration.id);
    let fix = Fix::new(
        "name a listener of the API's own account and Region; what is elsewhere needs a load balancer here",
        Risk::Safe,
        Vec::new(),
    )
    .cli(aws(deployment, "elbv2 describe-load-balancers --query 'LoadBalancers[].[LoadBalancerName,LoadBalancerArn]'"))
    .cli(aws(deployment, "elbv2 describe-listeners --load-balancer-arn LB --query 'Listeners[].[ListenerArn,Protocol,Port]'"))
    .cli(update_integration(deployment, &integration.id, "--integration-uri LISTENER"))
    .console(format!("{CONSOLE_INTEGRATION} → Load balancer, and its listener"));
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), "IntegrationUri", uri, source::GET_INTEGRATIONS).expected(expected))
        .effect(Effect::blocks_all(Phase::Connect, subject, answer))
        .fix(then_deploy(deployment, fix))
}
