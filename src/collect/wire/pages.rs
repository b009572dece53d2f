//! Answers in several pages, and answers with nothing in them.

use super::article::{
    self, GET_INTEGRATIONS, GET_ROUTES, GET_STAGES, GROUP, LISTENER, LISTENERS, NEIGHBOUR, article, ec2, group, https, interface, listener,
    query, rule, security_group,
};
use super::{collected, facts};
use crate::collect::replay::{Replay, ok};
use apigw_doctor_checks::model::fetched::Fetched;

fn two(items: [&str; 2]) -> [crate::collect::replay::Reply; 2] {
    [ok(format!(r#"{{"items":[{}],"nextToken":"p2"}}"#, items[0])), ok(format!(r#"{{"items":[{}]}}"#, items[1]))]
}

#[tokio::test]
async fn every_page_of_api_gateway_is_read() {
    let private = |id: &str| {
        format!(r#"{{"integrationId":"{id}","integrationType":"HTTP_PROXY","connectionType":"VPC_LINK","integrationUri":"{LISTENER}"}}"#)
    };
    let replay = Replay::start(
        article()
            .on(GET_STAGES, two([r#"{"stageName":"$default"}"#, r#"{"stageName":"prod"}"#]))
            .on(GET_ROUTES, two([r#"{"routeId":"r1","routeKey":"GET /a"}"#, r#"{"routeId":"r2","routeKey":"GET /b"}"#]))
            .on(GET_INTEGRATIONS, two([&private("int1"), &private("int2")])),
    );
    let facts = collected(&replay).await.expect("healthy").facts;
    assert_eq!(facts.stages.value().expect("read").len(), 2);
    assert_eq!(facts.routes.value().expect("read").len(), 2);
    assert_eq!(facts.integrations.value().expect("read").len(), 2);
    assert_eq!(replay.count("nextToken=p2"), 3);
}

#[tokio::test]
async fn every_page_of_the_load_balancer_is_read() {
    let page = |operation: &str, tag: &str, first: &str, second: &str| {
        let more = format!("<{tag}>{first}</{tag}><NextMarker>p2</NextMarker>");
        [ok(query(operation, &more)), ok(query(operation, &format!("<{tag}>{second}</{tag}>")))]
    };
    let redirect = "<Type>redirect</Type><RedirectConfig><StatusCode>HTTP_301</StatusCode></RedirectConfig>";
    let other = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/other/1";
    let replay = Replay::start(
        article()
            .on("Action=DescribeRules&", page("DescribeRules", "Rules", &rule("first", "1"), &rule("last", "default")))
            .on(LISTENERS, page("DescribeListeners", "Listeners", &https(), &listener(NEIGHBOUR, "HTTP", 80, "", redirect)))
            .on("Action=DescribeTargetGroups&", page("DescribeTargetGroups", "TargetGroups", &group(GROUP), &group(other))),
    );
    let facts = collected(&replay).await.expect("healthy").facts;
    let rules: Vec<_> = facts.rules[LISTENER].value().expect("read").iter().map(|rule| rule.arn.as_str()).collect();
    assert_eq!(rules, ["first", "last"]);
    assert_eq!((facts.listeners.len(), facts.target_groups.len(), facts.target_health.len()), (2, 2, 2));
    assert_eq!(replay.count("Marker=p2"), 3);
}

#[tokio::test]
async fn every_page_of_the_network_is_read() {
    let page = |operation: &str, tag: &str, first: &str, second: &str| {
        let more = format!("<{tag}>{first}</{tag}><nextToken>p2</nextToken>");
        [ok(ec2(operation, &more)), ok(ec2(operation, &format!("<{tag}>{second}</{tag}>")))]
    };
    let nic = |id: &str, address: &str| interface(id, "api_gateway_managed", address, "");
    let replay = Replay::start(
        article()
            .on(
                "Action=DescribeSecurityGroups&",
                page("DescribeSecurityGroups", "securityGroupInfo", &security_group("sg-1"), &security_group("sg-2")),
            )
            .on(
                "Filter.1.Name=interface-type",
                page("DescribeNetworkInterfaces", "networkInterfaceSet", &nic("eni-1", "10.0.1.1"), &nic("eni-2", "10.0.1.2")),
            ),
    );
    let facts = collected(&replay).await.expect("healthy").facts;
    assert_eq!(facts.security_groups.value().expect("read").keys().collect::<Vec<_>>(), ["sg-1", "sg-2"]);
    let interfaces: Vec<_> = facts.network_interfaces.value().expect("read").keys().collect();
    assert_eq!(interfaces, ["eni-1", "eni-2", "eni-node", "eni-task"]);
    assert_eq!(replay.count("NextToken=p2"), 2);
}

#[tokio::test]
async fn services_come_in_pages_of_names_and_batches_of_ten() {
    let name = |i: u32| format!(r#""arn:aws:ecs:eu-central-1:123456789012:service/orders/s{i}""#);
    let names = |range: std::ops::Range<u32>| range.map(name).collect::<Vec<_>>().join(",");
    let pages =
        [ok(format!(r#"{{"serviceArns":[{}],"nextToken":"p2"}}"#, names(0..11))), ok(format!(r#"{{"serviceArns":[{}]}}"#, names(11..21)))];
    let replay = Replay::start(article().on("20141113.ListServices", pages).on("20141113.DescribeServices", [ok(r#"{"services":[]}"#)]));
    let facts = collected(&replay).await.expect("healthy").facts;
    assert_eq!((replay.count("ListServices"), replay.count("DescribeServices")), (2, 3));
    assert_eq!(facts.services.value().map(std::collections::BTreeMap::len), Some(0));
}

#[tokio::test]
async fn the_same_page_for_ever_is_a_failure_and_no_endless_loop() {
    let for_ever = ok(r#"{"items":[],"nextToken":"p2"}"#);
    let facts = facts(article().on(GET_ROUTES, [for_ever])).await;
    let Fetched::Failed { what } = facts.routes else { panic!("{:?}", facts.routes) };
    assert!(what.contains("GetRoutes"), "{what}");
}

#[tokio::test]
async fn empty_answers_say_that_there_is_nothing() {
    let empty = || [ok(r#"{"items":[]}"#)];
    let script = article().on(GET_STAGES, empty()).on(GET_ROUTES, empty()).on(GET_INTEGRATIONS, empty());
    let replay = Replay::start(script);
    let facts = collected(&replay).await.expect("an API without anything is an API").facts;
    assert_eq!(facts.stages, Fetched::Known(Default::default()));
    assert_eq!(facts.routes, Fetched::Known(Default::default()));
    assert_eq!(facts.integrations, Fetched::Known(Default::default()));
    // Nothing is involved, and that is known.
    assert_eq!(facts.subnets, Fetched::Known(Default::default()));
    assert_eq!(facts.network_interfaces, Fetched::Known(Default::default()));
    assert_eq!(facts.services, Fetched::Known(Default::default()));
    assert!(facts.vpc_links.is_empty() && facts.listeners.is_empty());
    assert_eq!(facts.api_id, article::API);
}

#[tokio::test]
async fn a_target_group_without_targets_is_known_to_have_none() {
    let none = ok(query("DescribeTargetHealth", "<TargetHealthDescriptions/>"));
    let replay = Replay::start(article().on("Action=DescribeTargetHealth&", [none]));
    let facts = collected(&replay).await.expect("healthy").facts;
    assert_eq!(facts.target_health[GROUP], Fetched::Known(Vec::new()));
    assert_eq!(replay.count("Filter.1.Name=addresses"), 0, "there are no addresses to ask for");
}
