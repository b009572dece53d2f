//! An internet-facing load balancer behind a VPC link: its name leads to public addresses, and the link has none.

use super::replacement::by_another;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "lb-internet-facing",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer behind the VPC link is internet-facing",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::LoadBalancers],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_internet_facing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbInternetFacing;

impl Check for LbInternetFacing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        // Only those that integrations name: a Network Load Balancer may hand on to an internet-facing Application Load Balancer.
        out.over(deployment.used_load_balancers(), |out, lb| {
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            if lb.scheme == "internet-facing" {
                out.found(finding(deployment, lb, subject));
            } else {
                out.fine(subject, format!("load balancer {} is {}", lb.name, lb.scheme));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, subject: Subject) -> Finding {
    // Seen in the field by several people, and by nobody in AWS's documentation.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let summary = format!("load balancer {} is internet-facing, and a VPC link reaches private addresses", lb.name);
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject.clone(), "Scheme", &lb.scheme, source::DESCRIBE_LOAD_BALANCERS).expected("internal"))
        .evidence(Evidence::found(subject.clone(), "DNSName", &lb.dns_name, source::DESCRIBE_LOAD_BALANCERS))
        .effect(Effect::blocks_all(Phase::Connect, subject, answer))
        .fix(make_internal(deployment, lb))
}

/// A scheme is for ever: the patch shows the end, an internal load balancer in its place.
fn make_internal(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let [part, arn, known] = remedy::load_balancer_path(lb);
    let change = vec![remedy::set(&[part, arn, known, "scheme"], json!("internal"))];
    let fix = Fix::new("make an internal load balancer in its place, and name its listener in the integration", Risk::Disruptive, change);
    by_another(deployment, lb, fix)
}
