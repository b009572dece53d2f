//! Which of a Region's services are of this deployment: those that register where it looks, and those that live there and register nowhere.

use super::outcome::{Answer, Refusal};
use super::reader::Reader;
use super::services;
use apigw_doctor_checks::model::service::Service;
use std::collections::{BTreeMap, BTreeSet};

/// What one load balancer, or a Cloud Map service, says about where its services are.
#[derive(Debug)]
pub(super) struct Place {
    /// Its target groups, if they could be read.
    pub(super) target_groups: Option<BTreeSet<String>>,
    /// The subnets of its VPC, if they could be read.
    pub(super) subnets: Option<BTreeSet<String>>,
    /// Cloud Map services that stand in its place.
    pub(super) registries: BTreeSet<String>,
}

impl Place {
    /// Target groups, which live nowhere.
    pub(super) fn of_groups(target_groups: Option<BTreeSet<String>>) -> Place {
        Place { target_groups, subnets: Some(BTreeSet::new()), registries: BTreeSet::new() }
    }

    /// Subnets, without any target group.
    pub(super) fn of_subnets(subnets: Option<BTreeSet<String>>) -> Place {
        Place { target_groups: Some(BTreeSet::new()), subnets, registries: BTreeSet::new() }
    }

    /// A Cloud Map service has no VPC of its own; who lives behind it says so.
    pub(super) fn of_registries(registries: BTreeSet<String>) -> Place {
        Place { target_groups: Some(BTreeSet::new()), subnets: Some(BTreeSet::new()), registries }
    }
}

/// Keeps the services of this deployment and reads what belongs to them. Those that live beside them and register elsewhere are returned.
pub(super) async fn keep(reader: &Reader<'_>, services: Result<Vec<Service>, Refusal>, places: &[Place]) -> Vec<Service> {
    let (kept, others) = match services {
        Ok(services) => {
            let (kept, others): (Vec<Service>, Vec<Service>) = services.into_iter().partition(|service| belongs(service, places));
            (Ok(kept), others)
        }
        Err(refusal) => (Err(refusal), Vec::new()),
    };
    let by_arn = kept.map(|kept| kept.into_iter().map(|one| (one.arn.clone(), one)).collect::<BTreeMap<_, _>>()).fetched();
    reader.facts.record(|facts| facts.services = by_arn.clone());
    let kept: Vec<&Service> = by_arn.value().into_iter().flat_map(BTreeMap::values).collect();
    services::details(reader, &kept).await;
    others.into_iter().filter(|service| places.iter().any(|place| lives_there(service, place))).collect()
}

/// Every target group that a service names: where its tasks register, the other one of a blue/green pair, and those of its task sets.
pub(super) fn groups_of(service: &Service) -> BTreeSet<&str> {
    let state = service.state.value();
    let of_sets = state.into_iter().flat_map(|state| &state.task_sets).flat_map(|set| &set.target_group_arns);
    let entries = service.load_balancers.iter();
    let of_entries = entries.flat_map(|entry| entry.target_group_arn.iter().chain(&entry.alternate_target_group_arn));
    of_entries.chain(of_sets).map(String::as_str).collect()
}

/// True for a service that registers into one of the target groups or Cloud Map services, and for one that registers nowhere and lives where a
/// load balancer does: somebody may have forgotten to connect it. Where target groups or subnets are not known, every
/// candidate is kept: a check then meets that gap, instead of finding nobody.
fn belongs(service: &Service, places: &[Place]) -> bool {
    let named = groups_of(service);
    let registers_nowhere = named.is_empty() && service.load_balancers.is_empty(); // a Classic Load Balancer has no target group
    let registers = |place: &Place| {
        let known = place.target_groups.as_ref();
        named.iter().any(|group| known.is_none_or(|groups| groups.contains(*group)))
    };
    let is_found = |place: &Place| {
        let mut registries = service.service_registries.iter().filter_map(|registry| registry.registry_arn.as_ref());
        registries.any(|registry| place.registries.contains(registry))
    };
    places.iter().any(|place| registers(place) || is_found(place) || (registers_nowhere && lives_there(service, place)))
}

fn lives_there(service: &Service, place: &Place) -> bool {
    let known = place.subnets.as_ref();
    service.subnet_ids.iter().any(|subnet| known.is_none_or(|subnets| subnets.contains(subnet)))
}

#[cfg(test)]
mod tests {
    use super::{BTreeSet, Place, belongs, groups_of};
    use crate::collect::services::to_service;
    use apigw_doctor_checks::model::service::Service;
    use aws_sdk_ecs::types;
    use aws_sdk_ecs::types::builders::ServiceBuilder;

    fn service() -> ServiceBuilder {
        types::Service::builder().service_arn("arn").service_name("orders").cluster_arn("c").status("ACTIVE")
    }

    fn in_subnet(subnet: &str) -> ServiceBuilder {
        let vpc = types::AwsVpcConfiguration::builder().subnets(subnet).build().expect("subnets are given");
        service().network_configuration(types::NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
    }

    fn mapped(builder: ServiceBuilder) -> Service {
        to_service(&builder.build()).expect("complete")
    }

    fn place(group: &str, subnets: Option<&[&str]>) -> Vec<Place> {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        vec![Place { target_groups: Some(set(&[group])), subnets: subnets.map(set), registries: BTreeSet::new() }]
    }

    #[test]
    fn a_service_belongs_that_registers_or_that_lives_there_and_registers_nowhere() {
        let registering =
            |group: &str| mapped(in_subnet("s-1").load_balancers(types::LoadBalancer::builder().target_group_arn(group).build()));
        assert!(belongs(&registering("g"), &place("g", Some(&["s-9"]))));
        assert!(!belongs(&registering("other"), &place("g", Some(&["s-1"]))), "it registers, but elsewhere");
        assert!(belongs(&mapped(in_subnet("s-1")), &place("g", Some(&["s-1"]))));
        assert!(!belongs(&mapped(in_subnet("s-1")), &place("g", Some(&["s-2"]))));
        assert!(!belongs(&mapped(service()), &place("g", None)), "without awsvpc nobody knows where it lives");
        assert!(!belongs(&mapped(in_subnet("s-1")), &[]));
    }

    #[test]
    fn where_groups_or_subnets_are_not_known_no_candidate_is_dropped() {
        let registering = mapped(service().load_balancers(types::LoadBalancer::builder().target_group_arn("g").build()));
        assert!(belongs(&registering, &[Place::of_groups(None)]));
        assert!(belongs(&mapped(in_subnet("s-1")), &place("g", None)));
    }

    #[test]
    fn the_other_group_of_a_pair_and_those_of_task_sets_count() {
        let advanced = types::AdvancedConfiguration::builder().alternate_target_group_arn("green").build();
        let pair = types::LoadBalancer::builder().target_group_arn("blue").advanced_configuration(advanced).build();
        let pair = mapped(service().load_balancers(pair));
        assert!(belongs(&pair, &place("green", None)) && groups_of(&pair).contains("blue"));
        let of_set = types::LoadBalancer::builder().target_group_arn("red").build();
        let set = types::TaskSet::builder().id("ecs-svc/1").status("PRIMARY").load_balancers(of_set).build();
        assert!(belongs(&mapped(service().task_sets(set)), &place("red", None)));
    }
}
