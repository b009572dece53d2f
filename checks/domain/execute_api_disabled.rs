//! The default `execute-api` endpoint is switched off, so the invoke URL does not lead to the API.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Api;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote, then_deploy};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "execute-api-disabled",
    hop: Hop::Domain,
    severity: Severity::Error,
    title: "the API's default endpoint is disabled",
    phase: Some(Phase::Edge),
    needs: &[Part::Api],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayNotFound, Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("execute_api_disabled.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ExecuteApiDisabled;

impl Check for ExecuteApiDisabled {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let api = deployment.api()?;
        let subject = Subject::new(SubjectKind::Api, deployment.api_id());
        // Who comes in by the custom domain does not meet the endpoint.
        let direct: Vec<usize> =
            (0..).zip(deployment.requests()).filter(|(_, request)| request.domain.is_none()).map(|(index, _)| index).collect();
        if let (true, Some(first)) = (api.execute_api_disabled, direct.first()) {
            let all = direct.len() == deployment.requests().len();
            out.found(finding(deployment, api, subject, (!all).then_some(*first)));
        } else if api.execute_api_disabled {
            out.fine(subject, "the default endpoint is disabled, and requests come in through the custom domain");
        } else {
            out.fine(subject, "the default endpoint is enabled");
        }
        Ok(())
    }
}

/// `only`: the request that meets the endpoint, where others come in through a custom domain.
fn finding(deployment: &Deployment, api: &Api, subject: Subject, only: Option<usize>) -> Finding {
    // AWS says that clients can no longer use the endpoint, but for HTTP APIs not which status they get.
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred();
    let deployed = deploys_by_itself(deployment);
    let effect = match only {
        Some(index) => Effect::blocks_request(Phase::Edge, index, answer),
        None => Effect::blocks_all(Phase::Edge, subject.clone(), answer),
    };
    let finding = Finding::new(&META, subject.clone(), format!("the default endpoint {} is disabled", api.endpoint))
        .confidence(if deployed { Confidence::Certain } else { Confidence::Likely })
        .evidence(Evidence::found(subject, "DisableExecuteApiEndpoint", "true", source::GET_API).expected("false"))
        .effect(effect);
    finding.fix(enable(deployment)).fix(use_the_domain(deployment))
}

/// The switch takes effect with the next deployment: where a stage does not deploy by itself, the endpoint may still be served.
fn deploys_by_itself(deployment: &Deployment) -> bool {
    let stages = deployment.requests().iter().map(|request| deployment.stage_for(request));
    stages.into_iter().all(|stage| stage.is_ok_and(|stage| stage.is_none_or(|stage| stage.auto_deploy)))
}

fn enable(deployment: &Deployment) -> Fix {
    let change = vec![remedy::set(&["api", "known", "execute_api_disabled"], json!(false))];
    let command = format!("apigatewayv2 update-api --api-id {} --no-disable-execute-api-endpoint", quote(deployment.api_id()));
    // Somebody may have closed the endpoint so that only the custom domain (with mTLS, or a firewall before it) lets clients in.
    let fix = Fix::new("enable the default endpoint, if clients may use it", Risk::Disruptive, change)
        .cli(aws(deployment, &command))
        .console("API Gateway: (API) → API details → Edit → Default endpoint: Enable");
    then_deploy(deployment, fix)
}

fn use_the_domain(deployment: &Deployment) -> Fix {
    Fix::new("or leave it disabled and call the API by its custom domain name", Risk::Safe, Vec::new())
        .cli(aws(deployment, "apigatewayv2 get-domain-names --query 'Items[].DomainName'"))
        .console("API Gateway: Custom domain names → (name) → API mappings")
}
