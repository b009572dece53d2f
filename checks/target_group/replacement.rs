//! The way out of a setting that cannot be changed: a new target group in the place of the old one.
//!
//! AWS lets nobody change a target group's type, protocol or protocol version. The patch models the end state: the new group stands wherever the
//! old one stood, in the listeners, their rules and the services that register with it; its health has to be observed first.

use crate::finding::{Fix, Risk};
use crate::model::balancing::{Action, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::facts::pointer;
use crate::model::service::{Service, ServiceLoadBalancer};
use crate::model::walks::forwards_to;
use crate::remedy;
use crate::steps::{aws, quote};
use serde_json::{Value, json};

/// The shell variable that holds the new group's ARN from the first step on.
const NEW: &str = "\"$NEW_GROUP\"";

/// Replaces a group by `wanted`, the same group with other settings; `suffix` makes its name.
pub(super) fn replace(deployment: &Deployment, old: &TargetGroup, wanted: TargetGroup, suffix: &str, title: String) -> Fix {
    let name = new_name(&old.name, suffix);
    let (prefix, _) = old.arn.split_once(":targetgroup/").unwrap_or((&old.arn, ""));
    let arn = format!("{prefix}:targetgroup/{name}/new");
    let wanted = TargetGroup { arn: arn.clone(), name: name.clone(), ..wanted };
    let mut fix = Fix::new(title, Risk::Disruptive, change(deployment, old, &wanted));
    let services = deployment.services_of(&old.arn).unwrap_or_default();
    fix = fix.cli(create(deployment, &wanted));
    let (lines, complete) = switches(deployment, &old.arn);
    for line in lines {
        fix = fix.cli(line);
    }
    if !complete {
        fix = fix.console(format!(
            "EC2: Load balancers → Listeners and rules → forward to {name} in the place of {}, with its weight",
            old.name
        ));
    }
    for service in &services {
        fix = fix.cli(update_service(deployment, service, &old.arn));
    }
    if services.is_empty() && wanted.target_type == old.target_type {
        fix = fix.cli(register(deployment, &old.arn));
    }
    fix.cli(aws(deployment, &format!("elbv2 wait target-in-service --target-group-arn {NEW}"))).console(format!(
        "EC2: Target groups → Create → {name}; then Load balancers → Listeners and rules → forward to {name} in the place of {}; then ECS: Services → Update",
        old.name
    ))
}

/// A target group's name has at most 32 letters, digits and hyphens, and no hyphen at either end.
fn new_name(old: &str, suffix: &str) -> String {
    let kept: String = old.chars().take(31 - suffix.len()).collect();
    format!("{}-{suffix}", kept.trim_end_matches('-'))
}

fn change(deployment: &Deployment, old: &TargetGroup, wanted: &TargetGroup) -> Vec<Value> {
    let facts = deployment.facts();
    let mut change = vec![remedy::set(&["target_groups", &wanted.arn], json!({"known": wanted}))];
    if let Some(attributes) = facts.target_group_attributes.get(&old.arn) {
        change.push(remedy::set(&["target_group_attributes", &wanted.arn], json!(attributes)));
    }
    for (part, facts) in [("listeners", json!(facts.listeners)), ("rules", json!(facts.rules)), ("services", json!(facts.services))] {
        places(&facts, &mut vec![part.to_owned()], &old.arn, &mut |path| {
            let segments: Vec<&str> = path.iter().map(String::as_str).collect();
            change.push(json!({"op": "replace", "path": pointer(&segments), "value": wanted.arn}));
        });
    }
    change
}

/// Calls `found` with the path of each place where the value stands.
fn places(facts: &Value, path: &mut Vec<String>, value: &str, found: &mut impl FnMut(&[String])) {
    let mut below = |step: String, inner: &Value| {
        path.push(step);
        places(inner, path, value, found);
        path.pop();
    };
    match facts {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, inner)| below(index.to_string(), inner)),
        Value::Object(members) => members.iter().for_each(|(key, inner)| below(key.clone(), inner)),
        Value::String(text) if text == value => found(path),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn create(deployment: &Deployment, group: &TargetGroup) -> String {
    let mut command = format!("elbv2 create-target-group --name {} --target-type {}", quote(&group.name), quote(&group.target_type));
    let port = group.port.map(|port| port.to_string());
    let matcher = group.health_check.matcher.as_ref().map(|codes| json!({"HttpCode": codes}).to_string());
    let options = [
        ("protocol", &group.protocol),
        ("protocol-version", &group.protocol_version),
        ("port", &port),
        ("vpc-id", &group.vpc_id),
        ("health-check-protocol", &group.health_check.protocol),
        ("health-check-port", &Some(group.health_check.port.clone())),
        ("health-check-path", &group.health_check.path),
        ("matcher", &matcher),
    ];
    for (option, value) in options {
        if let Some(value) = value {
            command.push_str(&format!(" --{option} {}", quote(value)));
        }
    }
    command.push_str(&format!(" --query {} --output text", quote("TargetGroups[0].TargetGroupArn")));
    format!("NEW_GROUP=$({})", aws(deployment, &command))
}

/// Lets listeners and rules forward to the new group, and says whether that is all of them. Only where forwarding to it is the one action: weights,
/// stickiness and logins, which such a command would have to repeat, are not all among the facts; the console keeps them.
fn switches(deployment: &Deployment, old: &str) -> (Vec<String>, bool) {
    let forward = format!("Type=forward,TargetGroupArn={NEW}");
    let (mut lines, mut complete) = (Vec::new(), true);
    let mut switch = |actions: &[Action], command: String| match actions {
        [Action::Forward { target_groups }] if target_groups.len() == 1 && target_groups[0].arn == old => {
            lines.push(aws(deployment, &format!("{command} {forward}")));
        }
        several => complete &= !forwards_to(several).any(|arn| arn == old),
    };
    for listener in deployment.used_listeners().items {
        switch(&listener.default_actions, format!("elbv2 modify-listener --listener-arn {} --default-actions", quote(&listener.arn)));
        for rule in deployment.rules(listener).unwrap_or_default() {
            switch(&rule.actions, format!("elbv2 modify-rule --rule-arn {} --actions", quote(&rule.arn)));
        }
    }
    (lines, complete)
}

/// ECS starts new tasks and registers them with the new group; the service's other groups have to be named again.
fn update_service(deployment: &Deployment, service: &Service, old: &str) -> String {
    let entry = |entry: &ServiceLoadBalancer| {
        let arn = entry.target_group_arn.as_deref().unwrap_or_default();
        let arn = if arn == old { NEW.to_owned() } else { quote(arn) };
        let container = entry.container_name.as_ref().map_or_else(String::new, |name| format!(",containerName={name}"));
        let port = entry.container_port.map_or_else(String::new, |port| format!(",containerPort={port}"));
        format!("targetGroupArn={arn}{}", quote(&format!("{container}{port}")))
    };
    let entries: Vec<String> = service.load_balancers.iter().map(entry).collect();
    let (cluster, name) = (quote(&service.cluster_arn), quote(&service.name));
    aws(deployment, &format!("ecs update-service --cluster {cluster} --service {name} --load-balancers {}", entries.join(" ")))
}

fn register(deployment: &Deployment, old: &str) -> String {
    let targets = deployment.targets(old).unwrap_or_default().iter();
    let ids: Vec<String> = targets
        .map(|target| {
            let port = target.port.map_or_else(String::new, |port| format!(",Port={port}"));
            quote(&format!("Id={}{port}", target.id))
        })
        .collect();
    let ids = if ids.is_empty() { "Id=ADDRESS".to_owned() } else { ids.join(" ") };
    aws(deployment, &format!("elbv2 register-targets --target-group-arn {NEW} --targets {ids}"))
}
