//! Cloud Map: services that integrations name instead of a listener, and the instances that API Gateway finds there.

use super::call::Call;
use super::outcome::{Answer, Kind, Lacks, Refusal, need, text};
use super::reader::Reader;
use apigw_doctor_checks::model::cloud_map::{CloudMapInstance, CloudMapService};
use apigw_doctor_checks::model::fetched::Fetched;
use aws_sdk_servicediscovery::types;

/// `DiscoverInstances` answers with so many at most, and has no pages. A service cannot have more
/// (<https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html>); should that change, an answer that is full tells nothing of the rest.
const INSTANCES: i32 = 1000;

/// Reads a service and its instances, and returns the instances.
pub(super) async fn service(reader: &Reader<'_>, arn: &str) -> Vec<CloudMapInstance> {
    let answer = reader.ask(Call::GetService, reader.aws().cloud_map.get_service().id(arn).send()).await;
    let unreadable = |lacks| Refusal::unreadable(Call::GetService, lacks);
    let described = answer.and_then(|output| need(output.service, "Service").map_err(unreadable));
    let mapped = described.as_ref().map_err(Clone::clone).and_then(|found| to_service(arn, found).map_err(unreadable));
    let mut found = mapped.existing();
    let instances = match (&mut found, described) {
        (Fetched::Known(Some(service)), Ok(described)) => in_namespace(reader, service, &described).await,
        (Fetched::Known(_), _) => Fetched::Known(Vec::new()), // where there is no service, nobody is registered
        (Fetched::Denied { .. } | Fetched::Failed { .. } | Fetched::NotAsked, _) => Fetched::NotAsked,
    };
    let known = instances.value().cloned().unwrap_or_default();
    reader.facts.record(|facts| {
        facts.cloud_map_services.insert(arn.to_owned(), found);
        facts.cloud_map_instances.insert(arn.to_owned(), instances);
    });
    known
}

/// The instances of a service; on the way the name of its namespace.
async fn in_namespace(reader: &Reader<'_>, service: &mut CloudMapService, described: &types::Service) -> Fetched<Vec<CloudMapInstance>> {
    let Some(arn) = service.namespace_id.as_deref().map(|id| beside(&service.arn, id)) else {
        return Refusal::unreadable(Call::GetService, Lacks("NamespaceId")).into_gap();
    };
    let answer = reader.ask(Call::GetNamespace, reader.aws().cloud_map.get_namespace().id(arn).send()).await;
    let name = answer.and_then(|output| {
        let name = need(output.namespace, "Namespace").and_then(|namespace| text(namespace.name, "Name"));
        name.map_err(|lacks| Refusal::unreadable(Call::GetNamespace, lacks))
    });
    let name = match name {
        Ok(name) => service.namespace_name.insert(name),
        Err(refusal) => return refusal.into_gap(),
    };
    // A service that another account shares is looked for in that account.
    let shared = described.resource_owner.as_deref() == Some("OTHER_ACCOUNTS");
    let owner = service.arn.split(':').nth(4).filter(|_| shared).map(str::to_owned);
    instances(reader, name, &service.name, owner).await.fetched()
}

async fn instances(reader: &Reader<'_>, namespace: &str, service: &str, owner: Option<String>) -> Result<Vec<CloudMapInstance>, Refusal> {
    let ask = reader.aws().cloud_map.discover_instances().namespace_name(namespace).service_name(service).max_results(INSTANCES);
    let request = ask.health_status(types::HealthStatusFilter::All).set_owner_account(owner).send();
    let unreadable = |lacks| Refusal::unreadable(Call::DiscoverInstances, lacks);
    let listed = need(reader.ask(Call::DiscoverInstances, request).await?.instances, "Instances").map_err(unreadable)?;
    if !i32::try_from(listed.len()).is_ok_and(|count| count < INSTANCES) {
        let what = format!("{INSTANCES} instances came back, as many as one answer holds, and there may be more");
        return Err(Refusal { call: Call::DiscoverInstances, kind: Kind::Failed, what });
    }
    let mut instances: Vec<CloudMapInstance> = listed.iter().map(to_instance).collect::<Result<_, _>>().map_err(unreadable)?;
    // Cloud Map answers in no order, and shuffles.
    instances.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(instances)
}

/// The ARN of a service's namespace: it lives where the service does.
fn beside(service: &str, namespace: &str) -> String {
    let place = service.split_once(":service/").map_or(service, |(place, _)| place);
    format!("{place}:namespace/{namespace}")
}

fn to_service(arn: &str, service: &types::Service) -> Result<CloudMapService, Lacks> {
    let dns = service.dns_config.as_ref();
    Ok(CloudMapService {
        arn: service.arn.clone().unwrap_or_else(|| arn.to_owned()),
        id: text(service.id.clone(), "Id")?,
        name: text(service.name.clone(), "Name")?,
        // Older services have it only in their DNS configuration.
        namespace_id: service.namespace_id.clone().or_else(|| of_dns(dns?)),
        namespace_name: None,
        record_types: dns.map(|dns| dns.dns_records().iter().map(|record| record.r#type.as_str().to_owned()).collect()).unwrap_or_default(),
        custom_health: service.health_check_custom_config.is_some(),
        route53_health: service.health_check_config.is_some(),
    })
}

#[allow(deprecated, reason = "AWS still answers with it for services that were made with it")]
fn of_dns(dns: &types::DnsConfig) -> Option<String> {
    dns.namespace_id.clone()
}

fn to_instance(instance: &types::HttpInstanceSummary) -> Result<CloudMapInstance, Lacks> {
    Ok(CloudMapInstance {
        id: text(instance.instance_id.clone(), "InstanceId")?,
        health: instance.health_status.as_ref().map(|status| status.as_str().to_owned()),
        attributes: instance.attributes.clone().unwrap_or_default().into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Lacks, beside, to_instance, to_service, types};

    #[test]
    fn a_service_keeps_its_records_and_who_tells_health() {
        let record = types::DnsRecord::builder().r#type(types::RecordType::Srv).ttl(10).build().expect("complete");
        let dns = types::DnsConfig::builder().dns_records(record).build().expect("complete");
        let custom = types::HealthCheckCustomConfig::builder().build();
        let base = types::Service::builder().id("srv-1").namespace_id("ns-1").dns_config(dns).health_check_custom_config(custom);
        assert_eq!(to_service("arn", &base.clone().build()), Err(Lacks("Name")));
        let service = to_service("arn", &base.name("orders").build()).expect("complete");
        assert_eq!(
            (service.record_types.as_slice(), service.custom_health, service.route53_health),
            (&["SRV".to_owned()][..], true, false)
        );
    }

    #[test]
    fn a_namespace_lives_where_its_service_does() {
        let service = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1";
        assert_eq!(beside(service, "ns-1"), "arn:aws:servicediscovery:eu-central-1:123456789012:namespace/ns-1");
    }

    #[test]
    fn an_instance_has_an_id() {
        assert_eq!(to_instance(&types::HttpInstanceSummary::builder().build()), Err(Lacks("InstanceId")));
        let instance = types::HttpInstanceSummary::builder().instance_id("i").attributes("AWS_INSTANCE_IPV4", "10.0.1.20").build();
        assert_eq!(to_instance(&instance).expect("complete").address(), Some("10.0.1.20"));
    }
}
