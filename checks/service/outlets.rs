//! Ways out for tasks that cannot fetch their image: a public address, a NAT gateway that is there, endpoints.

use super::egress::{Needs, Outlet};
use super::image_pull_no_egress::Shut;
use super::registration::network_configuration;
use super::{console, update_service};
use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::facts::pointer;
use crate::model::service::Service;
use crate::remedy::{admit_group, append, set};
use crate::steps::{aws, quote};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The group of new endpoints on the model, until there is a real one.
const ENDPOINT_GROUP: &str = "sg-endpoints";

/// What mends it, the least change first.
pub(super) fn fixes(deployment: &Deployment, service: &Service, needs: &Needs, shut: &[Shut<'_>]) -> Vec<Fix> {
    let mut fixes = Vec::new();
    if shut.iter().all(|shut| shut.outlet == Outlet::NoPublicAddress) {
        fixes.push(public_address(deployment, service));
    }
    fixes.extend(shared_nat(deployment, shut));
    if needs.images.is_empty() {
        fixes.push(endpoints(deployment, service, shut));
    }
    if fixes.is_empty() {
        fixes.push(new_nat(shut));
    }
    fixes
}

fn public_address(deployment: &Deployment, service: &Service) -> Fix {
    let network = network_configuration(&service.subnet_ids, &service.security_group_ids, Some("ENABLED"));
    let change = vec![set(&["services", "known", &service.arn, "assign_public_ip"], json!("ENABLED"))];
    Fix::new(format!("give the tasks of service {} public addresses", service.name), Risk::Disruptive, change)
        .cli(update_service(deployment, service, &network))
        .console(format!("{} → Update → Networking → Public IP", console(service)))
}

fn tables<'a>(shut: &[Shut<'a>]) -> BTreeSet<&'a str> {
    shut.iter().map(|shut| shut.table.id.as_str()).collect()
}

/// A NAT gateway that another route table of the VPC leads to already. Not for subnets with an internet gateway: others there may use it.
fn shared_nat(deployment: &Deployment, shut: &[Shut<'_>]) -> Option<Fix> {
    let vpc = &shut.first()?.subnet.vpc_id;
    let all = deployment.route_tables().ok()?;
    let routes = all.values().filter(|table| table.vpc_id == *vpc).flat_map(|table| &table.routes);
    let nat = routes.filter(|route| route.active).map(|route| &route.target).find(|target| target.starts_with("nat-"))?;
    if shut.iter().any(|shut| shut.outlet == Outlet::NoPublicAddress) {
        return None;
    }
    let mut fix = Fix::new(format!("lead the tasks' subnets to {nat}"), Risk::Safe, Vec::new());
    for table in tables(shut) {
        // A route that leads nowhere has to be replaced.
        let dead = all.get(table)?.routes.iter().position(|route| route.destination.is_some_and(|block| block.prefix_len() == 0));
        let route = json!({"destination": "0.0.0.0/0", "prefix_list": null, "target": nat, "active": true});
        let (verb, change) = match dead {
            Some(index) => {
                let path = pointer(&["route_tables", "known", table, "routes", &index.to_string()]);
                ("replace-route", json!({"op": "replace", "path": path, "value": route}))
            }
            None => ("create-route", append(&["route_tables", "known", table, "routes"], route)),
        };
        fix.change.push(change);
        let arguments = format!("--route-table-id {} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id {}", quote(table), quote(nat));
        fix = fix
            .cli(aws(deployment, &format!("ec2 {verb} {arguments}")))
            .console(format!("VPC: Route tables → {table} → Edit routes → 0.0.0.0/0, target {nat}"));
    }
    Some(fix)
}

fn new_nat(shut: &[Shut<'_>]) -> Fix {
    let tables = tables(shut).into_iter().collect::<Vec<_>>().join(", ");
    Fix::new("make a NAT gateway in a public subnet, and lead the tasks' subnets to it", Risk::Safe, Vec::new())
        .console("VPC: NAT gateways → Create, in a subnet whose table leads to an internet gateway")
        .console(format!("VPC: Route tables → {tables} → Edit routes → add 0.0.0.0/0, target the NAT gateway"))
}

/// One endpoint for each service that lacks one: of the gateway kind for S3, else with a group that lets the tasks in.
fn endpoints(deployment: &Deployment, service: &Service, shut: &[Shut<'_>]) -> Fix {
    let region = deployment.region();
    let mut fix = Fix::new("make endpoints for what the tasks fetch", Risk::Safe, Vec::new());
    let mut by_vpc: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for shut in shut {
        by_vpc.entry(&shut.subnet.vpc_id).or_default().extend(&shut.lacking);
    }
    for (vpc, lacking) in by_vpc {
        let here: Vec<&Shut<'_>> = shut.iter().filter(|shut| shut.subnet.vpc_id == vpc).collect();
        let zones: BTreeMap<&str, &str> = here.iter().map(|shut| (shut.subnet.zone.as_str(), shut.subnet.id.as_str())).collect();
        let subnets: Vec<&str> = zones.into_values().collect(); // an endpoint takes one subnet of each zone
        let tables: BTreeSet<&str> = here.iter().map(|shut| shut.table.id.as_str()).collect();
        if lacking.iter().any(|name| *name != "s3") {
            fix = group(deployment, fix, service, vpc);
        }
        for name in lacking {
            let gateway = name == "s3";
            let full = format!("com.amazonaws.{region}.{name}");
            let (subnet_ids, table_ids) = if gateway { (Vec::new(), tables.clone()) } else { (subnets.clone(), BTreeSet::new()) };
            let groups: &[&str] = if gateway { &[] } else { &[ENDPOINT_GROUP] };
            let kind = if gateway { "Gateway" } else { "Interface" };
            let id = format!("new-{vpc}-{name}");
            fix.change.push(set(
                &["vpc_endpoints", "known", &id],
                json!({"id": id, "vpc_id": vpc, "service_name": full, "kind": kind, "state": "available", "subnet_ids": subnet_ids,
                    "route_table_ids": table_ids, "group_ids": groups, "private_dns": !gateway}),
            ));
            let words = |ids: &mut dyn Iterator<Item = &&str>| ids.map(|id| quote(id)).collect::<Vec<_>>().join(" ");
            let places = match gateway {
                true => format!("--route-table-ids {}", words(&mut tables.iter())),
                false => format!("--subnet-ids {} --security-group-ids \"$GROUP\" --private-dns-enabled", words(&mut subnets.iter())),
            };
            let command =
                format!("ec2 create-vpc-endpoint --vpc-id {} --vpc-endpoint-type {kind} --service-name {full} {places}", quote(vpc));
            fix = fix.cli(aws(deployment, &command)).console(format!("VPC: Endpoints → Create endpoint → {full}, in {vpc}"));
        }
    }
    fix
}

/// A group for interface endpoints: HTTPS from the tasks.
fn group(deployment: &Deployment, fix: Fix, service: &Service, vpc: &str) -> Fix {
    let new = json!({"id": ENDPOINT_GROUP, "name": "endpoints", "vpc_id": vpc, "ingress": [], "egress": []});
    let name = quote(&format!("{}-endpoints", service.name));
    let create = format!(
        "ec2 create-security-group --group-name {name} --description endpoints --vpc-id {} --query GroupId --output text",
        quote(vpc)
    );
    let mut fix = fix.cli(format!("GROUP=$({})", aws(deployment, &create)));
    fix.change.push(set(&["security_groups", "known", ENDPOINT_GROUP], new));
    for peer in &service.security_group_ids {
        fix.change.push(admit_group(ENDPOINT_GROUP, "ingress", 443, peer));
        let allow =
            format!("ec2 authorize-security-group-ingress --group-id \"$GROUP\" --protocol tcp --port 443 --source-group {}", quote(peer));
        fix = fix.cli(aws(deployment, &allow));
    }
    fix
}
