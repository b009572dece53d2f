//! The target group says HTTP, and all looks as if the targets expect TLS.

use super::hc_code_mismatch::codes;
use super::health::{Failing, failing, subject, traffic_port};
use super::replacement::replace;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Severity};
use crate::model::balancing::{HealthCheck, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::{Producer, Symptom};
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "tg-protocol-http-vs-tls",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "the target group says HTTP, and the targets look like TLS",
    phase: Some(Phase::Target),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Services],
    symptoms: &[Symptom::PlainHttpToHttpsPort, Symptom::LbBadGateway, Symptom::TargetAnswer],
    refines: &["hc-code-mismatch", "hc-connect-refused", "tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("tg_protocol_http_vs_tls.md"),
};

/// Ports on which applications speak TLS unless somebody wanted otherwise. No configuration says which protocol a process speaks.
const TLS: &[u16] = &[443, 4443, 8443, 9443];

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TgProtocolHttpVsTls;

impl Check for TgProtocolHttpVsTls {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            let protocol = group.protocol.as_deref();
            if protocol != Some("HTTP") {
                out.fine(subject(group), format!("target group {} does not speak plain HTTP", group.name));
                return Ok(());
            }
            match look(deployment, group)? {
                Some(finding) => out.found(finding),
                None => out.fine(subject(group), format!("no target of HTTP target group {} looks like one that expects TLS", group.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// Three signs, the strongest first: a health check over TLS that succeeds on the requests' port; a plain one that is answered with 400, or
/// not at all, on a port known for TLS. Everything else is hc-code-mismatch and hc-connect-refused alone.
fn look(deployment: &Deployment, group: &TargetGroup) -> Result<Option<Finding>, Gap> {
    let targets = deployment.targets(&group.arn)?;
    if group.health_check.protocol.as_deref() == Some("HTTPS") {
        let healthy = targets.iter().find(|target| target.state == "healthy");
        let same = healthy.filter(|target| group.health_check.fixed_port().is_none_or(|port| traffic_port(group, target) == Some(port)));
        return Ok(same.map(|_| {
            let summary = format!("target group {} sends plain HTTP to a port where its health check over TLS succeeds", group.name);
            let found = finding(deployment, group, summary).confidence(Confidence::Likely);
            let evidence = Evidence::found(subject(group), "HealthCheckProtocol", "HTTPS", source::DESCRIBE_TARGET_GROUPS);
            found.evidence(evidence).effect(refused(group, Blocks::All))
        }));
    }
    let on_tls_port = |failing: &Failing<'_>| {
        failing.stops(group) != Blocks::None
            && failing.targets.iter().all(|target| traffic_port(group, target).is_some_and(|port| TLS.contains(&port)))
    };
    if let Some(failing) = failing(targets, "Target.ResponseCodeMismatch").filter(on_tls_port)
        && codes(&failing.targets) == BTreeSet::from([400])
    {
        let found = finding(deployment, group, words(group, &failing, "answer 400, as a TLS port does")).confidence(Confidence::Likely);
        return Ok(Some(failing.evidence(found).effect(refused(group, failing.stops(group)))));
    }
    // What stops requests then is hc-connect-refused; this is one possible reason for it.
    let Some(failing) = failing(targets, "Target.FailedHealthChecks").filter(on_tls_port) else { return Ok(None) };
    let found = finding(deployment, group, words(group, &failing, "hang up")).confidence(Confidence::Possible).severity(Severity::Warning);
    Ok(Some(failing.evidence(found).effect(Effect::weakens(Phase::Target, subject(group)))))
}

fn words(group: &TargetGroup, failing: &Failing<'_>, what: &str) -> String {
    let port = failing.targets.first().and_then(|target| traffic_port(group, target)).unwrap_or_default();
    let verb =
        if failing.targets.len() == 1 { what.replacen("answer", "answers", 1).replacen("hang", "hangs", 1) } else { what.to_owned() };
    format!("target group {} sends plain HTTP to port {port}, where {} {verb}", group.name, failing.who())
}

fn finding(deployment: &Deployment, group: &TargetGroup, summary: String) -> Finding {
    Finding::new(&META, subject(group), summary)
        .evidence(Evidence::found(subject(group), "Protocol", "HTTP", source::DESCRIBE_TARGET_GROUPS).expected("HTTPS"))
        .fix(speak_tls(deployment, group))
}

/// The sentence is nginx's; other servers say 400 in other words, or hang up.
fn refused(group: &TargetGroup, blocks: Blocks) -> Effect {
    let answer =
        ExpectedAnswer { status: Some(400), producer: Producer::Target, symptom: Symptom::PlainHttpToHttpsPort, documented: false };
    Effect { blocks, ..Effect::blocks_all(Phase::Target, subject(group), answer) }
}

fn speak_tls(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let tls = || Some("HTTPS".to_owned());
    let health_check = HealthCheck { protocol: tls(), ..group.health_check.clone() };
    let wanted = TargetGroup { protocol: tls(), health_check, ..group.clone() };
    let title = "put a target group with protocol HTTPS in its place, if the application speaks TLS".to_owned();
    replace(deployment, group, wanted, "https", title)
}
