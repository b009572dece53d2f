//! A TCP listener passes plain HTTP on to targets that look as if they speak TLS.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::{Producer, Symptom};

static META: Meta = Meta {
    id: "tls-missing-tcp-passthrough",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "plain HTTP passes through a TCP listener to targets that look as if they speak TLS",
    phase: Some(Phase::Target), // the target answers
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Stages],
    symptoms: &[Symptom::PlainHttpToHttpsPort, Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tls_missing_tcp_passthrough.md"),
};

/// Ports on which servers speak TLS unless somebody wanted otherwise. No configuration says which protocol a process speaks.
const TLS_PORTS: &[u16] = &[443, 8443];

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TlsMissingTcpPassthrough;

impl Check for TlsMissingTcpPassthrough {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        // Where a load balancer behind the listener reads the bytes, secure-server-name-missing knows better.
        out.over(deployment.integration_readers(), |out, (integration, listener)| {
            if listener.protocol != "TCP" {
                return Ok(());
            }
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if integration.speaks_tls() {
                out.fine(subject, format!("integration {} speaks TLS through the TCP listener", integration.id));
                return Ok(());
            }
            for arn in deployment.target_group_arns_of(listener)? {
                let Some(group) = deployment.target_group(arn)? else { continue };
                if deployment.targets(arn)?.is_empty() {
                    continue; // tg-empty speaks: nobody is there to speak anything
                }
                match sign(deployment, group)? {
                    Some(sign) => out.found(finding(deployment, integration, listener, group, &sign)),
                    None => out.fine(subject.clone(), format!("nothing shows that the targets of {} speak TLS", group.name)),
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// What makes the targets look as if they spoke TLS.
enum Sign {
    /// They answer HTTPS health checks on the port of the requests.
    Health,
    /// All are registered on a port that is known for it.
    Port(u16),
}

fn sign(deployment: &Deployment, group: &TargetGroup) -> Result<Option<Sign>, Gap> {
    let targets = deployment.targets(&group.arn)?;
    let health = &group.health_check;
    let https = health.enabled && health.protocol.as_deref() == Some("HTTPS") && health.fixed_port().is_none();
    if https && targets.iter().any(|target| target.state == "healthy") {
        return Ok(Some(Sign::Health));
    }
    if health.protocol.as_deref() == Some("HTTP") && health.fixed_port().is_none() && targets.iter().any(|target| target.state == "healthy")
    {
        return Ok(None); // they answer plain HTTP
    }
    let ports: Vec<Option<u16>> = targets.iter().map(|target| target.port.or(group.port)).collect();
    let port = ports.first().copied().flatten().filter(|port| TLS_PORTS.contains(port));
    Ok(port.filter(|port| ports.iter().all(|other| other == &Some(*port))).map(Sign::Port))
}

fn finding(deployment: &Deployment, integration: &Integration, listener: &Listener, group: &TargetGroup, sign: &Sign) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let through = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let (why, evidence, confidence) = match sign {
        Sign::Health => (
            "answer HTTPS health checks".to_owned(),
            Evidence::found(through.clone(), "HealthCheckProtocol", "HTTPS", source::DESCRIBE_TARGET_GROUPS),
            Confidence::Likely,
        ),
        Sign::Port(port) => (
            format!("listen on port {port}"),
            Evidence::found(through.clone(), "Target.Port", port.to_string(), source::DESCRIBE_TARGET_HEALTH),
            Confidence::Possible,
        ),
    };
    let summary = format!(
        "integration {} sends plain HTTP through TCP listener {} to the targets of {}, which {why}",
        integration.id, listener.port, group.name
    );
    // The words are nginx's; other servers have their own for it. All of them answer 400.
    let answer =
        ExpectedAnswer { status: Some(400), producer: Producer::Target, symptom: Symptom::PlainHttpToHttpsPort, documented: false };
    Finding::new(&META, subject.clone(), summary)
        .severity(if confidence == Confidence::Likely { Severity::Error } else { Severity::Warning })
        .confidence(confidence)
        .evidence(
            Evidence::absent(subject.clone(), "TlsConfig.ServerNameToVerify", source::GET_INTEGRATIONS)
                .expected("a name on the targets' certificate"),
        )
        .evidence(Evidence::found(Deployment::listener_subject(listener), "Protocol", &listener.protocol, source::DESCRIBE_LISTENERS))
        .evidence(evidence)
        .effect(Effect::blocks_all(Phase::Target, subject, answer).and_through(through))
        .fix(name_it(deployment, integration))
}

/// Which names stand on the targets' certificate cannot be read from AWS, so nothing is changed on the model.
fn name_it(deployment: &Deployment, integration: &Integration) -> Fix {
    let title = "if the targets speak TLS: set the secure server name to a name on their certificate, which has to be publicly trusted";
    let arguments = "--tls-config ServerNameToVerify=NAME_ON_THE_TARGETS_CERTIFICATE";
    let fix = Fix::new(title, Risk::Safe, Vec::new())
        .cli(
            "openssl s_client -connect TARGET:PORT </dev/null | openssl x509 -noout -subject -issuer -ext subjectAltName  # inside the VPC",
        )
        .cli(update_integration(deployment, &integration.id, arguments))
        .console(format!("{CONSOLE_INTEGRATION} → Advanced settings → Secure server name"));
    then_deploy(deployment, fix)
}
