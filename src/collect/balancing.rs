//! Elastic Load Balancing: load balancers, and listeners with their rules and certificates.

use super::call::Call;
use super::outcome::{Answer, Lacks, Refusal, need};
use super::reader::{Reader, each};
use super::rules::{to_actions, to_rule};
use apigw_doctor_checks::model::balancing::{Action, LbState, LbZone, Listener, LoadBalancer, MutualAuthentication, Rule};
use apigw_doctor_checks::model::fetched::Fetched;
use aws_sdk_elasticloadbalancingv2::types;
use std::collections::{BTreeMap, BTreeSet};

/// The load balancer that a listener belongs to, as its ARN says.
pub(super) fn load_balancer_arn(listener_arn: &str) -> Option<String> {
    let (account, resource) = listener_arn.split_once(":listener/")?;
    let (load_balancer, _) = resource.rsplit_once('/')?;
    // KIND/NAME/ID: anything else is not a listener's ARN, whatever it begins with.
    (load_balancer.split('/').count() == 3).then(|| format!("{account}:loadbalancer/{load_balancer}"))
}

/// Reads a load balancer and returns what came of it.
pub(super) async fn load_balancer(reader: &Reader<'_>, arn: &str) -> Fetched<Option<LoadBalancer>> {
    let request = |marker| reader.aws().elb.describe_load_balancers().load_balancer_arns(arn).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeLoadBalancers, request, |page| (page.load_balancers, page.next_marker)).await;
    let found = answer.and_then(|items| each(Call::DescribeLoadBalancers, &items, to_load_balancer));
    let found = found.map(|all| all.into_iter().find(|one| one.arn == arn)).existing().map(Option::flatten);
    reader.facts.record(|facts| drop(facts.load_balancers.insert(arn.to_owned(), found.clone())));
    found
}

/// Reads the attributes of a load balancer.
pub(super) async fn load_balancer_attributes(reader: &Reader<'_>, arn: &str) {
    let request = reader.aws().elb.describe_load_balancer_attributes().load_balancer_arn(arn).send();
    let answer = reader.ask(Call::DescribeLoadBalancerAttributes, request).await;
    let pairs = answer.map(|output| output.attributes.map(|all| all.into_iter().map(|one| (one.key, one.value)).collect()));
    let attributes = pairs.and_then(|pairs| to_attributes(Call::DescribeLoadBalancerAttributes, pairs));
    reader.facts.record(|facts| drop(facts.load_balancer_attributes.insert(arn.to_owned(), attributes.fetched())));
}

/// Reads all listeners of a load balancer and returns them, those that integrations name and their neighbours: where else a request might go.
///
/// A named one that is not among them is gone, as it is when its load balancer is. Where they cannot be read, the reason stands
/// at each that is named, or else at the load balancer, because no listener's ARN is known then.
pub(super) async fn listeners(reader: &Reader<'_>, load_balancer: &str, named: &BTreeSet<String>) -> Fetched<Vec<Listener>> {
    let request = |marker| reader.aws().elb.describe_listeners().load_balancer_arn(load_balancer).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeListeners, request, |page| (page.listeners, page.next_marker)).await;
    let listed = answer.and_then(|items| each(Call::DescribeListeners, &items, to_listener)).existing().map(Option::unwrap_or_default);
    let unread = || listed.clone().map(|_| None);
    reader.facts.record(|facts| {
        facts.listeners.extend(named.iter().map(|arn| (arn.clone(), unread())));
        match &listed {
            Fetched::Known(all) => {
                let known = all.iter().map(|one| (one.arn.clone(), Fetched::Known(Some(one.clone()))));
                facts.listeners.extend(known);
            }
            _ if named.is_empty() => drop(facts.listeners.insert(load_balancer.to_owned(), unread())),
            _ => {}
        }
    });
    listed
}

/// Reads the rules of a listener and returns them. Only an Application Load Balancer's has any beside its default action.
pub(super) async fn rules(reader: &Reader<'_>, listener: &str) -> Option<Vec<Rule>> {
    if !listener.contains(":listener/app/") {
        reader.facts.record(|facts| drop(facts.rules.insert(listener.to_owned(), Fetched::Known(Vec::new()))));
        return Some(Vec::new());
    }
    let request = |marker| reader.aws().elb.describe_rules().listener_arn(listener).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeRules, request, |page| (page.rules, page.next_marker)).await;
    let rules = answer.and_then(|items| each(Call::DescribeRules, &items, to_rule)).fetched();
    let known = rules.value().cloned();
    reader.facts.record(|facts| drop(facts.rules.insert(listener.to_owned(), rules)));
    known
}

/// Reads the certificates on a listener beside its default one and returns their ARNs.
pub(super) async fn listener_certificates(reader: &Reader<'_>, listener: &str) -> Vec<String> {
    let request = |marker| reader.aws().elb.describe_listener_certificates().listener_arn(listener).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeListenerCertificates, request, |page| (page.certificates, page.next_marker)).await;
    let more = answer.and_then(|items| {
        let others: Vec<types::Certificate> = items.into_iter().filter(|one| one.is_default != Some(true)).collect();
        each(Call::DescribeListenerCertificates, &others, |one| need(one.certificate_arn.clone(), "CertificateArn"))
    });
    let more = more.fetched();
    let arns = more.value().cloned().unwrap_or_default();
    reader.facts.record(|facts| drop(facts.listener_certificates.insert(listener.to_owned(), more)));
    arns
}

/// A listener without TLS has no certificates: AWS refuses the question, so it is not asked.
pub(super) fn without_certificates(reader: &Reader<'_>, listener: &str) {
    reader.facts.record(|facts| drop(facts.listener_certificates.insert(listener.to_owned(), Fetched::Known(Vec::new()))));
}

/// Target groups that actions forward to, whatever their weight: a fix may raise a weight from zero.
pub(super) fn named_groups<'a>(actions: impl IntoIterator<Item = &'a Action>) -> BTreeSet<String> {
    let groups = actions.into_iter().filter_map(|action| match action {
        Action::Forward { target_groups } => Some(target_groups),
        Action::FixedResponse { .. } | Action::Redirect { .. } | Action::Authenticate { .. } | Action::Unknown { .. } => None,
    });
    groups.flatten().map(|group| group.arn.clone()).collect()
}

pub(super) fn port(port: i32) -> Result<u16, Lacks> {
    u16::try_from(port).map_err(|_| Lacks("Port"))
}

fn to_load_balancer(lb: &types::LoadBalancer) -> Result<LoadBalancer, Lacks> {
    let state = need(lb.state.as_ref(), "State")?;
    let zone = |zone: &types::AvailabilityZone| {
        let subnet_id = need(zone.subnet_id.clone(), "AvailabilityZones.SubnetId")?;
        Ok(LbZone { zone: need(zone.zone_name.clone(), "AvailabilityZones.ZoneName")?, subnet_id })
    };
    Ok(LoadBalancer {
        arn: need(lb.load_balancer_arn.clone(), "LoadBalancerArn")?,
        name: need(lb.load_balancer_name.clone(), "LoadBalancerName")?,
        dns_name: need(lb.dns_name.clone(), "DNSName")?,
        kind: need(lb.r#type.as_ref(), "Type")?.as_str().to_owned(),
        scheme: need(lb.scheme.as_ref(), "Scheme")?.as_str().to_owned(),
        vpc_id: need(lb.vpc_id.clone(), "VpcId")?,
        zones: need(lb.availability_zones.as_ref(), "AvailabilityZones")?.iter().map(zone).collect::<Result<_, Lacks>>()?,
        // A Network Load Balancer may have none.
        security_group_ids: lb.security_groups().to_vec(),
        ip_address_type: lb.ip_address_type.as_ref().map(|kind| kind.as_str().to_owned()),
        state: Fetched::Known(LbState { code: need(state.code.as_ref(), "State.Code")?.as_str().to_owned(), reason: state.reason.clone() }),
    })
}

fn to_listener(listener: &types::Listener) -> Result<Listener, Lacks> {
    let certificates = listener.certificates().iter().map(|one| need(one.certificate_arn.clone(), "Certificates.CertificateArn"));
    Ok(Listener {
        arn: need(listener.listener_arn.clone(), "ListenerArn")?,
        load_balancer_arn: need(listener.load_balancer_arn.clone(), "LoadBalancerArn")?,
        protocol: need(listener.protocol.as_ref(), "Protocol")?.as_str().to_owned(),
        port: port(need(listener.port, "Port")?)?,
        certificate_arns: certificates.collect::<Result<_, _>>()?,
        default_actions: to_actions(listener.default_actions.as_deref())?,
        ssl_policy: listener.ssl_policy.clone(),
        mutual_authentication: listener.mutual_authentication.as_ref().map(to_mutual_authentication).transpose()?,
    })
}

fn to_mutual_authentication(mutual: &types::MutualAuthenticationAttributes) -> Result<MutualAuthentication, Lacks> {
    let status = mutual.trust_store_association_status.as_ref();
    Ok(MutualAuthentication {
        mode: need(mutual.mode.clone(), "MutualAuthentication.Mode")?,
        trust_store_arn: mutual.trust_store_arn.clone(),
        trust_store_association_status: status.map(|status| status.as_str().to_owned()),
    })
}

/// The attributes of one resource by key.
pub(super) fn to_attributes(call: Call, pairs: Option<Vec<(Option<String>, Option<String>)>>) -> Result<BTreeMap<String, String>, Refusal> {
    let pairs = need(pairs, "Attributes").and_then(|pairs| {
        // An attribute may be set to nothing, for example the bucket of logs that are not written.
        pairs.into_iter().map(|(key, value)| Ok((need(key, "Attributes.Key")?, value.unwrap_or_default()))).collect()
    });
    pairs.map_err(|lacks| Refusal::unreadable(call, lacks))
}

#[cfg(test)]
mod tests {
    use super::{Lacks, load_balancer_arn, named_groups, to_listener, to_load_balancer};
    use apigw_doctor_checks::model::balancing::{Action, WeightedTargetGroup};
    use aws_sdk_elasticloadbalancingv2::types;

    #[test]
    fn a_listener_arn_tells_its_load_balancer() {
        let arn = |rest: &str| format!("arn:aws:elasticloadbalancing:eu-central-1:123456789012:{rest}");
        assert_eq!(load_balancer_arn(&arn("listener/app/orders/50dc/f2f7")), Some(arn("loadbalancer/app/orders/50dc")));
        assert_eq!(load_balancer_arn(&arn("listener/net/orders/50dc/f2f7")), Some(arn("loadbalancer/net/orders/50dc")));
        assert_eq!(load_balancer_arn(&arn("listener/orders")), None);
        assert_eq!(load_balancer_arn(&arn("listener-rule/app/orders/50dc/f2f7/9a")), None);
    }

    #[test]
    fn a_load_balancer_without_a_state_is_unreadable() {
        assert_eq!(to_load_balancer(&types::LoadBalancer::builder().load_balancer_arn("a").build()), Err(Lacks("State")));
    }

    #[test]
    fn a_network_load_balancer_may_have_no_security_group() {
        let zone = types::AvailabilityZone::builder().zone_name("eu-central-1a").subnet_id("subnet-1").build();
        let lb = types::LoadBalancer::builder()
            .load_balancer_arn("arn")
            .load_balancer_name("orders")
            .dns_name("orders.elb.amazonaws.com")
            .r#type(types::LoadBalancerTypeEnum::Network)
            .scheme(types::LoadBalancerSchemeEnum::Internal)
            .vpc_id("vpc-1")
            .availability_zones(zone)
            .state(types::LoadBalancerState::builder().code(types::LoadBalancerStateEnum::Provisioning).build())
            .build();
        let lb = to_load_balancer(&lb).expect("complete");
        assert_eq!((lb.kind.as_str(), lb.scheme.as_str(), lb.zones.len()), ("network", "internal", 1));
        assert!(lb.security_group_ids.is_empty());
    }

    #[test]
    fn a_listener_without_tls_has_no_certificates_and_one_without_actions_is_unreadable() {
        let base = || types::Listener::builder().listener_arn("l").load_balancer_arn("lb").protocol(types::ProtocolEnum::Http).port(80);
        assert_eq!(to_listener(&base().build()), Err(Lacks("Actions")));
        let listener = to_listener(&base().set_default_actions(Some(Vec::new())).build()).expect("complete");
        assert!(listener.certificate_arns.is_empty() && !listener.speaks_tls());
        assert_eq!(to_listener(&base().port(70_000).build()), Err(Lacks("Port")));
    }

    #[test]
    fn groups_with_weight_zero_are_read_too() {
        let group = |arn: &str, weight| WeightedTargetGroup { arn: arn.to_owned(), weight };
        let actions = [Action::Forward { target_groups: vec![group("b", 1), group("a", 0)] }, Action::Unknown { name: "x".to_owned() }];
        assert_eq!(named_groups(&actions).into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
