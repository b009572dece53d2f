//! A Network Load Balancer in front of the article's Application Load Balancer.

use super::article::{
    self, CERTIFICATE, GET_INTEGRATIONS, GROUP, LB, LISTENER, LISTENERS, NEIGHBOUR, POLICY, SERVICE, article, https, integration, listener,
    load_balancer, query,
};
use super::{Accumulator, Silent, collect, collected, facts, now, resolve};
use crate::collect::replay::{Replay, Script, ok, refused_query};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::fetched::Fetched;

const NLB: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/front/1a2b3c4d5e6f7081";
const FRONT: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/net/front/1a2b3c4d5e6f7081/2233445566778899";
const GROUP_OF_LB: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders-alb/a213b4c5d6e7f809";

fn asks(operation: &str, parameter: &str, arn: &str) -> String {
    format!("Action={operation}&Version=2015-12-01&{parameter}={arn}&")
}

fn of_nlb(operation: &str) -> String {
    asks(operation, "LoadBalancerArn", NLB)
}

fn of_lb(operation: &str) -> String {
    asks(operation, "LoadBalancerArn", LB)
}

/// The answer of `DescribeTargetHealth` for a group with one load balancer in it.
fn in_group(target: &str, port: &str) -> String {
    format!(
        "<TargetHealthDescriptions><member><Target><Id>{target}</Id>{port}</Target><TargetHealth><State>healthy</State></TargetHealth>\
         </member></TargetHealthDescriptions>"
    )
}

fn chain() -> Script {
    let forward = format!("<Type>forward</Type><TargetGroupArn>{GROUP_OF_LB}</TargetGroupArn>");
    let front = listener(FRONT, "TCP", 443, "", &forward).replace(LB, NLB);
    let group = article::group(GROUP_OF_LB).replace("<TargetType>ip<", "<TargetType>alb<").replace("8080</Port>", "443</Port>");
    article()
        .on(GET_INTEGRATIONS, [ok(integration(FRONT))])
        .on(
            &asks("DescribeLoadBalancers", "LoadBalancerArns.member.1", NLB),
            [ok(query("DescribeLoadBalancers", &load_balancer(NLB, "network")))],
        )
        .on(&of_nlb("DescribeListeners"), [ok(query("DescribeListeners", &format!("<Listeners>{front}</Listeners>")))])
        .on(&of_nlb("DescribeTargetGroups"), [ok(query("DescribeTargetGroups", &format!("<TargetGroups>{group}</TargetGroups>")))])
        .on(
            &asks("DescribeTargetHealth", "TargetGroupArn", GROUP_OF_LB),
            [ok(query("DescribeTargetHealth", &in_group(LB, "<Port>443</Port>")))],
        )
}

#[tokio::test]
async fn the_load_balancer_behind_is_read_as_the_one_in_front() {
    let replay = Replay::in_waves(chain());
    let session = replay.session().unlimited();
    let api = resolve(&session, article::API).await.expect("it looks like an id");
    let collected = collect(&session, &api, now(), &Silent, &Accumulator::default()).await.expect("healthy");
    let facts = collected.facts;
    let keys = |known: Vec<&String>| known.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(keys(facts.load_balancers.keys().collect()), [LB, NLB]);
    assert!(facts.load_balancers.values().all(|one| one.value().is_some_and(Option::is_some)));
    assert!(facts.load_balancer_attributes[LB].value().is_some() && facts.load_balancer_attributes[NLB].value().is_some());
    assert_eq!(keys(facts.listeners.keys().collect()), [NEIGHBOUR, LISTENER, FRONT]);
    assert_eq!(keys(facts.rules.keys().collect()), [LISTENER, FRONT], "a neighbour's rules are not needed");
    assert_eq!((&facts.rules[FRONT], facts.rules[LISTENER].value().map(Vec::len)), (&Fetched::Known(Vec::new()), Some(1)));
    assert!(facts.certificates[CERTIFICATE].value().is_some() && facts.ssl_policies[POLICY].value().is_some());
    assert!(facts.listener_certificates[LISTENER].value().is_some() && facts.listener_attributes[LISTENER].value().is_some());
    assert_eq!(keys(facts.web_acls.keys().collect()), [LB], "only an Application Load Balancer can have one");
    assert_eq!(facts.target_health[GROUP_OF_LB].value().expect("read")[0].id, LB);
    assert_eq!(facts.target_health[GROUP].value().expect("read")[0].id, "10.0.1.20");
    assert!(facts.services.value().expect("read").contains_key(SERVICE), "it registers behind the second load balancer");
    assert!(facts.tasks[SERVICE].value().is_some());
    assert!(facts.network_interfaces.value().expect("read").contains_key("eni-node"));
    assert_eq!(replay.count("Action=DescribeRules&"), 1, "a listener of a Network Load Balancer has no rules");
    assert!(replay.waves().len() <= 7 && collected.calls <= 60, "{:?}, {} calls", replay.waves(), collected.calls);
    let deployment = Deployment::new(facts, Vec::new());
    let used: Vec<&str> = deployment.used_listeners().items.into_iter().map(|listener| listener.arn.as_str()).collect();
    assert_eq!(used, [FRONT, LISTENER]);
    assert!(deployment.used_target_groups().gaps.is_empty() && deployment.used_services().items.len() == 1);
}

#[tokio::test]
async fn the_port_of_the_target_chooses_the_listener_and_else_that_of_its_group() {
    let health = |port: &str| [ok(query("DescribeTargetHealth", &in_group(LB, port)))];
    let of_group = asks("DescribeTargetHealth", "TargetGroupArn", GROUP_OF_LB);
    let other = facts(chain().on(&of_group, health("<Port>80</Port>"))).await;
    assert_eq!(other.rules.keys().collect::<Vec<_>>(), [NEIGHBOUR, FRONT]);
    let same = facts(chain().on(&of_group, health(""))).await;
    assert_eq!(same.rules.keys().collect::<Vec<_>>(), [LISTENER, FRONT]);
}

#[tokio::test]
async fn a_chain_ends_at_the_second_load_balancer() {
    // AWS does not let an Application Load Balancer lead to another; an answer that says so must not lead round in circles.
    let script = chain().on("Action=DescribeTargetHealth&", [ok(query("DescribeTargetHealth", &in_group(LB, "<Port>443</Port>")))]);
    let group = article::group(GROUP).replace("<TargetType>ip<", "<TargetType>alb<");
    let script =
        script.on(&of_lb("DescribeTargetGroups"), [ok(query("DescribeTargetGroups", &format!("<TargetGroups>{group}</TargetGroups>")))]);
    let replay = Replay::start(script);
    let collected = collected(&replay).await.expect("it ends");
    assert_eq!((collected.facts.load_balancers.len(), replay.count(&of_lb("DescribeListeners"))), (2, 1));
}

#[tokio::test]
async fn what_cannot_be_read_behind_is_a_gap_with_its_reason() {
    let denied = || [refused_query(403, "AccessDenied")];
    let gap = |operation: &str| Fetched::Denied::<()> { action: format!("elasticloadbalancing:{operation}") };
    let unit = |fetched: Fetched<()>| fetched;
    let lb = facts(chain().on(&asks("DescribeLoadBalancers", "LoadBalancerArns.member.1", LB), denied())).await;
    assert_eq!(unit(lb.load_balancers[LB].clone().map(drop)), gap("DescribeLoadBalancers"));
    let rules = facts(chain().on("Action=DescribeRules&", denied())).await;
    assert_eq!(unit(rules.rules[LISTENER].clone().map(drop)), gap("DescribeRules"));
    let health = facts(chain().on(&asks("DescribeTargetHealth", "TargetGroupArn", GROUP_OF_LB), denied())).await;
    assert_eq!(unit(health.target_health[GROUP_OF_LB].clone().map(drop)), gap("DescribeTargetHealth"));
    assert!(!health.load_balancers.contains_key(LB), "nobody knows that it is there");
    // No listener is known by its ARN: the reason stands at the load balancer, and the walk along the chain meets it.
    let listeners = facts(chain().on(&of_lb("DescribeListeners"), denied())).await;
    assert_eq!(unit(listeners.listeners[LB].clone().map(drop)), gap("DescribeListeners"));
    let deployment = Deployment::new(listeners, Vec::new());
    let gaps: Vec<String> = deployment.used_listeners().gaps.iter().map(|gap| gap.why()).collect();
    assert_eq!(gaps, ["not allowed: elasticloadbalancing:DescribeListeners"]);
}

#[tokio::test]
async fn denied_target_groups_still_lead_to_the_load_balancer_behind() {
    let denied = [refused_query(403, "AccessDenied")];
    let facts = facts(chain().on(&of_nlb("DescribeTargetGroups"), denied)).await;
    assert!(facts.target_groups[GROUP_OF_LB].value().is_none());
    assert!(facts.load_balancers[LB].value().is_some(), "its ARN is the target's id");
}

#[tokio::test]
async fn every_page_behind_is_followed() {
    let redirect = "<Type>redirect</Type><RedirectConfig><StatusCode>HTTP_301</StatusCode></RedirectConfig>";
    let pages = [
        ok(query(
            "DescribeListeners",
            &format!("<Listeners>{}</Listeners><NextMarker>p2</NextMarker>", listener(NEIGHBOUR, "HTTP", 80, "", redirect)),
        )),
        ok(query("DescribeListeners", &format!("<Listeners>{}</Listeners>", https()))),
    ];
    let replay = Replay::start(chain().on(LISTENERS, pages));
    let facts = collected(&replay).await.expect("healthy").facts;
    assert!(facts.rules.contains_key(LISTENER), "the listener is on the second page");
    assert_eq!(replay.count("Marker=p2"), 1);
}
