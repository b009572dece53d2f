//! The load balancer routes, but lacks the resources to grow.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LbState, LoadBalancer};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-impaired",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "the load balancer routes, but lacks the resources to grow",
    phase: None, // it routes
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::LoadBalancerState,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::Subnets],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_impaired.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbImpaired;

impl Check for LbImpaired {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.passed_load_balancers(), |out, lb| {
            let state = deployment.load_balancer_state(lb)?;
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            match state.code.as_str() {
                "active_impaired" => out.found(finding(deployment, lb, state, subject)),
                "active" => out.fine(subject, format!("load balancer {} is active", lb.name)),
                _ => {} // lb-not-active speaks
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, state: &LbState, subject: Subject) -> Finding {
    let mut finding = Finding::new(&META, subject.clone(), format!("load balancer {} routes, but lacks the resources to grow", lb.name))
        .evidence(Evidence::found(subject.clone(), "State.Code", &state.code, source::DESCRIBE_LOAD_BALANCERS).expected("active"))
        .effect(Effect::weakens(Phase::Connect, subject.clone()));
    if let Some(reason) = &state.reason {
        finding = finding.evidence(Evidence::found(subject, "State.Reason", reason, source::DESCRIBE_LOAD_BALANCERS));
    }
    let subnets = deployment.subnets().ok();
    let own = lb.zones.iter().filter_map(|zone| subnets?.get(&zone.subnet_id));
    // AWS asks for a /27 and 8 free addresses in each subnet.
    for subnet in own.filter(|subnet| subnet.available_addresses < 8) {
        let here = Subject::new(SubjectKind::Subnet, &subnet.id);
        let free = Evidence::found(here, "AvailableIpAddressCount", subnet.available_addresses.to_string(), source::DESCRIBE_SUBNETS);
        finding = finding.evidence(free.expected("8 or more"));
    }
    finding.fix(make_room(deployment, lb))
}

/// The state is an observation: it changes when the load balancer can grow again.
fn make_room(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let subnets: Vec<String> = lb.zones.iter().map(|zone| quote(&zone.subnet_id)).collect();
    let free = quote("Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]");
    let arn = quote(&lb.arn);
    Fix::new("free addresses in its subnets, or give it larger ones", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("ec2 describe-subnets --subnet-ids {} --query {free}", subnets.join(" "))))
        .cli(aws(deployment, &format!("elbv2 set-subnets --load-balancer-arn {arn} --subnets LARGER_SUBNET_A LARGER_SUBNET_B")))
        .console(format!("EC2: Load balancers → {} → Network mapping → Edit subnets", lb.name))
}
