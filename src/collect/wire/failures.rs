//! What cannot be read, one thing at a time: the gap stands in its place, and everything else is still read.

use super::article::{
    CERTIFICATE, GET_API, GET_INTEGRATIONS, GET_ROUTES, GROUP, LB, LISTENER, LISTENERS, NEIGHBOUR, TASKS, article, group, listener, query,
};
use super::{collected, facts};
use crate::collect::CollectError;
use crate::collect::replay::{Replay, Reply, Script, answer_with, ok, refused_ec2, refused_json, refused_query, truncated};
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::fetched::Fetched;
use std::fmt::Debug;

fn denied<T>(action: &str) -> Fetched<T> {
    Fetched::Denied { action: action.to_owned() }
}

fn assert_failed<T: Debug>(fetched: &Fetched<T>, piece: &str) {
    let Fetched::Failed { what } = fetched else { panic!("{fetched:?} is no failure") };
    assert!(what.contains(piece), "\"{what}\" does not say \"{piece}\"");
}

async fn fatal(piece: &str, replies: impl Into<Vec<Reply>>) -> CollectError {
    collected(&Replay::start(article().on(piece, replies))).await.expect_err("nothing can be examined")
}

#[tokio::test]
async fn a_denied_api_does_not_end_the_run() {
    let replay = Replay::start(article().on(GET_API, [refused_json(403, "AccessDeniedException")]));
    let collected = collected(&replay).await.expect("the rest can be examined");
    assert_eq!((collected.facts.api, collected.denied), (denied("apigateway:GET"), 1));
    assert!(collected.facts.task_definitions[TASKS].value().is_some(), "all else was read");
}

#[tokio::test]
async fn each_service_is_denied_in_its_own_words() {
    let query = || [refused_query(403, "AccessDenied")];
    let ec2 = || [refused_ec2(403, "UnauthorizedOperation")];
    let json = || [refused_json(400, "AccessDeniedException")];
    let elb = |operation: &str| format!("elasticloadbalancing:{operation}");

    assert_eq!(facts(article().on(GET_ROUTES, json())).await.routes, denied("apigateway:GET"));
    assert_eq!(facts(article().on("GET /v2/vpclinks/link1", json())).await.vpc_links["link1"], denied("apigateway:GET"));
    assert_eq!(facts(article().on("Action=DescribeSubnets&", ec2())).await.subnets, denied("ec2:DescribeSubnets"));
    assert_eq!(facts(article().on("Action=DescribeSecurityGroups&", ec2())).await.security_groups, denied("ec2:DescribeSecurityGroups"));
    assert_eq!(facts(article().on("Action=DescribeNetworkAcls&", ec2())).await.network_acls, denied("ec2:DescribeNetworkAcls"));
    assert_eq!(facts(article().on("Action=DescribeRouteTables&", ec2())).await.route_tables, denied("ec2:DescribeRouteTables"));
    let one_of_three = facts(article().on("Filter.1.Name=description", ec2())).await;
    assert_eq!(one_of_three.network_interfaces, denied("ec2:DescribeNetworkInterfaces"));
    assert_eq!(
        facts(article().on("Action=DescribeLoadBalancers&", query())).await.load_balancers[LB],
        denied(&elb("DescribeLoadBalancers"))
    );
    let facts_without = |script: Script| facts(script);
    let attributes = facts_without(article().on("Action=DescribeLoadBalancerAttributes&", query())).await;
    assert_eq!(attributes.load_balancer_attributes[LB], denied(&elb("DescribeLoadBalancerAttributes")));
    assert_eq!(facts(article().on("Action=DescribeRules&", query())).await.rules[LISTENER], denied(&elb("DescribeRules")));
    let health = facts(article().on("Action=DescribeTargetHealth&", query())).await;
    assert_eq!(health.target_health[GROUP], denied(&elb("DescribeTargetHealth")));
    let certificates = facts(article().on("Action=DescribeListenerCertificates&", query())).await;
    assert_eq!(certificates.listener_certificates[LISTENER], denied(&elb("DescribeListenerCertificates")));
    let certificate = facts(article().on("CertificateManager.DescribeCertificate", json())).await;
    assert_eq!(certificate.certificates[CERTIFICATE], denied("acm:DescribeCertificate"));
    assert_eq!(facts(article().on("20141113.ListClusters", json())).await.services, denied("ecs:ListClusters"));
    assert_eq!(facts(article().on("20141113.ListServices", json())).await.services, denied("ecs:ListServices"));
    assert_eq!(facts(article().on("20141113.DescribeServices", json())).await.services, denied("ecs:DescribeServices"));
    let tasks = facts(article().on("20141113.DescribeTaskDefinition", json())).await;
    assert_eq!(tasks.task_definitions[TASKS], denied("ecs:DescribeTaskDefinition"));
}

#[tokio::test]
async fn denied_integrations_leave_all_behind_them_unasked_and_not_empty() {
    let facts = facts(article().on(GET_INTEGRATIONS, [refused_json(403, "AccessDeniedException")])).await;
    assert_eq!(facts.integrations, denied("apigateway:GET"));
    assert_eq!((facts.subnets, facts.network_interfaces, facts.services), (Fetched::NotAsked, Fetched::NotAsked, Fetched::NotAsked));
    assert!(facts.listeners.is_empty());
}

#[tokio::test]
async fn denied_target_groups_are_denied_by_name_and_their_targets_still_read() {
    let facts = facts(article().on("Action=DescribeTargetGroups&", [refused_query(403, "AccessDenied")])).await;
    assert_eq!(facts.target_groups[GROUP], denied("elasticloadbalancing:DescribeTargetGroups"));
    assert!(facts.target_health[GROUP].value().is_some());
    assert_eq!(facts.services.value().map(std::collections::BTreeMap::len), Some(1), "rules and listener still name the group");
}

#[tokio::test]
async fn throttling_that_ends_is_no_gap() {
    let throttled = || refused_json(429, "TooManyRequestsException");
    let route = ok(r#"{"items":[{"routeId":"r1","routeKey":"GET /a"}]}"#);
    let replay = Replay::start(article().on(GET_ROUTES, [throttled(), throttled(), throttled(), throttled(), route]));
    let collected = collected(&replay).await.expect("healthy");
    assert_eq!(collected.facts.routes.value().map(std::collections::BTreeMap::len), Some(1));
    assert_eq!((replay.count(GET_ROUTES), collected.calls), (5, 40), "five attempts are one call");
}

#[tokio::test]
async fn throttling_that_does_not_end_is_a_failure_that_says_how_often_it_was_tried() {
    let replay = Replay::start(article().on("Action=DescribeRules&", [refused_query(400, "Throttling")]));
    let collected = collected(&replay).await.expect("the rest can be examined");
    assert_eq!(
        collected.facts.rules[LISTENER],
        Fetched::Failed { what: "elasticloadbalancing:DescribeRules: throttled (Throttling) after 5 attempts".to_owned() }
    );
    assert_eq!((replay.count("Action=DescribeRules&"), collected.denied), (5, 0));
    let ec2 = facts(article().on("Action=DescribeSubnets&", [refused_ec2(503, "RequestLimitExceeded")])).await;
    assert_failed(&ec2.subnets, "throttled (RequestLimitExceeded) after 5 attempts");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_failure() {
    let json = facts(article().on(GET_ROUTES, [truncated(r#"{"items":[{"routeId":"r1","routeKey":"GET /a"}]}"#)])).await;
    assert!(matches!(json.routes, Fetched::Failed { .. }), "{:?}", json.routes);
    let xml = facts(article().on("Action=DescribeRules&", [ok("<DescribeRulesResponse><DescribeRulesResult><Rules><mem")])).await;
    assert_failed(&xml.rules[LISTENER], "breaks off");
    let empty = facts(article().on(GET_ROUTES, [ok("")])).await;
    assert_failed(&empty.routes, "the list is missing");
}

#[tokio::test]
async fn an_answer_without_what_aws_always_sends_is_a_failure() {
    let facts = facts(article().on(GET_ROUTES, [ok(r#"{"items":[{"routeId":"r1"}]}"#)])).await;
    assert_failed(&facts.routes, "RouteKey is missing");
}

#[tokio::test]
async fn what_is_gone_is_known_to_be_gone() {
    let gone = |script: Script| facts(script);
    let redirect = "<Type>redirect</Type><RedirectConfig><StatusCode>HTTP_301</StatusCode></RedirectConfig>";
    let neighbour = format!("<Listeners>{}</Listeners>", listener(NEIGHBOUR, "HTTP", 80, "", redirect));
    let without = gone(article().on(LISTENERS, [ok(query("DescribeListeners", &neighbour))])).await;
    assert_eq!(without.listeners[LISTENER], Fetched::Known(None));
    assert!(without.listeners[NEIGHBOUR].value().is_some());
    let all = gone(article().on(LISTENERS, [refused_query(400, "LoadBalancerNotFound")])).await;
    assert_eq!(all.listeners[LISTENER], Fetched::Known(None));
    let lb = gone(article().on("Action=DescribeLoadBalancers&", [refused_query(400, "LoadBalancerNotFound")])).await;
    assert_eq!(lb.load_balancers[LB], Fetched::Known(None));
    let link = gone(article().on("GET /v2/vpclinks/link1", [refused_json(404, "NotFoundException")])).await;
    assert_eq!(link.vpc_links["link1"], Fetched::Known(None));
    let certificate = gone(article().on("CertificateManager.DescribeCertificate", [refused_json(400, "ResourceNotFoundException")])).await;
    assert_eq!(certificate.certificates[CERTIFICATE], Fetched::Known(None));
    // The load balancer no longer lists the group that its rule names.
    let other = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/other/1";
    let listed = ok(query("DescribeTargetGroups", &format!("<TargetGroups>{}</TargetGroups>", group(other))));
    let deleted = gone(article().on("Action=DescribeTargetGroups&", [listed, refused_query(400, "TargetGroupNotFound")])).await;
    assert_eq!(deleted.target_groups[GROUP], Fetched::Known(None));
}

#[tokio::test]
async fn what_makes_looking_pointless_ends_the_run() {
    assert!(matches!(fatal(GET_API, [refused_json(403, "ExpiredTokenException")]).await, CollectError::BadCredentials { .. }));
    assert!(matches!(fatal(GET_API, [refused_json(403, "InvalidSignatureException")]).await, CollectError::BadCredentials { .. }));
    let html = "<html><body>Not Found</body></html>";
    assert!(matches!(fatal(GET_API, [answer_with(404, html)]).await, CollectError::NotAws { .. }));
    let websocket = r#"{"apiId":"a1b2c3d4e5","name":"chat","protocolType":"WEBSOCKET","apiEndpoint":"wss://x"}"#;
    let error = fatal(GET_API, [ok(websocket)]).await;
    assert_eq!(error.to_string(), "API a1b2c3d4e5 is a WEBSOCKET API, and this doctor examines HTTP APIs only: pass the id of an HTTP API");
}

#[tokio::test]
async fn nobody_there_and_no_credentials_are_told_apart() {
    let nobody = collected(&Replay::nobody()).await.expect_err("nothing listens");
    assert!(matches!(nobody, CollectError::Unreachable { .. }), "{nobody:?}");
    let anonymous = Replay::start(article()).without_credentials();
    let error = collected(&anonymous).await.expect_err("there are no credentials");
    assert!(matches!(error, CollectError::NoCredentials { .. }), "{error:?}");
    assert_eq!(anonymous.requests().len(), 0, "nothing was sent");
}

#[tokio::test]
async fn credentials_that_expire_on_the_way_leave_gaps() {
    let facts: Facts = facts(article().on("20141113.DescribeServices", [refused_json(400, "ExpiredTokenException")])).await;
    assert_failed(&facts.services, "ExpiredTokenException");
    assert!(facts.api.value().is_some());
}
