//! Instances that are still registered although their task is gone: API Gateway still sends them requests.

use super::found::{Found, each};
use super::life::{Gone, Life, Witness};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::cloud_map::CloudMapInstance;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "cm-stale-instances",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "instances are still registered although their tasks are gone",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices, Part::CloudMapInstances, Part::Services, Part::Tasks],
    optional: &[Part::ServiceState, Part::NetworkInterfaces, Part::Subnets, Part::VpcLinks],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_stale_instances.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmStaleInstances;

impl Check for CmStaleInstances {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        each(deployment, out, |out, found| {
            if found.discovery.usable.is_empty() {
                return; // an earlier step leaves nobody
            }
            let witness = Witness::of(deployment, out, found);
            let mut gone = Vec::new();
            for instance in &found.discovery.usable {
                match witness.life(instance) {
                    Life::Alive(fact) => out.fine(found.subject(), fact),
                    Life::Gone(why) => gone.push((*instance, why)),
                    Life::Open(gap) => out.gap(gap),
                }
            }
            if !gone.is_empty() {
                out.found(finding(deployment, found, &gone));
            }
        });
        Ok(())
    }
}

fn address(instance: &CloudMapInstance) -> String {
    format!("{}:{}", instance.address().unwrap_or_default(), instance.port().unwrap_or_default())
}

fn finding(deployment: &Deployment, found: &Found<'_>, gone: &[(&CloudMapInstance, Gone)]) -> Finding {
    let of = found.discovery.usable.len();
    let (first, why) = (&gone[0].0, &gone[0].1.words);
    let summary = if of == 1 {
        format!("the only instance of {} is gone: {}: {why}", found.service.name, address(first))
    } else {
        format!("{} of {of} instances of {} are gone: {}: {why}", gone.len(), found.service.name, address(first))
    };
    // API Gateway keeps what it discovered for a while, and which status a refused connection gets is not documented.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let mut effect = Effect::blocks_all(Phase::Connect, found.subject(), answer);
    effect.blocks = if gone.len() == of { Blocks::All } else { Blocks::Some };
    let mut finding = Finding::new(&META, found.subject(), summary)
        .confidence(Confidence::Likely)
        .evidence(found.count("Instances that can be used", of))
        .effect(effect);
    for (instance, gone) in gone.iter().take(3) {
        let at = Subject::new(SubjectKind::Target, address(instance));
        finding = finding.evidence(match &gone.found {
            Some(value) => Evidence::found(at, gone.field, value, gone.source).expected("a task that runs"),
            None => Evidence::absent(at, gone.field, gone.source).expected("a task that runs"),
        });
    }
    finding.fix(deregister(deployment, found, gone))
}

/// Who is registered is an observation, so nothing changes on the model.
fn deregister(deployment: &Deployment, found: &Found<'_>, gone: &[(&CloudMapInstance, Gone)]) -> Fix {
    let id = quote(&found.service.id);
    let title = "look again in a minute, since ECS takes them out after a deployment; what stays, take out by hand";
    let namespace = quote(found.service.namespace_name.as_deref().unwrap_or("NAMESPACE"));
    let discover = format!(
        "servicediscovery discover-instances --namespace-name {namespace} --service-name {} --health-status ALL",
        quote(&found.service.name)
    );
    let mut fix = Fix::new(title, Risk::Safe, Vec::new()).cli(aws(deployment, &discover));
    for (instance, _) in gone.iter().take(5) {
        let command = format!("servicediscovery deregister-instance --service-id {id} --instance-id {}", quote(&instance.id));
        fix = fix.cli(aws(deployment, &command));
    }
    fix.console(format!("Cloud Map: Namespaces → the namespace → {} → Service instances → Deregister", found.service.name))
}
