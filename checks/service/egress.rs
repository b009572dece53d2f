//! What a Fargate task reaches before its containers start: the registry of its images, its logs, its secrets.
//!
//! A task in a private subnet needs a way out, or an endpoint in its VPC for each of these services
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>). Left out on purpose: whether security groups and network
//! ACLs let it use that way, and endpoint policies.

use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{RouteTable, Subnet, VpcEndpoint};
use crate::model::part::Part;
use crate::model::service::TaskDefinition;
use std::collections::BTreeSet;

/// Where a subnet leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlet<'a> {
    /// To the internet, by a NAT gateway or the like, or by an internet gateway with a public address.
    Internet,
    /// To an internet gateway, which is of no use without a public address.
    NoPublicAddress,
    /// To other private networks, in which there may be an outlet or endpoints.
    Beyond(&'a str),
    /// Nowhere.
    Nowhere,
}

/// Where the routes of a table lead a task.
pub(super) fn outlet(table: &RouteTable, public_address: bool) -> Outlet<'_> {
    let everything = |block: &ipnet::IpNet| block.prefix_len() == 0 && matches!(block, ipnet::IpNet::V4(_));
    let default = table.routes.iter().find(|route| route.active && route.destination.as_ref().is_some_and(everything));
    if let Some(route) = default {
        let gateway = route.target.starts_with("igw-");
        return if gateway && !public_address { Outlet::NoPublicAddress } else { Outlet::Internet };
    }
    let private = |target: &str| ["tgw-", "pcx-", "vgw-"].iter().any(|start| target.starts_with(start));
    let beyond = table.routes.iter().find(|route| route.active && private(&route.target));
    beyond.map_or(Outlet::Nowhere, |route| Outlet::Beyond(&route.target))
}

/// What the tasks of a definition have to reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Images that no endpoint in the VPC leads to.
    pub(super) images: BTreeSet<String>,
    /// AWS services of this Region: `ecr.api`, `s3`, `logs`, …
    pub(super) services: BTreeSet<String>,
}

pub(super) fn needs(definition: &TaskDefinition, region: &str) -> Result<Needs, Gap> {
    let mut needs = Needs::default();
    for container in &definition.containers {
        let unread = || Gap::undecided(Part::TaskDefinitions, format!("the image of container {} was not read", container.name));
        let image = container.image.as_deref().ok_or_else(unread)?;
        let host = image.split('/').next().unwrap_or_default();
        if host.contains(&format!(".dkr.ecr.{region}.")) {
            needs.services.extend(["ecr.api", "ecr.dkr", "s3"].map(str::to_owned));
        } else {
            needs.images.insert(image.to_owned());
        }
        if container.log_driver.as_deref() == Some("awslogs") {
            needs.services.insert("logs".to_owned());
        }
        needs.services.extend(container.secret_services.iter().cloned());
    }
    Ok(needs)
}

/// The needed services that no endpoint of the subnet's VPC stands for.
pub(super) fn without_endpoint<'a>(
    deployment: &Deployment,
    subnet: &Subnet,
    table: &RouteTable,
    needs: &'a Needs,
) -> Result<BTreeSet<&'a str>, Gap> {
    let endpoints = deployment.vpc_endpoints()?;
    let serves = |endpoint: &VpcEndpoint, service: &str| {
        let here = endpoint.vpc_id == subnet.vpc_id && endpoint.service_name.ends_with(&format!(".{}.{service}", deployment.region()));
        let up = endpoint.state.as_deref().is_none_or(|state| state.eq_ignore_ascii_case("available"));
        let used = match endpoint.kind.as_str() {
            "Gateway" => endpoint.route_table_ids.contains(&table.id),
            _ => endpoint.private_dns, // without it nobody finds the endpoint by the service's own name
        };
        here && up && used
    };
    let lacking = needs.services.iter().filter(|service| !endpoints.values().any(|endpoint| serves(endpoint, service)));
    Ok(lacking.map(String::as_str).collect())
}
