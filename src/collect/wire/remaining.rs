//! What only the whole shows to be needed: groups that only services name, neighbours' rules, services that register in vain.

use super::article::{CLUSTER, GROUP, LB, LISTENER, LISTENERS, NEIGHBOUR, SERVICE, TASKS, article, group, https, listener, query, rule};
use super::{collected, facts};
use crate::collect::replay::{Replay, Script, ok, refused_query};
use apigw_doctor_checks::model::fetched::Fetched;

const BLUE: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/blue/1";
const GREEN: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/green/2";
const OTHER: &str = "arn:aws:ecs:eu-central-1:123456789012:service/orders/other";
const RULES: &str = "Action=DescribeRules&";
const BY_ARN: &str = "Action=DescribeTargetGroups&Version=2015-12-01&TargetGroupArns";
const OF_LB: &str = "Action=DescribeTargetGroups&Version=2015-12-01&LoadBalancerArn";

/// A service in JSON that registers with the groups.
fn service(arn: &str, load_balancers: &str) -> String {
    format!(
        r#"{{"serviceArn":"{arn}","serviceName":"web","clusterArn":"{CLUSTER}","status":"ACTIVE","desiredCount":1,"runningCount":1,
        "pendingCount":0,"taskDefinition":"{TASKS}","loadBalancers":[{load_balancers}],
        "networkConfiguration":{{"awsvpcConfiguration":{{"subnets":["subnet-a"],"securityGroups":["sg-task"]}}}}}}"#
    )
}

fn entry(group: &str, more: &str) -> String {
    format!(r#"{{"targetGroupArn":"{group}","containerName":"web","containerPort":8080{more}}}"#)
}

fn with(services: &[String]) -> Script {
    let arns: Vec<String> = services.iter().map(|one| format!("\"{}\"", if one.contains(OTHER) { OTHER } else { SERVICE })).collect();
    article()
        .on("20141113.ListServices", [ok(format!(r#"{{"serviceArns":[{}]}}"#, arns.join(",")))])
        .on("20141113.DescribeServices", [ok(format!(r#"{{"services":[{}]}}"#, services.join(",")))])
}

/// A group that no load balancer uses.
fn unused(arn: &str) -> String {
    group(arn).replace(&format!("<member>{LB}</member>"), "")
}

fn groups(items: &str) -> crate::collect::replay::Reply {
    ok(query("DescribeTargetGroups", &format!("<TargetGroups>{items}</TargetGroups>")))
}

fn of_load_balancer() -> (&'static str, [crate::collect::replay::Reply; 1]) {
    (OF_LB, [groups(&group(GROUP))])
}

fn nobody() -> [crate::collect::replay::Reply; 1] {
    [ok(query("DescribeTargetHealth", "<TargetHealthDescriptions/>"))]
}

#[tokio::test]
async fn groups_that_only_a_service_names_are_read_together() {
    let (piece, listed) = of_load_balancer();
    let script = with(&[service(SERVICE, &[entry(GROUP, ""), entry(BLUE, ""), entry(GREEN, "")].join(","))]).on(piece, listed);
    let replay = Replay::start(script.clone().on(BY_ARN, [groups(&(unused(BLUE) + &unused(GREEN)))]));
    let facts = collected(&replay).await.expect("healthy").facts;
    let known = |arn: &str| facts.target_groups[arn].value().expect("read").as_ref().expect("it exists").load_balancer_arns.len();
    assert_eq!((known(GROUP), known(BLUE), known(GREEN)), (1, 0, 0));
    assert_eq!((replay.count(BY_ARN), facts.target_health.len()), (1, 1), "no check asks who is in them");
    // One of them is gone, which AWS tells of all: each is asked for alone.
    let gone = refused_query(400, "TargetGroupNotFound");
    let alone = format!("TargetGroupArns.member.1={GREEN}&");
    let replay = Replay::start(script.on(BY_ARN, [gone]).on(&alone, [groups(&unused(GREEN))]));
    let facts = collected(&replay).await.expect("healthy").facts;
    assert_eq!((replay.count(BY_ARN), &facts.target_groups[BLUE]), (3, &Fetched::Known(None)));
    assert!(facts.target_groups[GREEN].value().is_some_and(Option::is_some));
}

#[tokio::test]
async fn both_groups_of_a_pair_are_read_with_their_targets() {
    let (piece, listed) = of_load_balancer();
    let advanced = format!(r#","advancedConfiguration":{{"alternateTargetGroupArn":"{BLUE}"}}"#);
    let script = with(&[service(SERVICE, &entry(GROUP, &advanced))]).on(piece, listed).on(BY_ARN, [groups(&unused(BLUE))]);
    let read = facts(script.clone()).await;
    assert!(read.target_groups[BLUE].value().is_some() && read.target_health[BLUE].value().is_some());
    let denied = facts(script.on(BY_ARN, [refused_query(403, "AccessDenied")])).await;
    assert_eq!(denied.target_groups[BLUE], Fetched::Denied { action: "elasticloadbalancing:DescribeTargetGroups".to_owned() });
}

#[tokio::test]
async fn neighbours_rules_are_read_where_requests_lead_to_no_service() {
    let forward = format!("<Type>forward</Type><TargetGroupArn>{BLUE}</TargetGroupArn>");
    let both = format!("<Listeners>{}{}</Listeners>", https(), listener(NEIGHBOUR, "HTTP", 80, "", &forward));
    let script = with(&[service(SERVICE, &entry(BLUE, ""))])
        .on(LISTENERS, [ok(query("DescribeListeners", &both))])
        .on(OF_LB, [groups(&(group(GROUP) + &group(BLUE)))]);
    let beside = facts(script.clone()).await;
    assert_eq!(beside.rules.keys().collect::<Vec<_>>(), [NEIGHBOUR, LISTENER]);
    let in_use =
        facts(script.on(RULES, [ok(query("DescribeRules", &format!("<Rules>{}</Rules>", rule("r", "1").replace(GROUP, BLUE))))])).await;
    assert_eq!(in_use.rules.keys().collect::<Vec<_>>(), [LISTENER], "requests lead to the service");
}

#[tokio::test]
async fn a_service_that_registers_in_vain_is_kept_and_one_of_another_load_balancer_is_not() {
    let (piece, listed) = of_load_balancer();
    let theirs = group(GREEN).replace(LB, "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/theirs/9");
    let script = with(&[service(SERVICE, &entry(BLUE, "")), service(OTHER, &entry(GREEN, ""))])
        .on(piece, listed)
        .on(BY_ARN, [groups(&(unused(BLUE) + &theirs))]);
    let read = facts(script.clone().on("Action=DescribeTargetHealth&", nobody())).await;
    assert_eq!(read.services.value().expect("read").keys().collect::<Vec<_>>(), [SERVICE]);
    assert_eq!(read.target_groups.keys().collect::<Vec<_>>(), [BLUE, GROUP]);
    assert!(read.tasks[SERVICE].value().is_some() && read.task_definitions.contains_key(TASKS));
    // Somebody is in the group: then nobody has to look for those who are not.
    let replay = Replay::start(script);
    let filled = collected(&replay).await.expect("healthy").facts;
    assert_eq!((filled.services.value().map(std::collections::BTreeMap::len), replay.count(BY_ARN)), (Some(0), 0));
}
