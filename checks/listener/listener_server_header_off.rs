//! The listener hides its `server` header, which otherwise tells the load balancer's own answers from those of the target.

use super::asked::asked;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

/// The attribute; where it is not listed, its default `true` holds.
const ATTRIBUTE: &str = "routing.http.response.server.enabled";

static META: Meta = Meta {
    id: "listener-server-header-off",
    hop: Hop::Listener,
    severity: Severity::Info,
    title: "the listener hides the server header of its own answers",
    phase: None,
    needs: &[
        Part::Stages,
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::ListenerAttributes,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[],
    symptoms: &[Symptom::LbFixedResponse, Symptom::LbOther],
    refines: &[],
    since: "0.1.0",
    page: include_str!("listener_server_header_off.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ListenerServerHeaderOff;

impl Check for ListenerServerHeaderOff {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment).unique_by(|asked| &asked.listener.arn), |out, asked| {
            let listener = asked.listener;
            let attributes = deployment.listener_attributes(&listener.arn)?;
            if attributes.get(ATTRIBUTE).is_some_and(|value| value == "false") {
                out.found(finding(deployment, listener));
            } else {
                out.fine(Deployment::listener_subject(listener), format!("listener {} signs its own answers", listener.port));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, listener: &Listener) -> Finding {
    let subject = Deployment::listener_subject(listener);
    let summary = format!("listener {} hides its server header: its own answers are harder to tell from the target's", listener.port);
    let change = vec![remedy::set(&["listener_attributes", &listener.arn, "known", ATTRIBUTE], json!("true"))];
    let arn = quote(&listener.arn);
    let command = format!("elbv2 modify-listener-attributes --listener-arn {arn} --attributes Key={ATTRIBUTE},Value=true");
    let fix = Fix::new("show it while you look for a fault", Risk::Safe, change)
        .cli(aws(deployment, &command))
        .console(format!("EC2: Load balancers → listener {} → Attributes → Edit → ALB server response header", listener.port));
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), ATTRIBUTE, "false", source::DESCRIBE_LISTENER_ATTRIBUTES).expected("true"))
        .effect(Effect::weakens(Phase::Http, subject))
        .fix(fix)
}
