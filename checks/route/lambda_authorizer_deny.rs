//! A Lambda authorizer decides about the request, and may say no.

use super::guard::{Taken, taken};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::Subject;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lambda-authorizer-deny",
    hop: Hop::Route,
    // The authorizer does its work: no fault of the chain, but it can be the reason of an answer.
    severity: Severity::Info,
    title: "a Lambda authorizer decides about the request, and may say no",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Authorizers, Part::Stages],
    symptoms: &[Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lambda_authorizer_deny.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LambdaAuthorizerDeny;

impl Check for LambdaAuthorizerDeny {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for taken in taken(deployment)? {
            if taken.route.authorization_type != "CUSTOM" {
                out.fine(taken.subject(), format!("no Lambda authorizer decides on route {}", taken.route.key));
                continue;
            }
            let answered = taken.is_preflight(deployment) == Some(true); // else cors-preflight-authorized speaks
            let not_called = taken.missing_identity(deployment).is_ok_and(|missing| !missing.is_empty());
            if !answered && !not_called {
                out.found(finding(deployment, &taken)); // lambda-authorizer-identity-missing speaks where it is not called
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, taken: &Taken<'_>) -> Finding {
    // What a function decides stands in no configuration: the request may as well get through.
    let answer = ExpectedAnswer::gateway(Some(403), Symptom::GatewayForbidden);
    let effect = Effect { blocks: Blocks::Some, ..Effect::blocks_request(Phase::Edge, taken.index, answer) };
    let summary = format!("a Lambda authorizer decides about {} on route {}, and may say no", taken.words(), taken.route.key);
    let mut finding = Finding::new(&META, Subject::request(&taken.request.method, taken.request.bare_path()), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(taken.subject(), "AuthorizationType", "CUSTOM", source::GET_ROUTES))
        .effect(effect)
        .fix(ask_the_function(deployment, taken));
    finding.fixes.extend(taken.open(deployment));
    finding
}

fn ask_the_function(deployment: &Deployment, taken: &Taken<'_>) -> Fix {
    let title = "send what the authorizer lets in, or see in its function's log why it said no";
    let fix = Fix::new(title, Risk::Safe, Vec::new())
        .console("API Gateway: Authorization → Manage authorizers → (authorizer) → its function → Monitor → View CloudWatch logs");
    let function = taken.authorizer(deployment).ok().and_then(|authorizer| authorizer.function_arn()?.split(':').nth(6));
    match function {
        Some(name) => fix.cli(aws(deployment, &format!("logs tail {} --since 15m", quote(&format!("/aws/lambda/{name}"))))),
        None => {
            let query = "--query 'Items[].[Name,AuthorizerUri,IdentitySource]'";
            fix.cli(aws(deployment, &format!("apigatewayv2 get-authorizers --api-id {} {query}", quote(deployment.api_id()))))
        }
    }
}
