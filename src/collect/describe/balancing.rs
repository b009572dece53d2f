//! Load balancers, their listeners and attributes; target groups, their attributes and targets.

use super::{Listed, Notes};
use crate::collect::call::Call;
use crate::collect::gather;
use crate::collect::outcome::{Lacks, Refusal, need};
use crate::collect::reader::{Reader, each};
use aws_sdk_elasticloadbalancingv2::types;
use serde_json::{Value, json};

pub(super) async fn all(reader: &Reader<'_>, notes: &Notes) {
    tokio::join!(balancers(reader, notes), target_groups(reader, notes));
}

async fn balancers(reader: &Reader<'_>, notes: &Notes) {
    let request = |marker| reader.aws().elb.describe_load_balancers().set_marker(marker).send();
    let items = reader.pages(Call::DescribeLoadBalancers, request, |page| (page.load_balancers, page.next_marker)).await;
    let balancers = items.and_then(|items| each(Call::DescribeLoadBalancers, &items, to_balancer));
    let arns = arns(&balancers, "LoadBalancerArn");
    let (listeners, attributes) = tokio::join!(
        gather::all(arns.iter().map(|arn| listeners(reader, arn))),
        gather::all(arns.iter().map(|arn| balancer_attributes(reader, arn))),
    );
    // Where the load balancers themselves are not known, nothing is known of what they have.
    if balancers.is_ok() {
        notes.keep_all("LoadBalancerListeners", "the listeners", listeners);
        notes.keep_all("LoadBalancerAttributes", "the load balancers' attributes", attributes);
    }
    notes.keep("LoadBalancers", "the load balancers", balancers);
}

async fn target_groups(reader: &Reader<'_>, notes: &Notes) {
    let request = |marker| reader.aws().elb.describe_target_groups().set_marker(marker).send();
    let items = reader.pages(Call::DescribeTargetGroups, request, |page| (page.target_groups, page.next_marker)).await;
    let groups = items.and_then(|items| each(Call::DescribeTargetGroups, &items, to_target_group));
    let arns = arns(&groups, "TargetGroupArn");
    let (attributes, health) = tokio::join!(
        gather::all(arns.iter().map(|arn| target_group_attributes(reader, arn))),
        gather::all(arns.iter().map(|arn| target_health(reader, arn))),
    );
    if groups.is_ok() {
        notes.keep_all("TargetGroupAttributes", "the target groups' attributes", attributes);
        notes.keep_all("LoadBalancerTargetHealth", "the registered targets and their health", health);
    }
    notes.keep("TargetGroups", "the target groups", groups);
}

fn arns(listed: &Listed, key: &str) -> Vec<String> {
    listed.iter().flatten().filter_map(|item| item[key].as_str().map(str::to_owned)).collect()
}

async fn listeners(reader: &Reader<'_>, arn: &str) -> Result<Value, Refusal> {
    let request = |marker| reader.aws().elb.describe_listeners().load_balancer_arn(arn).set_marker(marker).send();
    let items = reader.pages(Call::DescribeListeners, request, |page| (page.listeners, page.next_marker)).await?;
    Ok(json!({"LoadBalancerArn": arn, "Listeners": each(Call::DescribeListeners, &items, to_listener)?}))
}

async fn balancer_attributes(reader: &Reader<'_>, arn: &str) -> Result<Value, Refusal> {
    let call = Call::DescribeLoadBalancerAttributes;
    let answer = reader.ask(call, reader.aws().elb.describe_load_balancer_attributes().load_balancer_arn(arn).send()).await?;
    let listed = need(answer.attributes, "Attributes").map_err(|lacks| Refusal::unreadable(call, lacks))?;
    let attributes: Vec<Value> = listed.iter().map(|one| attribute(one.key.as_deref(), one.value.as_deref())).collect();
    Ok(json!({"LoadBalancerArn": arn, "Attributes": attributes}))
}

async fn target_group_attributes(reader: &Reader<'_>, arn: &str) -> Result<Value, Refusal> {
    let call = Call::DescribeTargetGroupAttributes;
    let answer = reader.ask(call, reader.aws().elb.describe_target_group_attributes().target_group_arn(arn).send()).await?;
    let listed = need(answer.attributes, "Attributes").map_err(|lacks| Refusal::unreadable(call, lacks))?;
    let attributes: Vec<Value> = listed.iter().map(|one| attribute(one.key.as_deref(), one.value.as_deref())).collect();
    Ok(json!({"TargetGroupArn": arn, "Attributes": attributes}))
}

async fn target_health(reader: &Reader<'_>, arn: &str) -> Result<Value, Refusal> {
    let call = Call::DescribeTargetHealth;
    let answer = reader.ask(call, reader.aws().elb.describe_target_health().target_group_arn(arn).send()).await?;
    let listed = need(answer.target_health_descriptions, "TargetHealthDescriptions").map_err(|lacks| Refusal::unreadable(call, lacks))?;
    Ok(json!({"TargetGroupArn": arn, "TargetHealthDescriptions": each(call, &listed, to_target)?}))
}

fn attribute(key: Option<&str>, value: Option<&str>) -> Value {
    json!({"Key": key.unwrap_or_default(), "Value": value.unwrap_or_default()})
}

fn to_balancer(balancer: &types::LoadBalancer) -> Result<Value, Lacks> {
    Ok(json!({
        "LoadBalancerArn": need(balancer.load_balancer_arn.as_deref(), "LoadBalancerArn")?,
        "LoadBalancerName": need(balancer.load_balancer_name.as_deref(), "LoadBalancerName")?,
        "Type": need(balancer.r#type.as_ref(), "Type")?.as_str(),
    }))
}

fn to_listener(listener: &types::Listener) -> Result<Value, Lacks> {
    Ok(json!({
        "LoadBalancerArn": need(listener.load_balancer_arn.as_deref(), "LoadBalancerArn")?,
        // A Gateway Load Balancer listens on every port, and has none.
        "Port": listener.port,
        "Protocol": listener.protocol.as_ref().map_or("", |protocol| protocol.as_str()),
        "DefaultActions": listener.default_actions().iter().map(to_action).collect::<Vec<_>>(),
    }))
}

fn to_action(action: &types::Action) -> Value {
    let forward = action.forward_config.as_ref().map(|forward| {
        let to = |to: &types::TargetGroupTuple| json!({"TargetGroupArn": to.target_group_arn, "Weight": to.weight});
        json!({"TargetGroups": forward.target_groups().iter().map(to).collect::<Vec<_>>()})
    });
    json!({"TargetGroupArn": action.target_group_arn, "ForwardConfig": forward})
}

fn to_target_group(group: &types::TargetGroup) -> Result<Value, Lacks> {
    Ok(json!({
        "TargetGroupArn": need(group.target_group_arn.as_deref(), "TargetGroupArn")?,
        "TargetGroupName": need(group.target_group_name.as_deref(), "TargetGroupName")?,
        "TargetType": need(group.target_type.as_ref(), "TargetType")?.as_str(),
        // A group of functions has neither.
        "Protocol": group.protocol.as_ref().map_or("", |protocol| protocol.as_str()),
        "Port": group.port,
    }))
}

fn to_target(health: &types::TargetHealthDescription) -> Result<Value, Lacks> {
    let target = need(health.target.as_ref(), "Target")?;
    let state = need(health.target_health.as_ref().and_then(|health| health.state.as_ref()), "TargetHealth.State")?;
    Ok(json!({
        "Target": {"Id": need(target.id.as_deref(), "Target.Id")?, "Port": target.port},
        "TargetHealth": {"State": state.as_str()},
    }))
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_listener, to_target, types};
    use serde_json::json;

    #[test]
    fn a_listener_keeps_where_it_forwards_to() {
        let to = types::TargetGroupTuple::builder().target_group_arn("tg-1").weight(0).build();
        let forward = types::ForwardActionConfig::builder().target_groups(to).build();
        let action = types::Action::builder().r#type(types::ActionTypeEnum::Forward).forward_config(forward).build();
        let listener =
            types::Listener::builder().load_balancer_arn("lb-1").port(443).protocol(types::ProtocolEnum::Tls).default_actions(action);
        let listener = to_listener(&listener.build()).expect("complete");
        assert_eq!(listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"], json!([{"TargetGroupArn": "tg-1", "Weight": 0}]));
        assert_eq!((listener["Port"].as_i64(), listener["Protocol"].as_str()), (Some(443), Some("TLS")));
    }

    #[test]
    fn a_target_without_a_state_is_unreadable() {
        let target = types::TargetDescription::builder().id("i-1").port(80).build();
        let health = types::TargetHealthDescription::builder().target(target).build();
        assert_eq!(to_target(&health), Err(Lacks("TargetHealth.State")));
    }
}
