//! A subnet of the load balancer has too few free addresses for it to grow.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LbZone, LoadBalancer};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::Subnet;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::{load_balancer_path, set};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

/// AWS asks for so many free addresses in each subnet of an Application Load Balancer.
const ROOM: u32 = 8;

static META: Meta = Meta {
    id: "lb-subnet-exhausted",
    hop: Hop::Network,
    severity: Severity::Warning,
    title: "a subnet of the load balancer has too few free addresses for it to grow",
    phase: None,
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::LoadBalancers, Part::TargetGroups, Part::TargetHealth, Part::Subnets],
    optional: &[Part::LoadBalancerState],
    symptoms: &[Symptom::GatewayServiceUnavailable],
    refines: &["lb-impaired"],
    since: "0.1.0",
    page: include_str!("lb_subnet_exhausted.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbSubnetExhausted;

impl Check for LbSubnetExhausted {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.passed_load_balancers(), |out, lb| {
            if !lb.is_application() {
                return Ok(()); // a Network Load Balancer keeps one address in each zone
            }
            let subnets = deployment.subnets()?;
            for zone in &lb.zones {
                let subject = Subject::new(SubjectKind::Subnet, &zone.subnet_id);
                match subnets.get(&zone.subnet_id) {
                    None => out.gap(Gap::undecided(
                        Part::Subnets,
                        format!("subnet {} of load balancer {} was not found", zone.subnet_id, lb.name),
                    )),
                    Some(subnet) if subnet.available_addresses < ROOM => out.found(finding(deployment, lb, zone, subnet)),
                    Some(subnet) => out.fine(subject, format!("subnet {} has {} free addresses", subnet.id, subnet.available_addresses)),
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, zone: &LbZone, subnet: &Subnet) -> Finding {
    let subject = Subject::new(SubjectKind::Subnet, &subnet.id);
    let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    let free = match subnet.available_addresses {
        0 => "no free address".to_owned(),
        1 => "1 free address".to_owned(),
        more => format!("{more} free addresses"),
    };
    let mut finding = Finding::new(&META, subject.clone(), format!("subnet {} of load balancer {} has {free}", subnet.id, lb.name))
        .evidence(
            Evidence::found(subject, "AvailableIpAddressCount", subnet.available_addresses.to_string(), source::DESCRIBE_SUBNETS)
                .expected(format!("{ROOM} or more")),
        )
        .effect(Effect::weakens(Phase::Connect, balancer.clone()));
    // AWS's own word for a load balancer that routes and cannot grow.
    if let Ok(state) = deployment.load_balancer_state(lb)
        && state.code == "active_impaired"
    {
        let reason = state.reason.as_deref().map_or_else(|| state.code.clone(), |reason| format!("{}: {reason}", state.code));
        finding = finding.evidence(Evidence::found(balancer, "State", reason, source::DESCRIBE_LOAD_BALANCERS).expected("active"));
    }
    let roomier = roomier(deployment, subnet).map(|other| move_to(deployment, lb, zone, other));
    [roomier, Some(free_some(deployment, subnet))].into_iter().flatten().fold(finding, Finding::fix)
}

/// Another subnet of the same zone and VPC with more room.
fn roomier<'a>(deployment: &'a Deployment, full: &Subnet) -> Option<&'a Subnet> {
    let fits = |other: &&Subnet| other.vpc_id == full.vpc_id && other.zone == full.zone && other.available_addresses >= ROOM;
    deployment.subnets().ok()?.values().filter(fits).max_by_key(|other| other.available_addresses)
}

/// `set-subnets` replaces the whole list, so the other zones' subnets have to be named again.
fn move_to(deployment: &Deployment, lb: &LoadBalancer, full: &LbZone, other: &Subnet) -> Fix {
    let changed = |zone: &LbZone| if zone.zone == full.zone { other.id.clone() } else { zone.subnet_id.clone() };
    let zones: Vec<_> = lb.zones.iter().map(|zone| json!({"zone": zone.zone, "subnet_id": changed(zone)})).collect();
    let subnets: Vec<String> = lb.zones.iter().map(|zone| quote(&changed(zone))).collect();
    let path = load_balancer_path(lb);
    let change = vec![set(&[path[0], path[1], path[2], "zones"], json!(zones))];
    let command = format!("elbv2 set-subnets --load-balancer-arn {} --subnets {}", quote(&lb.arn), subnets.join(" "));
    Fix::new(format!("move load balancer {} from {} to {} in {}", lb.name, full.subnet_id, other.id, full.zone), Risk::Disruptive, change)
        .cli(aws(deployment, &command))
        .console(format!("EC2: Load balancers → {} → Network mapping → Edit subnets → {}: {}", lb.name, full.zone, other.id))
}

/// Free addresses are no configuration, so nothing is changed on the model.
fn free_some(deployment: &Deployment, subnet: &Subnet) -> Fix {
    let filters = format!("Name=subnet-id,Values={} Name=status,Values=available", subnet.id);
    let query = quote("NetworkInterfaces[].[NetworkInterfaceId,Description]");
    Fix::new(format!("free addresses in subnet {}: delete interfaces that nothing uses", subnet.id), Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &format!("ec2 describe-network-interfaces --filters {filters} --query {query} --output table")))
        .console(format!("EC2: Network interfaces → filter by subnet {} and status Available", subnet.id))
}
