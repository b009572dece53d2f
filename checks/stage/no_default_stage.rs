//! All stages have a name, so a URL without the stage's segment leads nowhere.

use super::new_stage::create_default_stage;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::DEFAULT_STAGE;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "no-default-stage",
    hop: Hop::Stage,
    // Named stages alone are a sound design. Only a request that leaves the choice open is stopped: that finding is an error.
    severity: Severity::Info,
    title: "there is no stage $default, so a URL without the stage's name leads nowhere",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages],
    optional: &[Part::Api],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("no_default_stage.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NoDefaultStage;

impl Check for NoDefaultStage {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let stages = deployment.stages()?;
        if stages.is_empty() {
            return Ok(()); // no-stage reports it
        }
        if stages.contains_key(DEFAULT_STAGE) {
            let subject = Subject::new(SubjectKind::Stage, DEFAULT_STAGE);
            out.fine(subject, "there is a stage $default, served without a segment in the URL");
            return Ok(());
        }
        let names: Vec<&str> = stages.keys().map(String::as_str).collect();
        // A request that names no stage goes to the only one; if there are several, nobody can say which one was meant. One that names
        // `$default` was made without a segment in the URL.
        let without = |request: &Request| request.stage.as_deref() == Some(DEFAULT_STAGE);
        let unnamed = |request: &Request| request.domain.is_none() && (without(request) || (names.len() > 1 && request.stage.is_none()));
        let open: Vec<(usize, &Request)> = deployment.requests().iter().enumerate().filter(|(_, request)| unnamed(request)).collect();
        for (index, request) in &open {
            let subject = Subject::request(&request.method, request.bare_path());
            let summary = format!("{} {} names no stage, and there is no $default", request.method, request.bare_path());
            let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound);
            let effect = Effect::blocks_request(Phase::Edge, *index, answer);
            out.found(finding(deployment, &names, subject, summary, effect).severity(Severity::Error));
        }
        if deployment.requests().iter().all(|request| request.domain.is_some()) {
            out.fine(Subject::new(SubjectKind::Api, deployment.api_id()), "the mapping of the custom domain names the stage");
        } else if open.is_empty() {
            let subject = Subject::new(SubjectKind::Api, deployment.api_id());
            let summary = format!("without the stage's name in the URL ({}) the API answers 404", names.join(", "));
            let effect = Effect::weakens(Phase::Edge, subject.clone());
            out.found(finding(deployment, &names, subject, summary, effect));
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, names: &[&str], subject: Subject, summary: String, effect: Effect) -> Finding {
    let api = Subject::new(SubjectKind::Api, deployment.api_id());
    let finding = Finding::new(&META, subject, summary)
        .evidence(Evidence::found(api, "StageName", names.join(", "), source::GET_STAGES).expected(DEFAULT_STAGE))
        .effect(effect);
    finding.fix(name_it(deployment, names)).fix(create_default_stage(deployment))
}

fn name_it(deployment: &Deployment, names: &[&str]) -> Fix {
    let base = deployment.api().map_or_else(|_| "the API's URL".to_owned(), |api| api.endpoint.clone());
    let urls: Vec<String> = names.iter().map(|name| format!("{base}/{name}")).collect();
    Fix::new(format!("put the stage's name into the URL: {}", urls.join(" or ")), Risk::Safe, Vec::new())
        .console(format!("API Gateway: Deploy → Stages → {} → Invoke URL", names.join(" or ")))
}
