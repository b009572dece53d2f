//! Whose packets the network ACLs of targets see, where the load balancer keeps the addresses of those who call it.

use super::agreement::{known, story};
use super::nacl_lb_to_target::NaclLbToTarget;
use super::nacl_target_return::NaclTargetReturn;
use crate::check::{Check, Verdict};
use crate::examine::{Examination, examine};
use crate::finding::Blocks;
use crate::load_balancer::nlb_client_ip_preservation::NlbClientIpPreservation;
use crate::model::deployment::Deployment;
use crate::model::facts::Facts;
use crate::model::fetched::Fetched;
use crate::model::network::AclEntry;

fn alone(check: &'static dyn Check, facts: Facts) -> Examination {
    examine(&[check], &Deployment::new(facts, Vec::new()))
}

#[test]
fn a_link_that_was_not_read_leaves_the_question_open() {
    for (id, check) in [("nacl-lb-to-target", &NaclLbToTarget as &'static dyn Check), ("nacl-target-return", &NaclTargetReturn)] {
        assert_eq!(alone(check, story(id, "preserved-link-unread.json")).reports[0].verdict, Verdict::Unknown);
        // Nobody knows where the link is: its subnets and its interfaces were not read.
        let mut facts = story(id, "preserved-open.json");
        known(&mut facts.network_interfaces).retain(|id, _| !id.starts_with("eni-link"));
        known(&mut facts.subnets).retain(|id, _| !id.starts_with("subnet-l"));
        let examination = alone(check, facts);
        let said = &examination.reports[0];
        assert_eq!((said.verdict, said.outcome.fine.len()), (Verdict::Unknown, 0));
    }
}

/// A second VPC link that calls the same listener, from `subnet-c`; or one that may not be read.
fn with_second_link(read: bool) -> Facts {
    let mut facts = story("nacl-lb-to-target", "preserved-open.json");
    let mut integration = known(&mut facts.integrations).values().next().expect("an integration").clone();
    let mut route = known(&mut facts.routes).values().next().expect("a route").clone();
    (integration.id, integration.connection_id) = ("int0002".to_owned(), Some("vpl002".to_owned()));
    (route.id, route.key, route.target) = ("rte0002".to_owned(), "GET /other".to_owned(), Some("integrations/int0002".to_owned()));
    known(&mut facts.integrations).insert("int0002".to_owned(), integration);
    known(&mut facts.routes).insert("rte0002".to_owned(), route);
    let mut link = facts.vpc_links["vpl001"].clone();
    let second = known(&mut link).as_mut().expect("a link");
    (second.id, second.subnet_ids) = ("vpl002".to_owned(), vec!["subnet-c".to_owned()]);
    let link = if read { link } else { Fetched::Denied { action: "apigateway:GET".to_owned() } };
    facts.vpc_links.insert("vpl002".to_owned(), link);
    facts
}

#[test]
fn a_second_link_counts_for_network_acls() {
    assert_eq!(alone(&NaclLbToTarget, with_second_link(false)).reports[0].verdict, Verdict::Unknown);
    let mut facts = with_second_link(true);
    assert_eq!(alone(&NaclLbToTarget, facts.clone()).reports[0].verdict, Verdict::Pass);
    let acl = known(&mut facts.network_acls).get_mut("acl-task").expect("an ACL");
    acl.entries.insert(0, AclEntry { number: 1, allow: false, cidr: "10.20.12.0/24".parse().expect("a block"), ..acl.entries[0].clone() });
    let examination = alone(&NaclLbToTarget, facts);
    let said: Vec<_> = examination.findings().map(|(_, finding)| finding.summary.as_str()).collect();
    assert_eq!(
        said,
        [
            "network ACL acl-task of subnet-ta, subnet-tb keeps VPC link vpl002, whose addresses load balancer orders shows, from the targets of orders-tcp on port 8080"
        ]
    );
    let effects: Vec<_> = examination.findings().filter_map(|(_, finding)| Some(finding.effect.as_ref()?.blocks)).collect();
    assert_eq!(effects, [Blocks::Some], "the other link gets through");
}

#[test]
fn a_second_link_counts_for_security_groups() {
    let verdict = |read: bool, blocks: &[&str]| {
        let mut facts = with_second_link(read);
        let rule = &mut known(&mut facts.security_groups).get_mut("sg-task").expect("a group").ingress[0];
        rule.groups.clear();
        rule.cidrs = blocks.iter().map(|block| block.parse().expect("a block")).collect();
        alone(&NlbClientIpPreservation, facts).reports[0].verdict
    };
    assert_eq!(verdict(true, &["10.20.40.0/23", "10.20.12.0/24"]), Verdict::Pass);
    assert_eq!(verdict(true, &["10.20.40.0/23"]), Verdict::Fail);
    assert_eq!(verdict(false, &["10.20.40.0/23"]), Verdict::Unknown);
    assert_eq!(verdict(false, &["10.20.12.0/24"]), Verdict::Fail);
}

#[test]
fn health_checks_are_told_apart() {
    let summary = |id: &'static str, check: &'static dyn Check| {
        let examination = alone(check, story(id, "preserved-health-check-only.json"));
        let mut findings = examination.findings();
        findings.next().expect("a finding").1.summary.clone()
    };
    assert_eq!(
        summary("nacl-lb-to-target", &NaclLbToTarget),
        "network ACL acl-task of subnet-ta, subnet-tb keeps the health checks of load balancer orders from the targets of orders-tcp on port 8080"
    );
    assert_eq!(
        summary("nacl-target-return", &NaclTargetReturn),
        "network ACL acl-task of subnet-ta, subnet-tb keeps the answers of the targets of orders-tcp from the health checks of load balancer orders (tcp 1024-65535)"
    );
}
