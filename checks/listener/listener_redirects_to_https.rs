//! The integration names the plain listener, and all that one does is redirect to HTTPS.

use super::asked::{Asked, Landing, asked};
use super::new_rule::console;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Action, Listener};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::certificates;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "listener-redirects-to-https",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the integration's plain listener only redirects to HTTPS",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets, Part::ListenerCertificates, Part::Certificates],
    symptoms: &[Symptom::LbRedirect],
    refines: &[],
    since: "0.1.0",
    page: include_str!("listener_redirects_to_https.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ListenerRedirectsToHttps;

impl Check for ListenerRedirectsToHttps {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let port = asked.listener.port;
            if asked.listener.speaks_tls() {
                out.fine(Deployment::listener_subject(asked.listener), format!("listener {port} speaks HTTPS itself"));
                return Ok(());
            }
            let landing = asked.landing(deployment)?;
            let candidates = &landing.evaluation.candidates;
            let redirects: Vec<Redirect> = candidates.iter().filter_map(|candidate| Redirect::of(candidate.actions)).collect();
            match redirects.first() {
                None => out.fine(landing.subject(), format!("listener {port} does not redirect {} to HTTPS", asked.words())),
                Some(redirect) => {
                    out.found(finding(deployment, &asked, &landing, redirect, redirects.len() == candidates.len()));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// A redirect to HTTPS.
struct Redirect {
    status: u16,
    words: String,
}

impl Redirect {
    fn of(actions: &[Action]) -> Option<Redirect> {
        actions.iter().find_map(|action| match action {
            Action::Redirect { status, protocol: Some(protocol), host, port, path } if protocol == "HTTPS" => {
                let or = |given: &Option<String>, default: &str| given.as_deref().unwrap_or(default).to_owned();
                let place = format!("{}:{}{}", or(host, "#{host}"), or(port, "#{port}"), or(path, "/#{path}"));
                Some(Redirect { status: *status, words: format!("redirect {status} to https://{place}") })
            }
            _ => None,
        })
    }
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, redirect: &Redirect, always: bool) -> Finding {
    let subject = landing.subject();
    let answer = ExpectedAnswer::load_balancer(Some(redirect.status), Symptom::LbRedirect);
    let mut effect = Effect::blocks_request(Phase::Rule, asked.index, answer);
    effect.blocks = if always { Blocks::All } else { Blocks::Some };
    let summary = format!("listener {} answers {} with a redirect to HTTPS", asked.listener.port, asked.words());
    let by_rule = landing.evaluation.candidates.iter().find(|candidate| Redirect::of(candidate.actions).is_some()).and_then(|it| it.rule);
    let evidence = match by_rule {
        Some(rule) => Evidence::found(Subject::from_arn(SubjectKind::Rule, &rule.arn), "Actions", &redirect.words, source::DESCRIBE_RULES),
        None => Evidence::found(subject.clone(), "DefaultActions", &redirect.words, source::DESCRIBE_LISTENERS),
    };
    let integration = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(if always { Confidence::Certain } else { Confidence::Possible })
        .evidence(evidence.expected("forward to a target group"))
        .evidence(Evidence::found(subject, "Protocol", &asked.listener.protocol, source::DESCRIBE_LISTENERS))
        .evidence(Evidence::found(integration, "IntegrationUri", &asked.listener.arn, source::GET_INTEGRATIONS))
        .effect(effect);
    match https_neighbour(deployment, asked) {
        Some(neighbour) => finding.fix(use_neighbour(deployment, asked, landing, neighbour)),
        None => finding.fix(make_one(deployment, asked.listener)),
    }
}

/// The HTTPS listener of the same load balancer: one that forwards this request, if there is one.
fn https_neighbour<'a>(deployment: &'a Deployment, asked: &Asked<'a>) -> Option<&'a Listener> {
    let neighbours = deployment.listeners_on(&asked.listener.load_balancer_arn);
    let https: Vec<&Listener> = neighbours.into_iter().filter(|listener| listener.protocol == "HTTPS").collect();
    let forwards = |listener: &&&Listener| asked.landing_on(deployment, listener).is_ok_and(|landing| landing.forwards());
    https.iter().find(forwards).or(https.first()).copied()
}

fn use_neighbour(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, neighbour: &Listener) -> Fix {
    let arns = deployment.certificate_arns(neighbour).unwrap_or_else(|_| neighbour.certificate_arns.clone());
    let certificate = arns.iter().find_map(|arn| deployment.certificate(arn).ok()?);
    let name = certificate.and_then(certificates::example_name_for);
    let id = &asked.integration.id;
    let change = name.as_ref().map(|name| {
        let here = ["integrations", "known", id.as_str()];
        let at = |member| [&here[..], &[member]].concat();
        vec![remedy::set(&at("uri"), json!(neighbour.arn)), remedy::set(&at("tls_config"), json!({"server_name": name}))]
    });
    let word = name.as_deref().unwrap_or("NAME_ON_THE_CERTIFICATE");
    let arguments = format!("--integration-uri {} --tls-config {}", quote(&neighbour.arn), quote(&format!("ServerNameToVerify={word}")));
    // Requests that a rule of the plain listener forwards would change their way, too.
    let risk = if landing.forwarding_rules().next().is_some() { Risk::Disruptive } else { Risk::Safe };
    let title = format!("name HTTPS listener {} in integration {id}, with a secure server name", neighbour.port);
    let fix = Fix::new(title, risk, change.unwrap_or_default())
        .cli(update_integration(deployment, id, &arguments))
        .console(format!("{CONSOLE_INTEGRATION} → Load balancer listener: HTTPS {}; Secure server name: {word}", neighbour.port));
    then_deploy(deployment, fix)
}

/// No HTTPS listener is known on this load balancer, so the redirect leads nowhere for anybody.
fn make_one(deployment: &Deployment, listener: &Listener) -> Fix {
    let arn = quote(&listener.load_balancer_arn);
    let options =
        "--protocol HTTPS --port 443 --certificates CertificateArn=CERTIFICATE --default-actions Type=forward,TargetGroupArn=GROUP";
    Fix::new("make an HTTPS listener and name it in the integration, with a secure server name", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 create-listener --load-balancer-arn {arn} {options}")))
        .console(format!("{} → back to the load balancer → Add listener: HTTPS 443", console(listener)))
}
