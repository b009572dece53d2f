//! Where a VPC link knocks when no load balancer stands between: the address, the port and the security groups of each instance.
//!
//! An instance whose address no interface has comes without groups: it is gone (cm-stale-instances), or it lives elsewhere
//! (cm-vpc-mismatch). Left out on purpose: whether API Gateway falls back to instances that report to be unhealthy. They are looked at
//! only where no other is left, as those that get the next requests once they have recovered.

use crate::check::Outcome;
use crate::model::cloud_map::CloudMapInstance;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{Integration, VpcLink};
use crate::model::network::NetworkInterface;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walk::Walk;
use crate::semantics::discovery::discover;
use std::net::IpAddr;

/// Where what is known about the instances comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The registered instances.
    Registered,
    /// None can be used at the moment: what the ECS services give their next tasks.
    NextTasks,
    /// The same, because the instances or their interfaces could not be read.
    Unread,
}

/// One instance, or the tasks of one service.
#[derive(Clone, Debug)]
pub(crate) struct Door<'a> {
    /// `instance 10.0.0.1:8080`, `a task of service orders`.
    pub(crate) who: String,
    /// `None` for tasks that are still to come.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
    /// The security groups at its interface; empty where no interface was found, or where the service names none.
    pub(crate) group_ids: &'a [String],
    /// The VPC of its interface.
    pub(crate) vpc_id: Option<&'a str>,
    /// The subnet of its interface, or those that the service puts its tasks in.
    pub(crate) subnet_ids: Vec<&'a str>,
}

/// One way from a VPC link to a Cloud Map service.
#[derive(Clone, Debug)]
pub(crate) struct Way<'a> {
    pub(crate) link: &'a VpcLink,
    /// The ARN of the Cloud Map service.
    pub(crate) arn: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    pub(crate) known: Known,
    pub(crate) doors: Vec<Door<'a>>,
}

impl Way<'_> {
    /// The Cloud Map service, as the journey names it.
    pub(crate) fn subject(&self) -> Subject {
        Subject::from_arn(SubjectKind::CloudMapService, self.arn)
    }

    /// The VPC link, as the journey names it.
    pub(crate) fn link_subject(&self) -> Subject {
        Subject::new(SubjectKind::VpcLink, &self.link.id)
    }
}

/// Each way from a VPC link that exists to a Cloud Map service that exists, once. What could not be read of the instances is noted, and the
/// configuration of the ECS services takes their place.
pub(crate) fn ways<'a>(deployment: &'a Deployment, out: &mut Outcome) -> Walk<Way<'a>> {
    let linked = deployment.cloud_map_integrations().then(|(integration, arn)| {
        let link = integration.connection_id.as_deref().map_or(Ok(None), |id| deployment.vpc_link(id))?;
        let Some(service) = deployment.cloud_map_service(arn)? else { return Ok(None) };
        Ok(link.map(|link| (integration, link, service)))
    });
    let linked = linked.unique_by(|(integration, link, _)| (&link.id, integration.uri.as_deref()));
    linked.then(|(integration, link, service)| {
        let (known, doors) = doors(deployment, out, integration, link, &service.arn)?;
        Ok(Some(Way { link, arn: &service.arn, name: &service.name, known, doors }))
    })
}

fn doors<'a>(
    deployment: &'a Deployment,
    out: &mut Outcome,
    integration: &Integration,
    link: &VpcLink,
    arn: &str,
) -> Result<(Known, Vec<Door<'a>>), Gap> {
    let seen = deployment.cloud_map_instances(arn).and_then(|instances| {
        let found = discover(instances, integration.uri.as_deref().unwrap_or_default());
        let asked = if found.usable.is_empty() { found.addressable } else { found.usable };
        let interfaces = if asked.is_empty() { None } else { Some(Interfaces::of(deployment, link)?) };
        Ok(asked.into_iter().filter_map(|instance| of_instance(instance, interfaces.as_ref()?)).collect::<Vec<Door<'a>>>())
    });
    match seen {
        Ok(doors) if !doors.is_empty() => Ok((Known::Registered, doors)),
        Ok(_) => Ok((Known::NextTasks, of_services(deployment, arn)?)),
        Err(gap) => {
            out.gap(gap);
            Ok((Known::Unread, of_services(deployment, arn)?))
        }
    }
}

/// The interfaces among which an instance's one is looked for.
struct Interfaces<'a> {
    deployment: &'a Deployment,
    /// The link's VPC: the same address may be in use in another one.
    home: Option<&'a str>,
}

impl<'a> Interfaces<'a> {
    fn of(deployment: &'a Deployment, link: &VpcLink) -> Result<Interfaces<'a>, Gap> {
        let home = deployment.link_subnets(link).ok().and_then(|subnets| subnets.first().map(|subnet| subnet.vpc_id.as_str()));
        deployment.network_interfaces()?; // not read: nobody's is known
        Ok(Interfaces { deployment, home })
    }

    fn at(&self, address: IpAddr) -> Option<&'a NetworkInterface> {
        let having = self.deployment.interfaces_of(&address.to_string()).unwrap_or_default();
        let first = having.first().copied();
        having.into_iter().find(|nic| Some(nic.vpc_id.as_str()) == self.home).or(first)
    }
}

fn of_instance<'a>(instance: &CloudMapInstance, interfaces: &Interfaces<'a>) -> Option<Door<'a>> {
    let (text, port) = (instance.address()?, instance.port()?);
    let address: IpAddr = text.parse().ok()?;
    let nic = interfaces.at(address);
    let (group_ids, vpc_id) = (nic.map_or(&[][..], |nic| &nic.group_ids), nic.map(|nic| nic.vpc_id.as_str()));
    let subnet_ids = nic.map(|nic| nic.subnet_id.as_str()).into_iter().collect();
    Some(Door { who: format!("instance {text}:{port}"), address: Some(address), port, group_ids, vpc_id, subnet_ids })
}

/// What a service gives its tasks; only tasks in `awsvpc` mode have groups and subnets of their own.
fn of_services<'a>(deployment: &'a Deployment, arn: &str) -> Result<Vec<Door<'a>>, Gap> {
    let mut doors = Vec::new();
    for service in deployment.services_registered_in(arn)?.into_iter().filter(|service| !service.subnet_ids.is_empty()) {
        let door = |port| Door {
            who: format!("a task of service {}", service.name),
            address: None,
            port,
            group_ids: service.security_group_ids.as_slice(),
            vpc_id: None,
            subnet_ids: service.subnet_ids.iter().map(String::as_str).collect(),
        };
        doors.extend(registered_port(service, arn).map(door));
    }
    Ok(doors)
}

/// The port that a service registers its tasks with.
pub(crate) fn registered_port(service: &Service, arn: &str) -> Option<u16> {
    let here = service.service_registries.iter().find(|registry| registry.registry_arn.as_deref() == Some(arn))?;
    here.container_port.or(here.port)
}
