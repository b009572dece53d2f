//! What stands beside the way of a request: exports, authorizers, settings of listeners, endpoints, tasks, and what only helps.

use super::article::{
    API, GET_AUTHORIZERS, GET_DEPLOYMENTS, GET_STAGES, LB, LISTENER, POLICY, RUNNING, SERVICE, STOPPED, TASK, article, ec2, query, task,
    tasks,
};
use super::{collected, facts};
use crate::collect::replay::{Replay, Reply, ok, refused_ec2, refused_json, refused_query};
use apigw_doctor_checks::model::fetched::Fetched;

const EXPORT: &str = "/exports/";
const EXPORT_OF_PROD: &str = "stageName=prod";
const BY_HAND: &str = r#"{"items":[{"stageName":"$default","autoDeploy":true,"deploymentId":"d1"},{"stageName":"prod","deploymentId":"d0"},
    {"stageName":"never"}]}"#;
const FUNCTION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:door";

fn denied<T>(action: &str) -> Fetched<T> {
    Fetched::Denied { action: action.to_owned() }
}

fn json_denied() -> [Reply; 1] {
    [refused_json(400, "AccessDeniedException")]
}

#[tokio::test]
async fn what_is_saved_and_what_is_deployed_by_hand_is_exported() {
    let saved = include_str!("export.json");
    let deployed = saved.replace("/health", "/status");
    let replay = Replay::start(article().on(GET_STAGES, [ok(BY_HAND)]).on(EXPORT, [ok(saved)]).on(EXPORT_OF_PROD, [ok(deployed)]));
    let facts = collected(&replay).await.expect("healthy").facts;
    assert!(facts.saved_definition.value().expect("read").routes.contains_key("GET /health"));
    assert_eq!(facts.deployed_definitions.keys().collect::<Vec<_>>(), ["prod"]);
    assert!(facts.deployed_definitions["prod"].value().expect("read").routes.contains_key("GET /status"));
    assert_eq!((replay.count(EXPORT), replay.count("includeExtensions=true"), replay.count("outputType=JSON")), (2, 2, 2));
}

#[tokio::test]
async fn exports_that_cannot_be_read_are_gaps() {
    let script = article().on(GET_STAGES, [ok(BY_HAND)]);
    let refused = facts(script.clone().on(EXPORT, [refused_json(403, "AccessDeniedException")]).on(EXPORT_OF_PROD, [ok("{}")])).await;
    assert_eq!(refused.saved_definition, denied("apigateway:GET"));
    let Fetched::Failed { what } = &refused.deployed_definitions["prod"] else { panic!("{:?}", refused.deployed_definitions) };
    assert_eq!(what, "apigatewayv2:ExportApi: unreadable answer: paths is missing or malformed");
    let empty = facts(script.on(EXPORT, [ok(r#"{"paths":{}}"#)])).await;
    assert_eq!(empty.saved_definition, Fetched::Known(Default::default()));
}

#[tokio::test]
async fn deployments_come_in_pages_and_may_be_denied() {
    let page = |id: &str, next: &str| ok(format!(r#"{{"items":[{{"deploymentId":"{id}"}}]{next}}}"#));
    let paged = facts(article().on(GET_DEPLOYMENTS, [page("d1", r#","nextToken":"p2""#), page("d2", "")])).await;
    assert_eq!(paged.deployments.value().expect("read").len(), 2);
    assert_eq!(facts(article().on(GET_DEPLOYMENTS, json_denied())).await.deployments, denied("apigateway:GET"));
}

fn with_authorizer(credentials: &str) -> String {
    format!(
        r#"{{"items":[{{"authorizerId":"a1","name":"door","authorizerType":"REQUEST"{credentials},
        "authorizerUri":"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"}}]}}"#
    )
}

#[tokio::test]
async fn the_policy_of_an_authorizers_function_is_read_unless_a_role_decides() {
    let policy = r#"{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunction\"}]}"}"#;
    let script = article().on(GET_AUTHORIZERS, [ok(with_authorizer(""))]);
    let read = facts(script.clone().on("/policy", [ok(policy)])).await;
    assert_eq!(read.lambda_policies[FUNCTION].value().expect("read")[0].principal, "*");
    let none = facts(script.clone().on("/policy", [refused_json(404, "ResourceNotFoundException")])).await;
    assert_eq!(none.lambda_policies[FUNCTION], Fetched::Known(Vec::new()));
    let refused = facts(script.on("/policy", [refused_json(403, "AccessDeniedException")])).await;
    assert_eq!(refused.lambda_policies[FUNCTION], denied("lambda:GetPolicy"));
    let role = with_authorizer(r#","authorizerCredentialsArn":"arn:aws:iam::123456789012:role/door""#);
    assert!(facts(article().on(GET_AUTHORIZERS, [ok(role)])).await.lambda_policies.is_empty());
    assert_eq!(facts(article().on(GET_AUTHORIZERS, json_denied())).await.authorizers, denied("apigateway:GET"));
}

#[tokio::test]
async fn settings_of_listeners_may_be_denied_and_a_policy_may_not_exist() {
    let elb = |operation: &str| format!("elasticloadbalancing:{operation}");
    let query_denied = || [refused_query(403, "AccessDenied")];
    let attributes = facts(article().on("Action=DescribeListenerAttributes&", query_denied())).await;
    assert_eq!(attributes.listener_attributes[LISTENER], denied(&elb("DescribeListenerAttributes")));
    let policies = facts(article().on("Action=DescribeSSLPolicies&", query_denied())).await;
    assert_eq!(policies.ssl_policies[POLICY], denied(&elb("DescribeSSLPolicies")));
    let gone = facts(article().on("Action=DescribeSSLPolicies&", [refused_query(400, "SSLPolicyNotFound")])).await;
    assert_eq!(gone.ssl_policies[POLICY], Fetched::Known(None));
    let empty = facts(article().on("Action=DescribeListenerAttributes&", [ok(query("DescribeListenerAttributes", "<Attributes/>"))])).await;
    assert_eq!(empty.listener_attributes[LISTENER], Fetched::Known(Default::default()));
}

#[tokio::test]
async fn a_web_acl_is_read_with_its_rules() {
    let acl = r#"{"WebACL":{"Name":"door","Id":"1","ARN":"arn:aws:wafv2:1","DefaultAction":{"Block":{}},"Capacity":1,
        "VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":true,"MetricName":"m"},
        "Rules":[{"Name":"r","Priority":0,"Action":{"Block":{}},"Statement":{"GeoMatchStatement":{"CountryCodes":["DE"]}},
        "VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":true,"MetricName":"m"}}]}}"#;
    let read = facts(article().on("AWSWAF_20190729.GetWebACLForResource", [ok(acl)])).await;
    let acl = read.web_acls[LB].value().expect("read").as_ref().expect("there is one");
    assert!(acl.blocks_by_default);
    assert_eq!((acl.rules[0].action.as_deref(), acl.rules[0].statements.as_slice()), (Some("block"), &["geo-match".to_owned()][..]));
    let refused = facts(article().on("AWSWAF_20190729.GetWebACLForResource", json_denied())).await;
    assert_eq!(refused.web_acls[LB], denied("wafv2:GetWebACLForResource"));
}

#[tokio::test]
async fn prefix_lists_that_rules_and_routes_name_are_read_once() {
    let rule = "<item><ipProtocol>tcp</ipProtocol><prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds></item>";
    let group = |id: &str| {
        format!("<item><groupId>{id}</groupId><groupName>{id}</groupName><vpcId>vpc-1</vpcId><ipPermissions>{rule}</ipPermissions></item>")
    };
    let groups = format!("<securityGroupInfo>{}{}</securityGroupInfo>", group("sg-lb"), group("sg-link"));
    let route = "<item><destinationPrefixListId>pl-2</destinationPrefixListId><gatewayId>vpce-1</gatewayId><state>active</state></item>";
    let table = format!("<item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet>{route}</routeSet></item>");
    let entries = |block: &str, next: &str| {
        ok(ec2("GetManagedPrefixListEntries", &format!("<entrySet><item><cidr>{block}</cidr></item></entrySet>{next}")))
    };
    let endpoint = "<item><vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointType>Gateway</vpcEndpointType><vpcId>vpc-1</vpcId>\
        <serviceName>com.amazonaws.eu-central-1.s3</serviceName><state>available</state></item>";
    let script = article()
        .on("Action=DescribeSecurityGroups&", [ok(ec2("DescribeSecurityGroups", &groups))])
        .on("Action=DescribeRouteTables&", [ok(ec2("DescribeRouteTables", &format!("<routeTableSet>{table}</routeTableSet>")))])
        .on("Action=DescribeVpcEndpoints&", [ok(ec2("DescribeVpcEndpoints", &format!("<vpcEndpointSet>{endpoint}</vpcEndpointSet>")))])
        .on("PrefixListId=pl-1", [entries("10.0.0.0/16", "<nextToken>p2</nextToken>"), entries("10.1.0.0/16", "")])
        .on("PrefixListId=pl-2", [refused_ec2(403, "UnauthorizedOperation")]);
    let replay = Replay::start(script.clone());
    let read = collected(&replay).await.expect("healthy").facts;
    assert_eq!(
        read.prefix_lists["pl-1"].value().expect("read").iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.0.0.0/16", "10.1.0.0/16"]
    );
    assert_eq!(read.prefix_lists["pl-2"], denied("ec2:GetManagedPrefixListEntries"));
    assert_eq!(read.vpc_endpoints.value().expect("read")["vpce-1"].kind, "Gateway");
    assert_eq!(replay.count("PrefixListId=pl-1"), 2, "two pages, and one reader");
    let refused = facts(script.on("Action=DescribeVpcEndpoints&", [refused_ec2(403, "UnauthorizedOperation")])).await;
    assert_eq!(refused.vpc_endpoints, denied("ec2:DescribeVpcEndpoints"));
}

#[tokio::test]
async fn tasks_come_in_pages_and_may_be_gone_or_denied() {
    let other = format!("{TASK}0");
    let pages = [ok(format!(r#"{{"taskArns":["{TASK}"],"nextToken":"p2"}}"#)), ok(format!(r#"{{"taskArns":["{other}"]}}"#))];
    let described = tasks(&[task(TASK, "RUNNING"), task(&other, "STOPPED")].join(","));
    let replay = Replay::start(article().on(STOPPED, pages).on("20141113.DescribeTasks", [ok(described)]));
    let read = collected(&replay).await.expect("healthy").facts;
    assert_eq!((read.tasks[SERVICE].value().map(Vec::len), replay.count("ListTasks"), replay.count("DescribeTasks")), (Some(2), 3, 1));
    let none = facts(article().on(RUNNING, [ok(r#"{"taskArns":[]}"#)])).await;
    assert_eq!(none.tasks[SERVICE], Fetched::Known(Vec::new()));
    let gone = format!(r#"{{"tasks":[],"failures":[{{"arn":"{TASK}","reason":"MISSING"}}]}}"#);
    assert_eq!(facts(article().on("20141113.DescribeTasks", [ok(gone)])).await.tasks[SERVICE], Fetched::Known(Vec::new()));
    assert_eq!(facts(article().on(STOPPED, json_denied())).await.tasks[SERVICE], denied("ecs:ListTasks"));
    assert_eq!(facts(article().on("20141113.DescribeTasks", json_denied())).await.tasks[SERVICE], denied("ecs:DescribeTasks"));
}

#[tokio::test]
async fn roles_bounds_and_log_groups_are_known_missing_or_denied() {
    const GROUP: &str = "arn:aws:logs:eu-central-1:123456789012:log-group:/api";
    let stages =
        format!(r#"{{"items":[{{"stageName":"$default","autoDeploy":true,"accessLogSettings":{{"destinationArn":"{GROUP}:*"}}}}]}}"#);
    let target = r#"{"ScalableTargets":[{"ServiceNamespace":"ecs","ResourceId":"service/orders/web","ScalableDimension":"ecs:service:DesiredCount",
        "MinCapacity":1,"MaxCapacity":4,"RoleARN":"r","CreationTime":1790000000}]}"#;
    let logs = |name: &str| ok(format!(r#"{{"logGroups":[{{"logGroupName":"{name}"}}]}}"#));
    let script = article().on(GET_STAGES, [ok(stages)]).on("AnyScaleFrontendService.DescribeScalableTargets", [ok(target)]);
    let read = facts(
        script
            .clone()
            .on("Logs_20140328.DescribeLogGroups", [logs("/api")])
            .on("RoleName=AWSServiceRoleForECS", [refused_query(404, "NoSuchEntity")]),
    )
    .await;
    let bounds = read.scalable_targets[SERVICE].value().expect("read").clone().expect("it scales");
    assert_eq!((bounds.min_capacity, bounds.max_capacity), (1, 4));
    assert_eq!(read.log_groups[&format!("{GROUP}:*")], Fetched::Known(true));
    assert_eq!(read.service_linked_roles["AWSServiceRoleForECS"], Fetched::Known(false));
    let another = facts(script.clone().on("Logs_20140328.DescribeLogGroups", [logs("/api-of-others")])).await;
    assert_eq!(another.log_groups[&format!("{GROUP}:*")], Fetched::Known(false));
    let refused = facts(
        script
            .on("Logs_20140328.DescribeLogGroups", json_denied())
            .on("Action=GetRole&", [refused_query(403, "AccessDenied")])
            .on("AnyScaleFrontendService.DescribeScalableTargets", json_denied()),
    )
    .await;
    assert_eq!(refused.log_groups[&format!("{GROUP}:*")], denied("logs:DescribeLogGroups"));
    assert_eq!(refused.service_linked_roles["AWSServiceRoleForAPIGateway"], denied("iam:GetRole"));
    assert_eq!(refused.scalable_targets[SERVICE], denied("application-autoscaling:DescribeScalableTargets"));
    assert_eq!(refused.api_id, API);
}
