//! The integration sends one fixed method, whatever the client's method is.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{Integration, Route};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::routes;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "integration-method-fixed",
    hop: Hop::Integration,
    severity: Severity::Warning,
    title: "the integration sends one fixed method, whatever the client's is",
    phase: Some(Phase::Target),
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::Stages],
    symptoms: &[Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("integration_method_fixed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct IntegrationMethodFixed;

impl Check for IntegrationMethodFixed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.private_integrations(), |out, integration| {
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            let Some(method) = integration.method.as_deref().filter(|method| !method.eq_ignore_ascii_case("ANY")) else {
                out.fine(subject, format!("integration {} passes the client's method on", integration.id));
                return Ok(());
            };
            let using = deployment.routes_of(&integration.id)?;
            match using.iter().find(|route| takes_others(route, method)) {
                Some(route) => out.found(finding(deployment, integration, method, route)?),
                None => out.fine(subject, format!("integration {} sends {method}, and its routes take nothing else", integration.id)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// Whether a route takes requests of another method: any, or one that is not this.
fn takes_others(route: &Route, method: &str) -> bool {
    routes::split_key(&route.key).is_none_or(|(own, _)| !own.eq_ignore_ascii_case(method))
}

fn finding(deployment: &Deployment, integration: &Integration, method: &str, route: &Route) -> Result<Finding, Gap> {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let all = deployment.routes()?;
    let changed = deployment.requests().iter().enumerate().find(|(_, request)| {
        let taken = routes::select(all, &request.method, request.bare_path()).chosen;
        let same = taken.is_some_and(|taken| taken.route.integration_id() == Some(integration.id.as_str()));
        same && !request.method.eq_ignore_ascii_case(method)
    });
    let summary = match changed {
        Some((_, request)) => {
            format!("integration {} sends {} {} to the load balancer as {method}", integration.id, request.method, request.bare_path())
        }
        None => format!("integration {} sends every request of route {} as {method}", integration.id, route.key),
    };
    // What the application makes of the other method is its own business.
    let effect = match changed {
        Some((index, _)) => Effect::blocks_request(Phase::Target, index, ExpectedAnswer::target().inferred()),
        None => Effect::weakens(Phase::Target, subject.clone()),
    };
    let at = Subject::new(SubjectKind::Route, &route.key);
    Ok(Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "IntegrationMethod", method, source::GET_INTEGRATIONS).expected("ANY"))
        .evidence(Evidence::found(at, "RouteKey", &route.key, source::GET_ROUTES))
        .effect(effect)
        .fix(pass_on(deployment, integration)))
}

fn pass_on(deployment: &Deployment, integration: &Integration) -> Fix {
    let change = vec![remedy::set(&["integrations", "known", &integration.id, "method"], json!("ANY"))];
    let fix = Fix::new("pass the client's method on", Risk::Disruptive, change)
        .cli(update_integration(deployment, &integration.id, "--integration-method ANY"))
        .console(format!("{CONSOLE_INTEGRATION} → HTTP method: ANY"));
    then_deploy(deployment, fix)
}
