//! The integration names a listener that does not exist any more.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "uri-listener-gone",
    hop: Hop::Integration,
    severity: Severity::Error,
    title: "the integration names a listener that does not exist",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("uri_listener_gone.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct UriListenerGone;

impl Check for UriListenerGone {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.private_integrations(), |out, integration| {
            let Some(arn) = integration.listener_arn() else { return Ok(()) }; // Cloud Map has no listener
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            match deployment.listener(arn)? {
                Some(listener) => out.fine(subject, format!("integration {}'s listener {} exists", integration.id, listener.port)),
                None => out.found(finding(deployment, integration, arn, subject)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, arn: &str, subject: Subject) -> Finding {
    let listener = Subject::from_arn(SubjectKind::Listener, arn);
    // API Gateway has nothing to connect to; whether it says 500 or 503 is not documented.
    let answer = ExpectedAnswer::gateway(None, Symptom::GatewayServiceUnavailable).inferred();
    let finding = Finding::new(&META, subject.clone(), format!("integration {} names a listener that does not exist", integration.id))
        .evidence(Evidence::found(subject.clone(), "IntegrationUri", arn, source::GET_INTEGRATIONS).expected("a listener that exists"))
        .evidence(Evidence::absent(listener, "ListenerArn", source::DESCRIBE_LISTENERS))
        .effect(Effect::blocks_all(Phase::Connect, subject, answer));
    let neighbours = balancer_arn(arn).map(|lb| deployment.listeners_on(&lb)).unwrap_or_default();
    let mut speaks_alike = neighbours.into_iter().filter(|listener| listener.speaks_tls() == integration.speaks_tls());
    match speaks_alike.next() {
        Some(listener) => finding.fix(name_it(deployment, integration, listener)),
        None => finding.fix(find_it(deployment, arn)),
    }
}

/// `…:listener/app/NAME/ID/LISTENER` → `…:loadbalancer/app/NAME/ID`.
fn balancer_arn(listener_arn: &str) -> Option<String> {
    let (of_balancer, _) = listener_arn.rsplit_once('/')?;
    Some(of_balancer.replacen(":listener/", ":loadbalancer/", 1))
}

fn name_it(deployment: &Deployment, integration: &Integration, listener: &Listener) -> Fix {
    let change = vec![remedy::set(&["integrations", "known", &integration.id, "uri"], json!(listener.arn))];
    let title = format!("name listener {} ({}) of the same load balancer", listener.port, listener.protocol);
    let fix = Fix::new(title, Risk::Safe, change)
        .cli(update_integration(deployment, &integration.id, &format!("--integration-uri {}", quote(&listener.arn))))
        .console(format!("{CONSOLE_INTEGRATION} → Load balancer listener: {} {}", listener.protocol, listener.port));
    then_deploy(deployment, fix)
}

/// No listener is known that could take its place: a load balancer of the same name may have been made anew.
fn find_it(deployment: &Deployment, arn: &str) -> Fix {
    let name = arn.rsplit('/').nth(2).unwrap_or_default();
    let balancer = format!(
        "elbv2 describe-load-balancers --names {} --query {} --output text",
        quote(name),
        quote("LoadBalancers[0].LoadBalancerArn")
    );
    let listeners = format!(
        "elbv2 describe-listeners --load-balancer-arn \"$({})\" --query {}",
        aws(deployment, &balancer),
        quote("Listeners[].[ListenerArn,Protocol,Port]")
    );
    let fix = Fix::new(format!("find the listener that took its place on load balancer {name}, and name it"), Risk::Safe, Vec::new())
        .cli(aws(deployment, &listeners))
        .console(format!("{CONSOLE_INTEGRATION} → Load balancer listener"));
    then_deploy(deployment, fix)
}
