//! Elastic Load Balancing: target groups and the health of targets.

use super::balancing::{port, to_attributes};
use super::call::Call;
use super::gather::all;
use super::outcome::{Answer, Kind, Lacks, Refusal, need, text};
use super::reader::{Reader, each};
use apigw_doctor_checks::model::balancing::{AdministrativeOverride, HealthCheck, Target, TargetGroup};
use apigw_doctor_checks::model::fetched::Fetched;
use aws_sdk_elasticloadbalancingv2::types;
use std::collections::BTreeSet;

/// So many target groups are asked for at once.
const BATCH: usize = 20;

/// Reads the target groups that a load balancer uses and returns them.
pub(super) async fn of_load_balancer(reader: &Reader<'_>, load_balancer: &str) -> Fetched<Vec<TargetGroup>> {
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
pub(super) fn unread(reader: &Reader<'_>, arn: &str, gap: &Fetched<Vec<TargetGroup>>) {
    let gap = gap.clone().map(|_| None);
    reader.facts.record(|facts| drop(facts.target_groups.insert(arn.to_owned(), gap)));
}

/// Reads a target group by its ARN and returns it.
pub(super) async fn named(reader: &Reader<'_>, arn: &str) -> Option<TargetGroup> {
    let found = by_arns(reader, &[arn]).await;
    let found = found.map(|all| all.into_iter().find(|one| one.arn == arn)).existing().map(Option::flatten);
    let group = found.value().cloned().flatten();
    reader.facts.record(|facts| drop(facts.target_groups.insert(arn.to_owned(), found)));
    group
}

/// Reads several target groups by their ARNs. One that is gone makes AWS refuse the question for all: then each is asked for alone.
pub(super) async fn each_named(reader: &Reader<'_>, arns: &BTreeSet<String>) {
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    all(arns.chunks(BATCH).map(|batch| async move {
        let found = match by_arns(reader, batch).await {
            Err(refusal) if refusal.kind == Kind::Missing => {
                all(batch.iter().map(|arn| named(reader, arn))).await;
                return;
            }
            found => found.fetched(),
        };
        reader.facts.record(|facts| {
            for arn in batch {
                let one = found.clone().map(|all| all.into_iter().find(|group| group.arn == **arn));
                facts.target_groups.insert((*arn).to_owned(), one);
            }
        });
    }))
    .await;
}

async fn by_arns(reader: &Reader<'_>, arns: &[&str]) -> Result<Vec<TargetGroup>, Refusal> {
    let wanted: Vec<String> = arns.iter().map(|arn| (*arn).to_owned()).collect();
    let ask = || reader.aws().elb.describe_target_groups().set_target_group_arns(Some(wanted.clone()));
    let request = |marker| ask().set_marker(marker).send();
    let answer = reader.pages(Call::DescribeTargetGroups, request, |page| (page.target_groups, page.next_marker)).await;
    answer.and_then(|items| each(Call::DescribeTargetGroups, &items, to_target_group))
}

/// Reads the attributes of a target group.
pub(super) async fn attributes(reader: &Reader<'_>, arn: &str) {
    let request = reader.aws().elb.describe_target_group_attributes().target_group_arn(arn).send();
    let answer = reader.ask(Call::DescribeTargetGroupAttributes, request).await;
    let pairs = answer.map(|output| output.attributes.map(|all| all.into_iter().map(|one| (one.key, one.value)).collect()));
    let attributes = pairs.and_then(|pairs| to_attributes(Call::DescribeTargetGroupAttributes, pairs));
    reader.facts.record(|facts| drop(facts.target_group_attributes.insert(arn.to_owned(), attributes.fetched())));
}

/// Reads the targets of a target group with their health and returns them.
pub(super) async fn health(reader: &Reader<'_>, arn: &str) -> Vec<Target> {
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

#[cfg(test)]
mod tests {
    use super::{Lacks, to_target, to_target_group};
    use aws_sdk_elasticloadbalancingv2::types;

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
}
