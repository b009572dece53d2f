//! Elastic Load Balancing: load balancers, listeners, target groups and the health of targets.

use super::call::Call;
use super::outcome::{Answer, Lacks, Refusal, need, text};
use super::reader::{Reader, each};
use super::rules::{to_actions, to_rule};
use apigw_doctor_checks::model::balancing::{
    Action, AdministrativeOverride, HealthCheck, LbState, LbZone, Listener, LoadBalancer, MutualAuthentication, Rule, Target, TargetGroup,
};
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

/// Reads a listener that an integration names and returns what came of it.
pub(super) async fn listener(reader: &Reader<'_>, arn: &str) -> Fetched<Option<Listener>> {
    let request = |marker| reader.aws().elb.describe_listeners().listener_arns(arn).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeListeners, request, |page| (page.listeners, page.next_marker)).await;
    let found = answer.and_then(|items| each(Call::DescribeListeners, &items, to_listener));
    let found = found.map(|all| all.into_iter().find(|one| one.arn == arn)).existing().map(Option::flatten);
    reader.facts.record(|facts| drop(facts.listeners.insert(arn.to_owned(), found.clone())));
    found
}

/// Reads the other listeners of a load balancer: where else the integration might have pointed to.
/// What an integration names is read by its own ARN, and that answer stays.
pub(super) async fn neighbours(reader: &Reader<'_>, load_balancer: &str, named: &BTreeSet<String>) {
    let request = |marker| reader.aws().elb.describe_listeners().load_balancer_arn(load_balancer).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeListeners, request, |page| (page.listeners, page.next_marker)).await;
    let Ok(listeners) = answer.and_then(|items| each(Call::DescribeListeners, &items, to_listener)) else {
        return; // no id is known that the gap could stand at; what was asked for by ARN tells the same story
    };
    reader.facts.record(|facts| {
        for listener in listeners.into_iter().filter(|listener| !named.contains(&listener.arn)) {
            facts.listeners.insert(listener.arn.clone(), Fetched::Known(Some(listener)));
        }
    });
}

/// Reads the rules of a listener and returns them.
pub(super) async fn rules(reader: &Reader<'_>, listener: &str) -> Option<Vec<Rule>> {
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

/// Reads the target groups that a load balancer uses and returns them.
pub(super) async fn target_groups(reader: &Reader<'_>, load_balancer: &str) -> Fetched<Vec<TargetGroup>> {
    let request = |marker| reader.aws().elb.describe_target_groups().load_balancer_arn(load_balancer).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeTargetGroups, request, |page| (page.target_groups, page.next_marker)).await;
    let groups = answer.and_then(|items| each(Call::DescribeTargetGroups, &items, to_target_group)).fetched();
    reader.facts.record(|facts| {
        let known = groups.value().into_iter().flatten();
        facts.target_groups.extend(known.map(|group| (group.arn.clone(), Fetched::Known(Some(group.clone())))));
    });
    groups
}

/// Writes down that a target group could not be read, for the reason that its load balancer's could not.
pub(super) fn unread_target_group(reader: &Reader<'_>, arn: &str, gap: &Fetched<Vec<TargetGroup>>) {
    let gap = gap.clone().map(|_| None);
    reader.facts.record(|facts| drop(facts.target_groups.insert(arn.to_owned(), gap)));
}

/// Reads a target group by its ARN and returns it.
pub(super) async fn target_group(reader: &Reader<'_>, arn: &str) -> Option<TargetGroup> {
    let request = |marker| reader.aws().elb.describe_target_groups().target_group_arns(arn).set_marker(marker).send();
    let answer = reader.pages(Call::DescribeTargetGroups, request, |page| (page.target_groups, page.next_marker)).await;
    let found = answer.and_then(|items| each(Call::DescribeTargetGroups, &items, to_target_group));
    let found = found.map(|all| all.into_iter().find(|one| one.arn == arn)).existing().map(Option::flatten);
    let group = found.value().cloned().flatten();
    reader.facts.record(|facts| drop(facts.target_groups.insert(arn.to_owned(), found)));
    group
}

/// Reads the attributes of a target group.
pub(super) async fn target_group_attributes(reader: &Reader<'_>, arn: &str) {
    let request = reader.aws().elb.describe_target_group_attributes().target_group_arn(arn).send();
    let answer = reader.ask(Call::DescribeTargetGroupAttributes, request).await;
    let pairs = answer.map(|output| output.attributes.map(|all| all.into_iter().map(|one| (one.key, one.value)).collect()));
    let attributes = pairs.and_then(|pairs| to_attributes(Call::DescribeTargetGroupAttributes, pairs));
    reader.facts.record(|facts| drop(facts.target_group_attributes.insert(arn.to_owned(), attributes.fetched())));
}

/// Reads the targets of a target group with their health and returns them.
pub(super) async fn target_health(reader: &Reader<'_>, arn: &str) -> Vec<Target> {
    let request = reader.aws().elb.describe_target_health().target_group_arn(arn).send();
    let answer = reader.ask(Call::DescribeTargetHealth, request).await;
    let listed = answer.and_then(|output| {
        let listed = need(output.target_health_descriptions, "TargetHealthDescriptions");
        listed.map_err(|lacks| Refusal::unreadable(Call::DescribeTargetHealth, lacks))
    });
    let targets = listed.and_then(|listed| each(Call::DescribeTargetHealth, &listed, to_target)).fetched();
    let known = targets.value().cloned().unwrap_or_default();
    reader.facts.record(|facts| drop(facts.target_health.insert(arn.to_owned(), targets)));
    known
}

/// Target groups that actions forward to, whatever their weight: a fix may raise a weight from zero.
pub(super) fn named_groups<'a>(actions: impl IntoIterator<Item = &'a Action>) -> BTreeSet<String> {
    let groups = actions.into_iter().filter_map(|action| match action {
        Action::Forward { target_groups } => Some(target_groups),
        Action::FixedResponse { .. } | Action::Redirect { .. } | Action::Authenticate { .. } | Action::Unknown { .. } => None,
    });
    groups.flatten().map(|group| group.arn.clone()).collect()
}

fn port(port: i32) -> Result<u16, Lacks> {
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

fn to_target_group(group: &types::TargetGroup) -> Result<TargetGroup, Lacks> {
    let number = |value: Option<i32>| value.map(u32::try_from).transpose().map_err(|_| Lacks("HealthCheckTimeoutSeconds"));
    let matcher = group.matcher.as_ref().and_then(|matcher| matcher.http_code.clone().or_else(|| matcher.grpc_code.clone()));
    Ok(TargetGroup {
        arn: need(group.target_group_arn.clone(), "TargetGroupArn")?,
        name: need(group.target_group_name.clone(), "TargetGroupName")?,
        target_type: need(group.target_type.as_ref(), "TargetType")?.as_str().to_owned(),
        protocol: group.protocol.as_ref().map(|protocol| protocol.as_str().to_owned()),
        protocol_version: group.protocol_version.clone(),
        port: group.port.map(port).transpose()?,
        vpc_id: group.vpc_id.clone(),
        load_balancer_arns: group.load_balancer_arns().to_vec(),
        health_check: HealthCheck {
            enabled: need(group.health_check_enabled, "HealthCheckEnabled")?,
            protocol: group.health_check_protocol.as_ref().map(|protocol| protocol.as_str().to_owned()),
            // Functions are checked without a port; everything else always has one, and this is its default.
            port: group.health_check_port.clone().unwrap_or_else(|| "traffic-port".to_owned()),
            path: group.health_check_path.clone(),
            timeout_s: number(group.health_check_timeout_seconds)?,
            interval_s: number(group.health_check_interval_seconds)?,
            matcher,
            healthy_threshold: number(group.healthy_threshold_count)?,
            unhealthy_threshold: number(group.unhealthy_threshold_count)?,
        },
        ip_address_type: group.ip_address_type.as_ref().map(|kind| kind.as_str().to_owned()),
    })
}

fn to_target(described: &types::TargetHealthDescription) -> Result<Target, Lacks> {
    let target = need(described.target.as_ref(), "Target")?;
    let health = need(described.target_health.as_ref(), "TargetHealth")?;
    Ok(Target {
        id: text(target.id.clone(), "Target.Id")?,
        port: target.port.map(port).transpose()?,
        zone: target.availability_zone.clone(),
        state: need(health.state.as_ref(), "TargetHealth.State")?.as_str().to_owned(),
        reason: health.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        description: health.description.clone(),
        administrative_override: described.administrative_override.as_ref().map(to_override).transpose()?,
    })
}

fn to_override(shift: &types::AdministrativeOverride) -> Result<AdministrativeOverride, Lacks> {
    Ok(AdministrativeOverride {
        state: need(shift.state.as_ref(), "AdministrativeOverride.State")?.as_str().to_owned(),
        reason: shift.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        description: shift.description.clone(),
    })
}

/// The attributes of one resource by key.
fn to_attributes(call: Call, pairs: Option<Vec<(Option<String>, Option<String>)>>) -> Result<BTreeMap<String, String>, Refusal> {
    let pairs = need(pairs, "Attributes").and_then(|pairs| {
        // An attribute may be set to nothing, for example the bucket of logs that are not written.
        pairs.into_iter().map(|(key, value)| Ok((need(key, "Attributes.Key")?, value.unwrap_or_default()))).collect()
    });
    pairs.map_err(|lacks| Refusal::unreadable(call, lacks))
}

#[cfg(test)]
mod tests {
    use super::{Lacks, load_balancer_arn, named_groups, to_listener, to_load_balancer, to_target, to_target_group};
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
    fn a_function_has_no_health_check_port_and_codes_may_be_of_grpc() {
        let base = || types::TargetGroup::builder().target_group_arn("g").target_group_name("n").target_type(types::TargetTypeEnum::Ip);
        assert_eq!(to_target_group(&base().build()), Err(Lacks("HealthCheckEnabled")));
        let grpc = types::Matcher::builder().grpc_code("0-99").build();
        let group = to_target_group(&base().health_check_enabled(true).matcher(grpc).health_check_timeout_seconds(5).build());
        let check = group.expect("complete").health_check;
        assert_eq!((check.port.as_str(), check.matcher.as_deref(), check.timeout_s), ("traffic-port", Some("0-99"), Some(5)));
    }

    #[test]
    fn a_target_keeps_state_and_reason_in_the_words_of_aws() {
        let health = types::TargetHealth::builder()
            .state(types::TargetHealthStateEnum::Unhealthy)
            .reason(types::TargetHealthReasonEnum::Timeout)
            .description("Request timed out");
        let target = types::TargetDescription::builder().id("10.0.1.5").port(8080).build();
        let described = types::TargetHealthDescription::builder().target(target).target_health(health.build()).build();
        let target = to_target(&described).expect("complete");
        assert_eq!((target.state.as_str(), target.reason.as_deref(), target.port), ("unhealthy", Some("Target.Timeout"), Some(8080)));
        assert_eq!(to_target(&types::TargetHealthDescription::builder().build()), Err(Lacks("Target")));
    }

    #[test]
    fn groups_with_weight_zero_are_read_too() {
        let group = |arn: &str, weight| WeightedTargetGroup { arn: arn.to_owned(), weight };
        let actions = [Action::Forward { target_groups: vec![group("b", 1), group("a", 0)] }, Action::Unknown { name: "x".to_owned() }];
        assert_eq!(named_groups(&actions).into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
