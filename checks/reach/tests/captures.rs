//! The healthy captures: what stands in them, and what cannot be known from them.

use crate::model::capture::Capture;
use crate::model::facts::Facts;
use crate::model::fetched::Fetched;
use crate::reach::{Network, Protocol, Verdict};

fn capture(text: &str) -> Facts {
    serde_json::from_str::<Capture>(text).expect("a healthy capture").facts
}

fn nlb() -> Facts {
    capture(include_str!("../../../fixtures/healthy/nlb.json"))
}

fn verdict(facts: &Facts, from: &str, to: &str, port: u16) -> Verdict {
    let network = Network::from_facts(facts);
    let end = |name: &str| network.end(name).unwrap_or_else(|error| panic!("{error}"));
    network.reach(&end(from), &end(to), (port, port), Protocol::Tcp).verdict
}

#[test]
fn a_link_reaches_its_load_balancer_and_the_tasks_behind_it() {
    assert_eq!(verdict(&nlb(), "vpc-link:vpl001", "orders", 80), Verdict::Allowed);
    assert_eq!(verdict(&nlb(), "vpc-link:vpl001", "orders", 81), Verdict::Dropped);
    assert_eq!(verdict(&nlb(), "orders", "a0000000000000000000000000000000", 8080), Verdict::Allowed);
    assert_eq!(verdict(&nlb(), "eni-lb-a", "sg-task", 8081), Verdict::Dropped);
    assert_eq!(verdict(&nlb(), "sg-task", "vpc-link:vpl001", 443), Verdict::Dropped);
}

#[test]
fn an_address_without_an_interface_is_not_known() {
    assert_eq!(verdict(&nlb(), "vpc-link:vpl001", "10.20.10.77", 443), Verdict::Unknown);
    assert_eq!(verdict(&nlb(), "sg-task", "internet", 443), Verdict::Unknown);
    assert_eq!(verdict(&nlb(), "internet", "orders", 80), Verdict::Unknown);
}

#[test]
fn a_link_without_interfaces_is_somewhere_in_its_subnets() {
    let mut facts = nlb();
    let Fetched::Known(interfaces) = &mut facts.network_interfaces else { panic!("they were read") };
    interfaces.retain(|id, _| !id.starts_with("eni-link"));
    assert_eq!(verdict(&facts, "vpc-link:vpl001", "orders", 80), Verdict::Allowed);
    let Fetched::Known(acls) = &mut facts.network_acls else { panic!("they were read") };
    for acl in acls.values_mut() {
        let mut deny = acl.entries.iter().find(|entry| !entry.egress).expect("an entry").clone();
        (deny.number, deny.allow, deny.cidr) = (1, false, "10.20.10.200/32".parse().expect("a block"));
        acl.entries.push(deny);
    }
    assert_eq!(verdict(&facts, "vpc-link:vpl001", "orders", 80), Verdict::Dropped);
}

#[test]
fn what_was_not_read_is_a_gap() {
    let mut facts = nlb();
    facts.network_acls = Fetched::Denied { action: "ec2:DescribeNetworkAcls".to_string() };
    assert_eq!(verdict(&facts, "eni-link-a", "eni-task-b", 8080), Verdict::Dropped); // the task's group
    assert_eq!(verdict(&facts, "eni-link-a", "eni-lb-b", 80), Verdict::Unknown);
    let mut facts = nlb();
    facts.listeners.clear();
    assert_eq!(verdict(&facts, "eni-link-a", "eni-lb-a", 80), Verdict::Unknown);
}
