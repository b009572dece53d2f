//! Mending a route table: a blackhole inside the VPC goes away, a way to another VPC leads where the other direction already leads.

use super::route_blackhole_or_missing::{Dropping, destination};
use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::facts::pointer;
use crate::model::network::VpcRoute;
use crate::remedy::{append, remove};
use crate::steps::{aws, quote};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// `leads`: targets by which some subnet of one side already reaches the other.
pub(super) fn fix(deployment: &Deployment, dropping: &Dropping<'_>, leads: &BTreeSet<&str>) -> Fix {
    let table = &dropping.table.id;
    if dropping.same_vpc {
        let title = format!("delete the blackhole from route table {table}: the route of the VPC itself then leads there");
        return each_blackhole(dropping, Fix::new(title, Risk::Safe, Vec::new()), |mut fix, index, route| {
            fix.change.insert(0, remove(&["route_tables", "known", table, "routes", index]));
            fix.cli(aws(deployment, &format!("ec2 delete-route --route-table-id {} {}", quote(table), to(route))))
                .console(format!("VPC: Route tables → {table} → Edit routes → remove {}", destination(route)))
        });
    }
    let Some((target, option)) = leads.iter().find_map(|target| Some((*target, option(target)?))) else {
        let title = format!("join the two VPCs, by a peering for instance, and name it in route table {table}");
        return Fix::new(title, Risk::Safe, Vec::new())
            .console(format!("VPC: Peering connections → Create; then Route tables → {table} → Edit routes"));
    };
    let command =
        |verb: &str, to: &str| aws(deployment, &format!("ec2 {verb} --route-table-id {} {to} {option} {}", quote(table), quote(target)));
    let fix = Fix::new(format!("lead there through {target} in route table {table}"), Risk::Safe, Vec::new());
    let fix = each_blackhole(dropping, fix, |mut fix, index, route| {
        let path = ["route_tables", "known", table, "routes", index];
        let new = json!({"destination": route.destination, "prefix_list": route.prefix_list, "target": target, "active": true});
        fix.change.push(json!({"op": "replace", "path": pointer(&path), "value": new}));
        fix.cli(command("replace-route", &to(route)))
            .console(format!("VPC: Route tables → {table} → Edit routes → {} → target {target}", destination(route)))
    });
    dropping.missing.iter().fold(fix, |mut fix, block| {
        let route: Value = json!({"destination": block, "prefix_list": null, "target": target, "active": true});
        fix.change.push(append(&["route_tables", "known", table, "routes"], route));
        fix.cli(command("create-route", &format!("--destination-cidr-block {block}")))
            .console(format!("VPC: Route tables → {table} → Edit routes → add {block}, target {target}"))
    })
}

/// The blackholes with their places in the table; changes by place are put in front, so the last place comes first.
fn each_blackhole(dropping: &Dropping<'_>, fix: Fix, mend: impl Fn(Fix, &str, &VpcRoute) -> Fix) -> Fix {
    let routes = dropping.table.routes.iter().enumerate().filter(|(_, route)| dropping.blackholes.contains(route));
    routes.fold(fix, |fix, (index, route)| mend(fix, &index.to_string(), route))
}

/// The route's destination as the AWS CLI wants it.
fn to(route: &VpcRoute) -> String {
    match (&route.destination, &route.prefix_list) {
        (Some(block), _) => format!("--destination-cidr-block {block}"),
        (None, list) => format!("--destination-prefix-list-id {}", quote(list.as_deref().unwrap_or_default())),
    }
}

/// The option that names a target of this kind.
fn option(target: &str) -> Option<&'static str> {
    let kinds = [
        ("pcx-", "--vpc-peering-connection-id"),
        ("tgw-", "--transit-gateway-id"),
        ("vgw-", "--gateway-id"),
        ("eni-", "--network-interface-id"),
        ("vpce-", "--vpc-endpoint-id"),
        ("i-", "--instance-id"),
    ];
    kinds.into_iter().find(|(start, _)| target.starts_with(start)).map(|(_, option)| option)
}
