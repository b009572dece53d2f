//! Targets that call the Network Load Balancer they stand behind: with client IP preservation a connection back to oneself hangs.

use super::health::subject;
use super::preservation::{can_be_off, setting, switch_off};
use crate::check::{Check, Hop, Meta, Outcome};
use crate::finding::{Confidence, Evidence, Finding, Severity};
use crate::model::balancing::{Listener, LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::SecurityGroup;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "lb-is-client-hairpin",
    hop: Hop::TargetGroup,
    severity: Severity::Info,
    title: "targets may call their own Network Load Balancer, which preserves their address",
    phase: None, // requests of API Gateway come from the VPC link, never from a target
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::TargetGroupAttributes,
        Part::TargetHealth,
        Part::SecurityGroups,
        Part::NetworkInterfaces,
    ],
    optional: &[Part::Rules],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_is_client_hairpin.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbIsClientHairpin;

impl Check for LbIsClientHairpin {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            let Some(lb) = deployment.load_balancer(&listener.load_balancer_arn)?.filter(|lb| !lb.is_application()) else {
                return Ok(());
            };
            if group.target_type == "alb" {
                return Ok(()); // a load balancer opens no connections of its own
            }
            if deployment.targets(&group.arn)?.is_empty() {
                return Ok(()); // nobody who could call
            }
            if !deployment.keeps_client_addresses(lb, group)? {
                out.fine(subject(group), format!("the targets of {} see the load balancer's address, also of their own calls", group.name));
                return Ok(());
            }
            match invited(deployment, lb, listener, group)? {
                Some((guard, own)) => out.found(finding(deployment, lb, listener, group, guard, &own)),
                None => out.fine(subject(group), format!("no rule of load balancer {} is made for its own targets", lb.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// A rule of the load balancer for the listener's port that names a group of its own targets: somebody means them to call it. A load balancer
/// without groups admits everybody, which shows nothing.
fn invited<'a>(
    deployment: &'a Deployment,
    lb: &LoadBalancer,
    listener: &Listener,
    group: &TargetGroup,
) -> Result<Option<(&'a SecurityGroup, String)>, Gap> {
    let guards = deployment.groups(&lb.security_group_ids)?;
    let mut own: BTreeSet<&String> = BTreeSet::new();
    for target in deployment.targets(&group.arn)? {
        own.extend(deployment.interfaces_of(&target.id)?.into_iter().flat_map(|nic| &nic.group_ids));
    }
    let port = i32::from(listener.port);
    for guard in guards {
        let covers = |from: Option<i32>, to: Option<i32>| from.is_none_or(|from| from <= port) && to.is_none_or(|to| to < 0 || port <= to);
        let open = guard.ingress.iter().filter(|rule| covers(rule.from_port, rule.to_port));
        if let Some(named) = open.flat_map(|rule| &rule.groups).find(|named| own.contains(named)) {
            return Ok(Some((guard, named.clone())));
        }
    }
    Ok(None)
}

fn finding(
    deployment: &Deployment,
    lb: &LoadBalancer,
    listener: &Listener,
    group: &TargetGroup,
    guard: &SecurityGroup,
    own: &str,
) -> Finding {
    let summary = format!(
        "security group {} lets the targets of {} call load balancer {} themselves: a call that comes back to its caller hangs",
        guard.id, group.name, lb.name
    );
    let guard_subject = Subject::new(SubjectKind::SecurityGroup, &guard.id);
    let finding = Finding::new(&META, subject(group), summary)
        .confidence(Confidence::Possible) // that they may call it does not say that they do
        .evidence(setting(deployment, group))
        .evidence(Evidence::found(
            guard_subject,
            "IpPermissions",
            format!("tcp {} from {own}", listener.port),
            source::DESCRIBE_SECURITY_GROUPS,
        ));
    if can_be_off(group) { finding.fix(switch_off(deployment, group)) } else { finding }
}
