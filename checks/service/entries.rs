//! What a service registers, as `update-service` takes it: the list replaces the old one, so every entry has to be in it.

use crate::model::service::ServiceLoadBalancer;
use crate::steps::quote;

/// `--load-balancers` with all entries.
pub(super) fn load_balancers(entries: &[ServiceLoadBalancer]) -> String {
    let member = |name: &str, value: Option<String>| value.map(|value| format!("{name}={value}"));
    let argument = |entry: &ServiceLoadBalancer| {
        let members = [
            member("targetGroupArn", entry.target_group_arn.clone()),
            member("containerName", entry.container_name.clone()),
            member("containerPort", entry.container_port.map(|port| port.to_string())),
        ];
        quote(&members.into_iter().flatten().collect::<Vec<_>>().join(","))
    };
    let arguments: Vec<String> = entries.iter().map(argument).collect();
    format!("--load-balancers {}", arguments.join(" "))
}
