//! The access log of a stage: what a useful one says, and how to have one. Shared by the checks on it.

use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::gateway::Stage;
use crate::remedy;
use crate::steps::{aws, quote};
use serde_json::{Value, json};

/// Who answered, and why: each by any of these names.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>
const TELLING: &[&[&str]] = &[
    &["$context.error.message", "$context.error.messageString"],
    &["$context.error.responseType"],
    &["$context.integration.error", "$context.integrationErrorMessage"],
    &["$context.integration.status", "$context.integrationStatus"],
    &["$context.integration.latency", "$context.integrationLatency"],
];

/// A format that says all of it.
const FORMAT: &str = concat!(
    r#"{"requestId":"$context.requestId","requestTime":"$context.requestTime","routeKey":"$context.routeKey","#,
    r#""path":"$context.path","status":"$context.status","error":"$context.error.message","#,
    r#""responseType":"$context.error.responseType","authorizerError":"$context.authorizer.error","#,
    r#""integrationError":"$context.integration.error","integrationStatus":"$context.integration.status","#,
    r#""integrationLatency":"$context.integration.latency"}"#
);

/// The variables that a format lacks, each by its first name.
pub(super) fn lacking(format: &str) -> Vec<&'static str> {
    let named = |name: &str| format.match_indices(name).any(|(at, _)| ends_there(&format[at + name.len()..]));
    TELLING.iter().filter(|names| !names.iter().any(|name| named(name))).map(|names| names[0]).collect()
}

/// `$context.error.message` is not in `$context.error.messageString`.
fn ends_there(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
}

/// The log group of a destination: its name. `None`: a delivery stream, or no ARN of a log group.
pub(super) fn group_name(destination: &str) -> Option<&str> {
    let mut parts = destination.splitn(6, ':').skip(2);
    let is_logs = parts.next() == Some("logs");
    let group = parts.nth(2).filter(|_| is_logs)?;
    group.strip_prefix("log-group:").map(|name| name.trim_end_matches(":*"))
}

/// The Region in an ARN.
pub(super) fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3)
}

/// A log group of this Region for the API, by ARN and name: one that a stage writes to already, else a new one.
fn group_for(deployment: &Deployment) -> (String, String, bool) {
    let stages = deployment.stages().map(|stages| stages.values().collect::<Vec<_>>()).unwrap_or_default();
    let destinations = stages.iter().filter_map(|stage| stage.access_log.as_ref()?.destination_arn.as_deref());
    let mut here = destinations.filter(|arn| region_of(arn) == Some(deployment.region()));
    let there = here.find_map(|arn| group_name(arn).filter(|_| deployment.log_group_exists(arn) == Ok(true)).map(|name| (arn, name)));
    if let Some((arn, name)) = there {
        return (arn.to_owned(), name.to_owned(), false);
    }
    let partition = match deployment.region() {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let name = format!("/apigateway/{}", deployment.api_id());
    let account = deployment.account().unwrap_or("ACCOUNT");
    (format!("arn:{partition}:logs:{}:{account}:log-group:{name}", deployment.region()), name, true)
}

/// Lets a stage write a log that tells who answered: into a log group of this Region, a new one where it writes to none.
pub(super) fn write_log(deployment: &Deployment, stage: &Stage, title: String, risk: Risk) -> Fix {
    let (arn, name, new) = group_for(deployment);
    let mut change = vec![remedy::set(&["stages", "known", &stage.name, "access_log"], json!({"destination_arn": arn, "format": FORMAT}))];
    let settings: Value = json!({"DestinationArn": arn, "Format": FORMAT});
    let (api, stage_name) = (quote(deployment.api_id()), quote(&stage.name));
    let update = format!(
        "apigatewayv2 update-stage --api-id {api} --stage-name {stage_name} --access-log-settings {}",
        quote(&settings.to_string())
    );
    let mut create = None;
    if new {
        change.push(remedy::set(&["log_groups", &arn], json!({"known": true})));
        create = Some(aws(deployment, &format!("logs create-log-group --log-group-name {}", quote(&name))));
    }
    let mut fix = Fix::new(title, risk, change);
    for line in create.into_iter().chain([aws(deployment, &update)]) {
        fix = fix.cli(line);
    }
    fix.console(format!("API Gateway: Monitor → Logging → stage {} → Edit → access logging", stage.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proposed_format_says_everything() {
        assert!(lacking(FORMAT).is_empty());
        assert_eq!(lacking("$context.status").len(), TELLING.len());
    }

    #[test]
    fn other_names_of_a_variable_count_and_longer_ones_do_not() {
        let with = |text| !lacking(text).contains(&"$context.integration.status");
        assert!(with("$context.integrationStatus"));
        assert!(!with("$context.integration.statusCode"));
        assert!(!lacking("$context.error.messageString,").contains(&"$context.error.message"));
    }

    #[test]
    fn only_a_log_group_has_a_name() {
        assert_eq!(group_name("arn:aws:logs:eu-central-1:123456789012:log-group:/apigateway/orders:*"), Some("/apigateway/orders"));
        assert_eq!(group_name("arn:aws:firehose:eu-central-1:123456789012:deliverystream/amazon-apigateway-x"), None);
    }
}
