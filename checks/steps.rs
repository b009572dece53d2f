//! The words of fixes: command lines that can be pasted, and where to click.

use crate::finding::Fix;
use crate::model::deployment::Deployment;

/// Console path of an integration's settings.
pub const CONSOLE_INTEGRATION: &str = "API Gateway: Integrations → Manage → Edit";

/// An AWS CLI line for the deployment's Region.
pub fn aws(deployment: &Deployment, command: &str) -> String {
    format!("aws {command} --region {}", quote(deployment.region()))
}

/// A word for a POSIX shell; names from AWS or a certificate can hold anything.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/:=,@+-".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// `aws apigatewayv2 update-integration` with further arguments.
pub fn update_integration(deployment: &Deployment, integration_id: &str, arguments: &str) -> String {
    let api = quote(deployment.api_id());
    aws(deployment, &format!("apigatewayv2 update-integration --api-id {api} --integration-id {} {arguments}", quote(integration_id)))
}

/// Adds the deployment that a change of API Gateway needs before a stage serves it, where a stage does not deploy by itself.
#[must_use]
pub fn then_deploy(deployment: &Deployment, mut fix: Fix) -> Fix {
    let stages = deployment.requests().iter().filter_map(|request| deployment.stage_for(request).ok()?);
    let mut names: Vec<&str> = stages.filter(|stage| !stage.auto_deploy).map(|stage| stage.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let api = quote(deployment.api_id());
        fix = fix.cli(aws(deployment, &format!("apigatewayv2 create-deployment --api-id {api} --stage-name {}", quote(name))));
        fix = fix.console(format!("API Gateway: Deploy → stage {name} (auto-deploy is off: nothing changes until it is deployed)"));
    }
    fix
}

/// `aws ec2 authorize-security-group-ingress` or `-egress` for one TCP port and a peer group.
pub fn authorize(deployment: &Deployment, direction: &str, group_id: &str, port: u16, peer_group: &str) -> String {
    let permission = format!("IpProtocol=tcp,FromPort={port},ToPort={port},UserIdGroupPairs=[{{GroupId={peer_group}}}]");
    aws(
        deployment,
        &format!("ec2 authorize-security-group-{direction} --group-id {} --ip-permissions {}", quote(group_id), quote(&permission)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_one_word() {
        assert_eq!(quote("api.example.com"), "api.example.com");
        assert_eq!(quote("a'; rm -rf ~"), r"'a'\''; rm -rf ~'");
        assert_eq!(quote("$default"), "'$default'");
        assert_eq!(quote(""), "''");
    }
}
