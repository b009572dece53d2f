//! A new VPC link in place of one whose subnets and groups cannot be changed: AWS lets nobody but the name be updated.

use crate::finding::{Fix, Risk};
use crate::model::balancing::{Listener, LoadBalancer};
use crate::model::deployment::Deployment;
use crate::model::gateway::VpcLink;
use crate::model::network::Subnet;
use crate::model::service::Service;
use crate::remedy::{admit_group, set};
use crate::semantics::packets::{Admission, Direction, Peers, admission};
use crate::steps::{aws, quote, then_deploy};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Fewer free addresses than this in a subnet are too few to rely on. AWS names no number for VPC links; for load balancers it is 8.
pub(super) const ROOM: u32 = 8;

/// The id of the new link on the model, until there is a real one.
const NEW_LINK: &str = "new-link";
const NEW_GROUP: &str = "sg-new-link";

/// What the new link is made of.
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) subnet_ids: Vec<String>,
    pub(crate) groups: Groups,
}

/// The security groups of the new link.
pub(crate) enum Groups {
    /// They exist.
    Existing(Vec<String>),
    /// None fits: a new one in this VPC, let in by the first group of the load balancer or the tasks on the port.
    New { vpc_id: String, host_group: Option<String>, port: u16 },
}

/// The same link again, without subnets that have no room, in two zones if the VPC has them.
pub(super) fn same_again(deployment: &Deployment, link: &VpcLink) -> Option<Plan> {
    let groups: Vec<String> = deployment.link_group_ids(link).ok()?.into_iter().collect();
    let home = deployment.link_subnets(link).ok()?.first()?.vpc_id.clone();
    let preferred: Vec<String> = behind(deployment, &link.id).into_iter().flat_map(|(_, lb)| subnets_of(lb)).collect();
    let subnet_ids = with_room(deployment, &home, &link.subnet_ids, &preferred)?;
    Some(Plan { name: format!("{}-2", link.name), subnet_ids, groups: Groups::Existing(groups) })
}

/// The same link of the subnets and groups that still exist; next to its load balancer where none does.
pub(super) fn of_what_is_left(deployment: &Deployment, link: &VpcLink) -> Option<Plan> {
    let beside = behind(deployment, &link.id).into_iter().find_map(|(listener, lb)| beside(deployment, listener, lb));
    let Some(home) = deployment.link_subnets(link).ok()?.first().map(|subnet| subnet.vpc_id.clone()) else { return beside };
    let subnet_ids = with_room(deployment, &home, &link.subnet_ids, &[])?;
    let left: Vec<String> = deployment.groups(&link.security_group_ids).ok()?.iter().map(|group| group.id.clone()).collect();
    let groups = if left.is_empty() { beside?.groups } else { Groups::Existing(left) };
    Some(Plan { name: format!("{}-2", link.name), subnet_ids, groups })
}

/// The same link with a security group that the load balancer lets in, in place of the VPC's default one.
pub(super) fn with_its_own_group(deployment: &Deployment, link: &VpcLink) -> Option<Plan> {
    let (listener, lb) = behind(deployment, &link.id).into_iter().next()?;
    let same = same_again(deployment, link)?;
    let default = deployment.default_group_of(&lb.vpc_id).map_or("", |group| group.id.as_str());
    let admitted: Vec<String> =
        admitted_groups(deployment, &lb.security_group_ids, &lb.vpc_id, listener.port)?.into_iter().filter(|id| id != default).collect();
    let groups = if admitted.is_empty() { new_beside(listener, lb) } else { Groups::Existing(admitted) };
    Some(Plan { groups, ..same })
}

/// A link next to a load balancer: in its subnets, with a group that it lets in on the listener's port.
pub(super) fn beside(deployment: &Deployment, listener: &Listener, lb: &LoadBalancer) -> Option<Plan> {
    let subnet_ids = with_room(deployment, &lb.vpc_id, &subnets_of(lb), &[])?;
    let admitted = admitted_groups(deployment, &lb.security_group_ids, &lb.vpc_id, listener.port)?;
    let groups = if admitted.is_empty() { new_beside(listener, lb) } else { Groups::Existing(admitted) };
    Some(Plan { name: format!("{}-link", lb.name), subnet_ids, groups })
}

/// A link next to the tasks of a service: in its subnets, with a group that the tasks let in on their port.
pub(crate) fn beside_tasks(deployment: &Deployment, service: &Service, vpc_id: &str, port: u16) -> Option<Plan> {
    let subnet_ids = with_room(deployment, vpc_id, &service.subnet_ids, &[])?;
    let admitted = admitted_groups(deployment, &service.security_group_ids, vpc_id, port)?;
    let host_group = service.security_group_ids.first().cloned();
    let new = Groups::New { vpc_id: vpc_id.to_owned(), host_group, port };
    let groups = if admitted.is_empty() { new } else { Groups::Existing(admitted) };
    Some(Plan { name: format!("{}-link", service.name), subnet_ids, groups })
}

fn new_beside(listener: &Listener, lb: &LoadBalancer) -> Groups {
    Groups::New { vpc_id: lb.vpc_id.clone(), host_group: lb.security_group_ids.first().cloned(), port: listener.port }
}

/// The listeners that integrations reach through a link, with their load balancers.
pub(super) fn behind<'a>(deployment: &'a Deployment, link_id: &str) -> Vec<(&'a Listener, &'a LoadBalancer)> {
    let through = |(integration, listener): (&'a crate::model::gateway::Integration, &'a Listener)| {
        let lb = deployment.load_balancer(&listener.load_balancer_arn).ok()??;
        (integration.connection_id.as_deref() == Some(link_id)).then_some((listener, lb))
    };
    deployment.integration_listeners().items.into_iter().filter_map(through).collect()
}

fn subnets_of(lb: &LoadBalancer) -> Vec<String> {
    lb.zones.iter().map(|zone| zone.subnet_id.clone()).collect()
}

/// The wanted subnets that have room, and as many others of the VPC as it takes for a second zone, preferred ones first.
fn with_room(deployment: &Deployment, vpc_id: &str, wanted: &[String], preferred: &[String]) -> Option<Vec<String>> {
    let all = deployment.subnets().ok()?;
    let fits = |subnet: &&Subnet| subnet.vpc_id == vpc_id && subnet.available_addresses >= ROOM;
    let mut chosen: Vec<&Subnet> = wanted.iter().filter_map(|id| all.get(id)).filter(fits).collect();
    for other in preferred.iter().filter_map(|id| all.get(id)).chain(all.values()).filter(fits) {
        let zones: BTreeSet<&str> = chosen.iter().map(|subnet| subnet.zone.as_str()).collect();
        if zones.len() < 2 && !zones.contains(other.zone.as_str()) {
            chosen.push(other);
        }
    }
    (!chosen.is_empty()).then(|| chosen.iter().map(|subnet| subnet.id.clone()).collect())
}

/// Groups of a VPC whose members the load balancer's or the tasks' own groups let in on a port.
fn admitted_groups(deployment: &Deployment, own_ids: &[String], vpc_id: &str, port: u16) -> Option<Vec<String>> {
    let own = deployment.groups(own_ids).ok()?;
    let named: BTreeSet<&String> = own.iter().flat_map(|group| &group.ingress).flat_map(|rule| &rule.groups).collect();
    let existing = deployment.groups(named).ok()?;
    let here = existing.into_iter().filter(|group| group.vpc_id.as_deref() == Some(vpc_id));
    let admitted = here.filter(|group| {
        let groups = BTreeSet::from([group.id.clone()]);
        matches!(admission(&own, Direction::Ingress, port, &Peers { blocks: &[], groups: &groups }), Admission::All { .. })
    });
    Some(admitted.map(|group| group.id.clone()).collect())
}

/// Makes the new link and switches every integration of the old one to it.
pub(crate) fn replace(deployment: &Deployment, old_id: &str, title: &str, plan: &Plan) -> Fix {
    let mut fix = Fix::new(title, Risk::Disruptive, Vec::new());
    let mut change = Vec::new();
    let groups = match &plan.groups {
        Groups::Existing(ids) => ids.clone(),
        Groups::New { vpc_id, host_group, port } => {
            fix = new_group(deployment, fix, &mut change, vpc_id, host_group.as_deref(), *port);
            vec![NEW_GROUP.to_owned()]
        }
    };
    let link =
        json!({"id": NEW_LINK, "name": plan.name, "subnet_ids": plan.subnet_ids, "security_group_ids": groups, "state": "not-asked"});
    change.push(set(&["vpc_links", NEW_LINK], json!({"known": link})));
    let words = |ids: &[String]| {
        ids.iter().map(|id| if id == NEW_GROUP { "\"$GROUP\"".to_owned() } else { quote(id) }).collect::<Vec<_>>().join(" ")
    };
    let create = format!(
        "apigatewayv2 create-vpc-link --name {} --subnet-ids {} --security-group-ids {} --query VpcLinkId --output text",
        quote(&plan.name),
        words(&plan.subnet_ids),
        words(&groups)
    );
    let status = aws(deployment, "apigatewayv2 get-vpc-link --vpc-link-id \"$LINK\" --query VpcLinkStatus --output text");
    fix = fix
        .cli(format!("LINK=$({})", aws(deployment, &create)))
        .cli(format!("until [ \"$({status})\" != PENDING ]; do sleep 10; done; {status}"))
        .console("API Gateway: VPC links → Create → VPC link for HTTP APIs; wait until it is available");
    for integration in deployment.integrations().into_iter().flat_map(|all| all.values()) {
        if integration.connection_id.as_deref() == Some(old_id) {
            change.push(set(&["integrations", "known", &integration.id, "connection_id"], json!(NEW_LINK)));
            let (api, id) = (quote(deployment.api_id()), quote(&integration.id));
            let update = format!("apigatewayv2 update-integration --api-id {api} --integration-id {id} --connection-id \"$LINK\"");
            fix = fix.cli(aws(deployment, &update)).console(format!("API Gateway: Integrations → {id} → Edit → VPC link"));
        }
    }
    fix.change = change;
    then_deploy(deployment, fix)
}

fn new_group(deployment: &Deployment, fix: Fix, change: &mut Vec<Value>, vpc_id: &str, host_group: Option<&str>, port: u16) -> Fix {
    let everything = json!([{"protocol": "-1", "from_port": null, "to_port": null, "cidrs": ["0.0.0.0/0"]}]);
    let group = json!({"id": NEW_GROUP, "name": "vpc-link", "vpc_id": vpc_id, "ingress": [], "egress": everything});
    change.push(set(&["security_groups", "known", NEW_GROUP], group));
    let create = format!(
        "ec2 create-security-group --group-name vpc-link-{} --description 'VPC link' --vpc-id {} --query GroupId --output text",
        quote(deployment.api_id()),
        quote(vpc_id)
    );
    let fix = fix.cli(format!("GROUP=$({})", aws(deployment, &create)));
    let Some(own) = host_group else { return fix };
    change.push(admit_group(own, "ingress", port, NEW_GROUP));
    let allow =
        format!("ec2 authorize-security-group-ingress --group-id {} --protocol tcp --port {port} --source-group \"$GROUP\"", quote(own));
    fix.cli(aws(deployment, &allow))
        .console(format!("EC2: Security groups → Create; then {own} → Edit inbound rules → add TCP {port} from it"))
}
