//! The Network Load Balancer puts a proxy protocol header before each connection's bytes, and nothing shows that the application reads it.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use crate::target_group::health::{Failing, failing};
use serde_json::json;

/// The attribute of a target group.
const PROXY: &str = "proxy_protocol_v2.enabled";

static META: Meta = Meta {
    id: "nlb-proxy-protocol",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "proxy protocol is on, and nothing shows that the application reads its header",
    phase: Some(Phase::Target),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::TargetGroupAttributes,
        Part::TargetHealth,
    ],
    optional: &[Part::Rules],
    symptoms: &[Symptom::TargetAnswer, Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &["hc-connect-refused"],
    since: "0.1.0",
    page: include_str!("nlb_proxy_protocol.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NlbProxyProtocol;

impl Check for NlbProxyProtocol {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            if deployment.load_balancer(&listener.load_balancer_arn)?.is_none_or(|lb| lb.is_application()) {
                return Ok(()); // an Application Load Balancer has no such thing
            }
            let subject = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
            let on = deployment.target_group_attributes(&group.arn)?.get(PROXY).is_some_and(|value| value == "true");
            if !on {
                out.fine(subject, format!("target group {} adds no proxy protocol header", group.name));
                return Ok(());
            }
            match verdict(deployment, group)? {
                Reads::Yes => out.fine(subject, format!("the targets of {} answer health checks that carry the header, too", group.name)),
                reads => out.found(finding(deployment, group, subject, &reads)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// Whether the application reads the header, as far as health checks show: they carry it, too
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#proxy-protocol>).
enum Reads<'a> {
    Yes,
    No(Failing<'a>),
    Untold,
}

fn verdict<'a>(deployment: &'a Deployment, group: &TargetGroup) -> Result<Reads<'a>, Gap> {
    let health = &group.health_check;
    // A TCP health check reads no answer, and one on another port asks somebody else.
    let tells = health.enabled && health.fixed_port().is_none() && matches!(health.protocol.as_deref(), Some("HTTP" | "HTTPS"));
    let targets = deployment.targets(&group.arn)?;
    if !tells {
        return Ok(Reads::Untold);
    }
    Ok(match failing(targets, "Target.FailedHealthChecks") {
        Some(failing) => Reads::No(failing),
        None if targets.iter().any(|target| target.state == "healthy") => Reads::Yes,
        None => Reads::Untold,
    })
}

fn finding(deployment: &Deployment, group: &TargetGroup, subject: Subject, reads: &Reads<'_>) -> Finding {
    let seen = match reads {
        Reads::No(failing) => format!("the health check, which carries it, too, fails at {}", failing.who()),
        Reads::Yes | Reads::Untold => "nothing shows that the application reads it".to_owned(),
    };
    let summary = format!("target group {} adds a proxy protocol header to each connection, and {seen}", group.name);
    // What an application makes of bytes that are no HTTP is its own affair: mostly a 400, or it hangs up.
    let answer = ExpectedAnswer::target().inferred();
    let (confidence, blocks) = match reads {
        Reads::No(failing) => (Confidence::Likely, failing.blocks),
        Reads::Yes | Reads::Untold => (Confidence::Possible, Blocks::All),
    };
    let mut effect = Effect::blocks_all(Phase::Target, subject.clone(), answer);
    effect.blocks = blocks;
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .severity(if matches!(reads, Reads::No(_)) { Severity::Error } else { Severity::Warning })
        .confidence(confidence)
        .evidence(
            Evidence::found(subject.clone(), PROXY, "true", source::DESCRIBE_TARGET_GROUP_ATTRIBUTES)
                .expected("false, unless the application reads the header"),
        )
        .effect(effect);
    match reads {
        Reads::No(failing) => finding = failing.evidence(finding),
        Reads::Yes | Reads::Untold => {
            let protocol = group.health_check.protocol.as_deref().unwrap_or("none");
            finding = finding.evidence(Evidence::found(subject, "HealthCheckProtocol", protocol, source::DESCRIBE_TARGET_GROUPS));
        }
    }
    finding.fix(switch_off(deployment, group)).fix(find_out(deployment, group))
}

/// Not safe where the application insists on the header.
fn switch_off(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let change = vec![remedy::set(&["target_group_attributes", &group.arn, "known", PROXY], json!("false"))];
    let arguments = format!("--target-group-arn {} --attributes Key={PROXY},Value=false", quote(&group.arn));
    Fix::new("send no proxy protocol header, unless the application wants it", Risk::Disruptive, change)
        .cli(aws(deployment, &format!("elbv2 modify-target-group-attributes {arguments}")))
        .console(format!("EC2: Target groups → {} → Attributes → Edit → Proxy protocol v2: off", group.name))
}

fn find_out(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let query = quote("TargetGroups[].[HealthCheckProtocol,HealthCheckPort,HealthCheckPath]");
    let arguments = format!("--target-group-arns {} --query {query}", quote(&group.arn));
    let title = "if the application should read it: let it (nginx: listen … proxy_protocol)";
    Fix::new(title, Risk::Safe, Vec::new()).cli(aws(deployment, &format!("elbv2 describe-target-groups {arguments}"))).console(format!(
        "EC2: Target groups → {} → Health checks → HTTP on the traffic port, which carries the header and shows it",
        group.name
    ))
}
