//! A service where it meets a load balancer: one target group that it registers into, and the balancer that forwards there.

use crate::model::balancing::{LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::network::Subnet;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walk::Walk;
use crate::steps::quote;

/// One entry of a service's `loadBalancers` that a request can come by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registration<'a> {
    pub(super) service: &'a Service,
    pub(super) group: &'a TargetGroup,
    pub(super) lb: &'a LoadBalancer,
}

/// Each pair of service and load balancer in use, once. Only services whose tasks have an interface of their own.
pub(super) fn registrations(deployment: &Deployment) -> Walk<Registration<'_>> {
    let all = deployment.used_target_groups().then_many(|(group, listener)| {
        let Some(lb) = deployment.load_balancer(&listener.load_balancer_arn)? else { return Ok(Vec::new()) };
        let services = deployment.services_of(&group.arn)?.into_iter().filter(|service| !service.subnet_ids.is_empty());
        Ok(services.map(|service| Registration { service, group, lb }).collect())
    });
    all.unique_by(|registration| (&registration.service.arn, &registration.lb.arn))
}

impl Registration<'_> {
    /// The service as the journey names it.
    pub(super) fn subject(&self) -> Subject {
        Subject::from_arn(SubjectKind::Service, &self.service.arn)
    }

    /// The container's port in this target group.
    pub(super) fn port(&self) -> Option<u16> {
        let here = self.service.load_balancers.iter().find(|entry| entry.target_group_arn.as_deref() == Some(&self.group.arn));
        here.and_then(|entry| entry.container_port)
    }
}

/// The subnets of a service that exist.
pub(super) fn subnets<'a>(deployment: &'a Deployment, service: &Service) -> Result<Vec<&'a Subnet>, crate::model::fetched::Gap> {
    let all = deployment.subnets()?;
    Ok(service.subnet_ids.iter().filter_map(|id| all.get(id)).collect())
}

/// The argument that gives a service's tasks their network anew: AWS wants all of it again. The group `$GROUP` stands for a new one.
pub(super) fn network_configuration(subnets: &[String], groups: &[String], public_ip: Option<&str>) -> String {
    let groups = if groups.is_empty() { String::new() } else { format!(",securityGroups=[{}]", groups.join(",")) };
    let public_ip = public_ip.map_or_else(String::new, |value| format!(",assignPublicIp={value}"));
    let text = format!("awsvpcConfiguration={{subnets=[{}]{groups}{public_ip}}}", subnets.join(","));
    let words: Vec<String> = text.split("$GROUP").map(quote).collect();
    format!("--network-configuration {}", words.join("\"$GROUP\""))
}
