//! The load balancer's strictest desync mode refuses the GET requests that API Gateway sends.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::listener::asked::asked;
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

/// The attribute that holds the mode.
const MODE: &str = "routing.http.desync_mitigation_mode";

static META: Meta = Meta {
    id: "desync-strictest",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer's strictest desync mode refuses requests of API Gateway",
    phase: Some(Phase::Http),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::LoadBalancerAttributes,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::Stages],
    symptoms: &[Symptom::LbBadRequest],
    refines: &[],
    since: "0.1.0",
    page: include_str!("desync_strictest.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DesyncStrictest;

impl Check for DesyncStrictest {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        // Only an Application Load Balancer reads HTTP; it may stand behind a Network Load Balancer.
        let reading = deployment.used_listeners().then(|listener| Ok(listener.reads_http().then_some(&listener.load_balancer_arn)));
        let balancers = reading.then(|arn| deployment.load_balancer(arn)).unique_by(|lb| &lb.arn);
        out.over(balancers, |out, lb| {
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            // An answer without the attribute leaves it at AWS's default.
            let mode = deployment.load_balancer_attributes(&lb.arn)?.get(MODE).map_or("defensive", String::as_str);
            if mode == "strictest" {
                report(deployment, out, lb, &subject);
            } else {
                out.fine(subject, format!("load balancer {} mitigates desync in {mode} mode", lb.name));
            }
            Ok(())
        });
        Ok(())
    }
}

/// One finding for each request of the kind that is refused; where none was asked about, one that says what others would meet.
fn report(deployment: &Deployment, out: &mut Outcome, lb: &LoadBalancer, subject: &Subject) {
    let arriving = asked(deployment);
    // API Gateway adds "Content-Length: 0" to requests without a body: AWS documents how the load balancer classes a GET or HEAD
    // with it, and what the strictest mode does to that class. That API Gateway adds it is only seen in the field.
    let answer = ExpectedAnswer::load_balancer(Some(400), Symptom::LbBadRequest).inferred();
    let here = arriving.items.iter().filter(|asked| asked.listener.load_balancer_arn == lb.arn);
    let refused: Vec<_> = here.filter(|asked| matches!(asked.arrival.method.as_str(), "GET" | "HEAD")).collect();
    for asked in &refused {
        let effect = Effect::blocks_request(Phase::Http, asked.index, answer);
        out.found(finding(deployment, lb, subject).effect(effect));
    }
    if refused.is_empty() {
        let effect = Effect::weakens(Phase::Http, subject.clone());
        out.found(finding(deployment, lb, subject).severity(Severity::Warning).effect(effect));
    }
    out.gaps.extend(arriving.gaps);
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, subject: &Subject) -> Finding {
    let change = vec![remedy::set(&["load_balancer_attributes", &lb.arn, "known", MODE], json!("defensive"))];
    let arguments = format!("--load-balancer-arn {} --attributes Key={MODE},Value=defensive", quote(&lb.arn));
    let fix = Fix::new("set the desync mode to defensive, AWS's default", Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-load-balancer-attributes {arguments}")))
        .console(format!("EC2: Load balancers → {} → Attributes → Edit → Packet handling → Desync mitigation mode: Defensive", lb.name));
    let summary = format!("load balancer {} refuses GET requests with a Content-Length, as API Gateway sends them", lb.name);
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(
            Evidence::found(subject.clone(), MODE, "strictest", source::DESCRIBE_LOAD_BALANCER_ATTRIBUTES).expected("defensive or monitor"),
        )
        .fix(fix)
}
