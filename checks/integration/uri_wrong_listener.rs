//! The integration's listener leads to no ECS service, and another listener of the same load balancer does.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::listener::asked::{Asked, Landing, asked};
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::forwards_to;
use crate::remedy;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "uri-wrong-listener",
    hop: Hop::Integration,
    severity: Severity::Warning,
    title: "the integration's listener leads elsewhere, and its neighbour to the ECS service",
    phase: Some(Phase::Target),
    needs: &[
        Part::Stages,
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::Services,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces],
    symptoms: &[Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("uri_wrong_listener.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct UriWrongListener;

impl Check for UriWrongListener {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| look(deployment, out, &asked));
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, asked: &Asked<'_>) -> Result<(), Gap> {
    let landing = asked.landing(deployment)?;
    if !landing.forwards() {
        return Ok(()); // listener-redirects-to-https and default-action-fixed-response speak
    }
    let subject = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let port = asked.listener.port;
    let own = groups(&landing);
    if let Some((_, service)) = filled(deployment, &own)? {
        out.fine(subject, format!("listener {port} leads to ECS service {}", service.name));
        return Ok(());
    }
    // What another integration reaches is no secret to whoever made this API: then this one may be for something else.
    for listener in deployment.used_listeners().items {
        let all = deployment.target_group_arns_of(listener)?;
        if let Some((_, service)) = filled(deployment, &all)? {
            out.fine(subject, format!("another integration of the API leads to ECS service {}", service.name));
            return Ok(());
        }
    }
    match neighbour(deployment, asked)? {
        Some(found) => out.found(finding(deployment, asked, &own, &found)),
        None => out.fine(subject, format!("no other listener beside {port} leads to an ECS service")),
    }
    Ok(())
}

/// The target groups that a request may come to.
fn groups<'a>(landing: &Landing<'a>) -> BTreeSet<&'a str> {
    landing.evaluation.candidates.iter().flat_map(|candidate| forwards_to(candidate.actions)).collect()
}

/// The first of the groups that an ECS service registers into, with that service.
fn filled<'a>(deployment: &'a Deployment, groups: &BTreeSet<&'a str>) -> Result<Option<(&'a str, &'a Service)>, Gap> {
    for group in groups {
        if let Some(service) = deployment.services_of(group)?.first() {
            return Ok(Some((group, service)));
        }
    }
    Ok(None)
}

/// A listener that would forward the request to an ECS service.
struct Neighbour<'a> {
    listener: &'a Listener,
    group: &'a str,
    service: &'a Service,
}

fn neighbour<'a>(deployment: &'a Deployment, asked: &Asked<'a>) -> Result<Option<Neighbour<'a>>, Gap> {
    for listener in deployment.listeners_on(&asked.listener.load_balancer_arn) {
        // A neighbour whose rules were not read is no help; it does not have to be read.
        let Ok(landing) = asked.landing_on(deployment, listener) else { continue };
        if listener.arn == asked.listener.arn || !landing.forwards() {
            continue;
        }
        if let Some((group, service)) = filled(deployment, &groups(&landing))? {
            return Ok(Some(Neighbour { listener, group, service }));
        }
    }
    Ok(None)
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, own: &BTreeSet<&str>, found: &Neighbour<'_>) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let (port, other) = (asked.listener.port, found.listener.port);
    let summary = format!(
        "integration {} names listener {port}, which leads to no ECS service; listener {other} beside it leads to service {}",
        asked.integration.id, found.service.name
    );
    let tails: Vec<&str> = own.iter().map(|arn| crate::model::subject::arn_tail(arn)).collect();
    let here = Deployment::listener_subject(asked.listener);
    let service = Subject::from_arn(SubjectKind::Service, &found.service.arn);
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "IntegrationUri", &asked.listener.arn, source::GET_INTEGRATIONS).expected(&found.listener.arn))
        .evidence(Evidence::found(here, "Actions.TargetGroupArn", tails.join(", "), source::DESCRIBE_RULES))
        .evidence(Evidence::found(service, "loadBalancers.targetGroupArn", found.group, source::DESCRIBE_SERVICES))
        .effect(Effect::blocks_request(Phase::Target, asked.index, ExpectedAnswer::target().inferred()))
        .fix(name_it(deployment, asked, found.listener))
}

/// Only a listener of the same kind can take the other's place as it is: TLS needs a secure server name, and plain HTTP none.
fn name_it(deployment: &Deployment, asked: &Asked<'_>, listener: &Listener) -> Fix {
    let id = &asked.integration.id;
    let mut change = vec![remedy::set(&["integrations", "known", id, "uri"], json!(listener.arn))];
    let mut arguments = format!("--integration-uri {}", quote(&listener.arn));
    if listener.speaks_tls() != asked.integration.speaks_tls() {
        change.clear();
        arguments.push_str(if listener.speaks_tls() { " --tls-config ServerNameToVerify=NAME_ON_THE_CERTIFICATE" } else { "" });
    }
    let title = format!("name listener {} ({}), if that is the application that is meant", listener.port, listener.protocol);
    let fix = Fix::new(title, Risk::Disruptive, change)
        .cli(update_integration(deployment, id, &arguments))
        .console(format!("{CONSOLE_INTEGRATION} → Load balancer listener: {} {}", listener.protocol, listener.port));
    then_deploy(deployment, fix)
}
