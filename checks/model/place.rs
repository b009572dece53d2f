//! Where an ECS service registers its tasks, so that requests find them: a target group, or a Cloud Map service.

use super::balancing::TargetGroup;
use super::cloud_map::CloudMapService;
use super::deployment::Deployment;
use super::fetched::Gap;
use super::service::Service;
use super::subject::{Subject, SubjectKind};
use super::walk::Walk;

/// A place on the way of requests where tasks are registered.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A load balancer forwards to its targets.
    Group(&'a TargetGroup),
    /// API Gateway itself finds its instances.
    CloudMap(&'a CloudMapService),
}

impl Place<'_> {
    /// The station of a request's way.
    pub fn subject(self) -> Subject {
        match self {
            Place::Group(group) => Subject::from_arn(SubjectKind::TargetGroup, &group.arn),
            Place::CloudMap(service) => Subject::from_arn(SubjectKind::CloudMapService, &service.arn),
        }
    }

    /// Its name in a sentence: `target group orders`.
    pub fn words(self) -> String {
        match self {
            Place::Group(group) => format!("target group {}", group.name),
            Place::CloudMap(service) => format!("Cloud Map service {}", service.name),
        }
    }
}

impl Deployment {
    /// Each ECS service that registers into a used target group, once, with the first such group.
    pub fn balanced_services(&self) -> Walk<(&Service, &TargetGroup)> {
        let services = self
            .used_target_groups()
            .then_many(|(group, _)| Ok(self.services_of(&group.arn)?.into_iter().map(|service| (service, group)).collect()));
        services.unique_by(|(service, _)| &service.arn)
    }

    /// Each ECS service whose tasks requests are meant to reach, once, with the first place where it registers them.
    pub fn used_services(&self) -> Walk<(&Service, Place<'_>)> {
        let mut services = self.balanced_services().then(|(service, group)| Ok(Some((service, Place::Group(group)))));
        let found = self.cloud_map_integrations().then_many(|(_, arn)| {
            let Some(place) = self.cloud_map_service(arn)? else { return Ok(Vec::new()) };
            Ok(self.services_registered_in(arn)?.into_iter().map(|service| (service, Place::CloudMap(place))).collect())
        });
        services.items.extend(found.items);
        services.gaps.extend(found.gaps);
        services.unique_by(|(service, _)| &service.arn)
    }

    /// The other services that register their tasks at a place, and this one.
    pub fn services_at(&self, place: Place<'_>) -> Result<Vec<&Service>, Gap> {
        match place {
            Place::Group(group) => self.services_of(&group.arn),
            Place::CloudMap(service) => self.services_registered_in(&service.arn),
        }
    }
}
