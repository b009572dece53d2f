//! The target group is of IPv6, and the load balancer or the tasks have no such addresses.

use super::health::{nobody, subject};
use super::replacement::replace;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use ipnet::IpNet;
use serde_json::json;

static META: Meta = Meta {
    id: "tg-ip-family",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "the target group is of IPv6, and the load balancer or the tasks have no IPv6 addresses",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::Services,
        Part::Subnets,
    ],
    optional: &[Part::TargetHealth],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty"],
    since: "0.1.0",
    page: include_str!("tg_ip_family.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TgIpFamily;

impl Check for TgIpFamily {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            if group.ip_address_type.as_deref() != Some("ipv6") {
                out.fine(subject(group), format!("target group {} is of IPv4", group.name)); // the default
                return Ok(());
            }
            let Some(lb) = deployment.load_balancer(&listener.load_balancer_arn)? else { return Ok(()) };
            if lb.ip_address_type.as_deref() == Some("ipv4") {
                out.found(of_balancer(deployment, group, listener, lb));
                return Ok(());
            }
            for service in deployment.services_of(&group.arn)? {
                if has_ipv6(deployment, service)? {
                    out.fine(subject(group), format!("tasks of service {} have IPv6 addresses", service.name));
                } else {
                    out.found(of_service(deployment, group, listener, service));
                }
            }
            out.fine(subject(group), format!("load balancer {} has IPv6 addresses", lb.name));
            Ok(())
        });
        Ok(())
    }
}

/// Whether a subnet of the service has a block of IPv6; a service without subnets has tasks without addresses of their own.
fn has_ipv6(deployment: &Deployment, service: &Service) -> Result<bool, Gap> {
    let subnets = deployment.subnets()?;
    let found: Vec<_> = service.subnet_ids.iter().filter_map(|id| subnets.get(id)).collect();
    if found.is_empty() {
        return Err(Gap::undecided(Part::Subnets, format!("none of the subnets of service {} was found", service.name)));
    }
    Ok(found.iter().any(|subnet| subnet.cidrs.iter().any(|block| matches!(block, IpNet::V6(_)))))
}

/// AWS refuses most of such configurations. Requests are stopped for certain only while nobody is registered.
fn finding(deployment: &Deployment, group: &TargetGroup, listener: &Listener, summary: String) -> Finding {
    let empty = deployment.nobody_registered(&group.arn);
    let answer = nobody(listener);
    let (severity, effect) = match empty {
        true => (Severity::Error, Effect::blocks_all(Phase::TargetConnect, subject(group), answer)),
        false => (Severity::Warning, Effect::weakens(Phase::TargetConnect, subject(group))),
    };
    let evidence = Evidence::found(subject(group), "IpAddressType", "ipv6", source::DESCRIBE_TARGET_GROUPS).expected("ipv4");
    Finding::new(&META, subject(group), summary).severity(severity).effect(effect).evidence(evidence)
}

fn of_balancer(deployment: &Deployment, group: &TargetGroup, listener: &Listener, lb: &LoadBalancer) -> Finding {
    let summary = format!("target group {} is of IPv6, and load balancer {} has IPv4 addresses only", group.name, lb.name);
    let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    finding(deployment, group, listener, summary)
        .evidence(Evidence::found(balancer, "IpAddressType", "ipv4", source::DESCRIBE_LOAD_BALANCERS).expected("dualstack"))
        .fix(of_ipv4(deployment, group))
        .fix(dualstack(deployment, lb))
}

fn of_service(deployment: &Deployment, group: &TargetGroup, listener: &Listener, service: &Service) -> Finding {
    let summary = format!("target group {} is of IPv6, and no subnet of service {} has IPv6 addresses", group.name, service.name);
    let of_service = Subject::from_arn(SubjectKind::Service, &service.arn);
    let field = "networkConfiguration.awsvpcConfiguration.subnets";
    finding(deployment, group, listener, summary)
        .evidence(
            Evidence::found(of_service, field, service.subnet_ids.join(", "), source::DESCRIBE_SERVICES).expected("with an IPv6 block"),
        )
        .fix(of_ipv4(deployment, group))
}

fn of_ipv4(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let wanted = TargetGroup { ip_address_type: Some("ipv4".to_owned()), ..group.clone() };
    replace(deployment, group, wanted, "ipv4", "put a target group of IPv4 in its place".to_owned())
}

/// Its subnets have to have blocks of IPv6 first; whether the tasks have is looked at again then.
fn dualstack(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let arn = quote(&lb.arn);
    let subnets = deployment.subnets().ok();
    let ready = lb.zones.iter().all(|zone| {
        let subnet = subnets.and_then(|subnets| subnets.get(&zone.subnet_id));
        subnet.is_some_and(|subnet| subnet.cidrs.iter().any(|block| matches!(block, IpNet::V6(_))))
    });
    let [part, of, known] = remedy::load_balancer_path(lb);
    let change = if ready { vec![remedy::set(&[part, of, known, "ip_address_type"], json!("dualstack"))] } else { Vec::new() };
    Fix::new("or give the load balancer IPv6 addresses; its subnets need blocks of IPv6", Risk::Disruptive, change)
        .cli(aws(deployment, &format!("elbv2 set-ip-address-type --load-balancer-arn {arn} --ip-address-type dualstack")))
        .console(format!("EC2: Load balancers → {} → Network mapping → Edit IP address type → Dualstack", lb.name))
}
