//! The load balancer drops a header that the integration sets, because of its name.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, quote, then_deploy};
use crate::symptom::Symptom;
use serde_json::json;

/// The attribute that makes the load balancer drop them.
const DROP: &str = "routing.http.drop_invalid_header_fields.enabled";

static META: Meta = Meta {
    id: "drop-invalid-headers",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "the load balancer drops a header that the integration sets",
    phase: None, // the request gets through, without its header
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::LoadBalancerAttributes,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::Stages],
    symptoms: &[Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("drop_invalid_headers.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DropInvalidHeaders;

impl Check for DropInvalidHeaders {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_readers(), |out, (integration, listener)| {
            let Some(lb) = deployment.load_balancer(&listener.load_balancer_arn)?.filter(|lb| lb.is_application()) else {
                return Ok(()); // only an Application Load Balancer reads headers
            };
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            let invalid = invalid_headers(integration);
            if invalid.is_empty() {
                out.fine(subject, format!("integration {} sets no header with an invalid name", integration.id));
                return Ok(()); // which headers clients send is not written anywhere
            }
            let drops = deployment.load_balancer_attributes(&lb.arn)?.get(DROP).is_some_and(|value| value == "true");
            if drops {
                out.found(finding(deployment, integration, lb, subject, &invalid));
            } else {
                out.fine(subject, format!("load balancer {} keeps headers with invalid names", lb.name));
            }
            Ok(())
        });
        Ok(())
    }
}

/// Names of headers that the integration appends or overwrites and that a load balancer calls invalid: it takes letters, digits and hyphens
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>).
fn invalid_headers(integration: &Integration) -> Vec<String> {
    let set = integration.request_parameters.iter().filter(|(_, value)| !value.is_empty());
    let names = set.filter_map(|(key, _)| {
        let key = key.to_ascii_lowercase();
        let name = key.strip_prefix("overwrite:header.").or_else(|| key.strip_prefix("append:header."));
        name.map(str::to_owned)
    });
    let valid = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    names.filter(|name| !valid(name)).collect()
}

fn finding(deployment: &Deployment, integration: &Integration, lb: &LoadBalancer, subject: Subject, invalid: &[String]) -> Finding {
    let names = invalid.join(", ");
    let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    let summary = format!("load balancer {} drops {names}, which integration {} sets: no target sees it", lb.name, integration.id);
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(balancer.clone(), DROP, "true", source::DESCRIBE_LOAD_BALANCER_ATTRIBUTES).expected("false"))
        // Values of mappings may be secrets: only the names are shown.
        .evidence(
            Evidence::found(subject.clone(), "RequestParameters", names, source::GET_INTEGRATIONS).expected("letters, digits, hyphens"),
        )
        .effect(Effect::weakens(Phase::Http, subject).and_through(balancer))
        .fix(rename(deployment, integration, invalid))
        .fix(keep(deployment, lb))
}

/// The application has to read the new name, and the value may be a secret: nothing that could be written down here.
fn rename(deployment: &Deployment, integration: &Integration, invalid: &[String]) -> Fix {
    let valid = |name: &String| name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
    let wanted: Vec<String> = invalid.iter().map(|name| format!("{name} to {}", valid(name))).collect();
    let (api, id) = (quote(deployment.api_id()), quote(&integration.id));
    let command = format!("apigatewayv2 get-integration --api-id {api} --integration-id {id} --query RequestParameters");
    let fix = Fix::new(format!("rename {}, in the mapping and in the application", wanted.join(", ")), Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &command))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → rename {}", wanted.join(", ")));
    then_deploy(deployment, fix)
}

fn keep(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let change = vec![remedy::set(&["load_balancer_attributes", &lb.arn, "known", DROP], json!("false"))];
    let arguments = format!("--load-balancer-arn {} --attributes Key={DROP},Value=false", quote(&lb.arn));
    Fix::new("let the load balancer keep such headers; security baselines may ask for the opposite", Risk::Disruptive, change)
        .cli(aws(deployment, &format!("elbv2 modify-load-balancer-attributes {arguments}")))
        .console(format!("EC2: Load balancers → {} → Attributes → Edit → Packet handling → Drop invalid header fields: off", lb.name))
}
