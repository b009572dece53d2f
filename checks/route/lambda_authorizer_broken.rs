//! API Gateway may not call the function of a Lambda authorizer.

use super::permission::{allows, authorizer_arn};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::facts::pointer;
use crate::model::fetched::Gap;
use crate::model::gateway::{Authorizer, LambdaPermission, Route};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::routes;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "lambda-authorizer-broken",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "API Gateway may not call the Lambda authorizer's function",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes, Part::Authorizers, Part::LambdaPolicies],
    optional: &[],
    symptoms: &[Symptom::GatewayInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lambda_authorizer_broken.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LambdaAuthorizerBroken;

impl Check for LambdaAuthorizerBroken {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let guarded: Vec<&Route> = deployment.routes()?.values().filter(|route| route.authorization_type == "CUSTOM").collect();
        if guarded.is_empty() {
            out.fine(Subject::new(SubjectKind::Api, deployment.api_id()), "no route has a Lambda authorizer");
            return Ok(());
        }
        for authorizer in deployment.authorizers()?.values() {
            let its: Vec<&Route> = guarded.iter().copied().filter(|route| route.authorizer_id.as_ref() == Some(&authorizer.id)).collect();
            if let Some(route) = the_asked_one(deployment, &its) {
                out.each(|out| look(deployment, out, authorizer, route, its.len()));
            }
        }
        Ok(())
    }
}

/// Of the routes behind one authorizer the one that takes a request that was asked about, else the first.
fn the_asked_one<'a>(deployment: &Deployment, its: &[&'a Route]) -> Option<&'a Route> {
    let all = deployment.routes().ok()?;
    let chosen = deployment.requests().iter().filter_map(|request| routes::select(all, &request.method, request.bare_path()).chosen);
    let asked: Vec<&str> = chosen.map(|chosen| chosen.route.id.as_str()).collect();
    its.iter().find(|route| asked.contains(&route.id.as_str())).or(its.first()).copied()
}

fn look(deployment: &Deployment, out: &mut Outcome, authorizer: &Authorizer, route: &Route, routes: usize) -> Result<(), Gap> {
    let undecided = |why: &str| Gap::undecided(Part::LambdaPolicies, format!("authorizer {}: {why}", authorizer.name));
    if authorizer.credentials_arn.is_some() {
        return Err(undecided("API Gateway takes a role to call the function, and what that role may do was not read"));
    }
    let function = authorizer.function_arn().filter(|arn| !arn.contains("${"));
    let function = function.ok_or_else(|| undecided("its AuthorizerUri names no function that can be looked up"))?;
    let permissions = deployment.lambda_permissions(function)?;
    let source = authorizer_arn(deployment, function, &authorizer.id);
    if permissions.iter().any(|permission| allows(permission, &source)) {
        let subject = Subject::new(SubjectKind::Authorizer, &authorizer.id);
        out.fine(subject, format!("the function of authorizer {} may be called by API Gateway", authorizer.name));
    } else {
        out.found(finding(authorizer, route, routes, permissions).fix(permit(deployment, authorizer, function, &source)));
    }
    Ok(())
}

fn finding(authorizer: &Authorizer, route: &Route, routes: usize, permissions: &[LambdaPermission]) -> Finding {
    let subject = Subject::new(SubjectKind::Authorizer, &authorizer.id);
    let answer = ExpectedAnswer::gateway(Some(500), Symptom::GatewayInternalError);
    let before = if routes == 1 { format!("route {}", route.key) } else { format!("{routes} routes, among them {}", route.key) };
    let summary = format!("API Gateway may not call the function of authorizer {}, which stands before {before}", authorizer.name);
    let conditions: Vec<String> = permissions.iter().map(described).collect();
    let policy = match conditions.is_empty() {
        true => Evidence::absent(subject.clone(), "Policy", source::GET_POLICY),
        false => Evidence::found(subject.clone(), "Policy", conditions.join("; "), source::GET_POLICY),
    };
    // How a condition of the policy matches is read from IAM's rules; a policy without any permission leaves nothing to read.
    let confidence = if permissions.is_empty() { Confidence::Certain } else { Confidence::Likely };
    Finding::new(&META, subject.clone(), summary)
        .confidence(confidence)
        .evidence(Evidence::found(subject, "AuthorizerUri", authorizer.uri.as_deref().unwrap_or_default(), source::GET_AUTHORIZERS))
        .evidence(policy.expected("apigateway.amazonaws.com may lambda:InvokeFunction"))
        .effect(Effect::blocks_all(Phase::Edge, Subject::new(SubjectKind::Route, &route.key), answer))
}

fn described(permission: &LambdaPermission) -> String {
    let condition = permission.source_arn.as_deref().map_or_else(String::new, |arn| format!(" for {arn}"));
    format!("{} may {}{condition}", permission.principal, permission.action)
}

fn permit(deployment: &Deployment, authorizer: &Authorizer, function: &str, source: &str) -> Fix {
    let permission = json!({"principal": "apigateway.amazonaws.com", "action": "lambda:InvokeFunction", "source_arn": source});
    let path = format!("{}/-", pointer(&["lambda_policies", function, "known"]));
    let change = vec![json!({"op": "add", "path": path, "value": permission})];
    let words = format!(
        "lambda add-permission --function-name {} --statement-id {} --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn {}",
        quote(function),
        quote(&format!("apigateway-{}-{}", deployment.api_id(), authorizer.id)),
        quote(source)
    );
    Fix::new(format!("let API Gateway call the function of authorizer {}", authorizer.name), Risk::Safe, change)
        .cli(aws(deployment, &words))
        .console(format!("API Gateway: Authorization → Manage authorizers → {} → Edit → Invoke permissions → on", authorizer.name))
}
