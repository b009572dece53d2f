//! A Cloud Map service in which nothing is registered.

use super::found::{Found, each};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "cm-no-instances",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "nothing is registered in the Cloud Map service",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices, Part::CloudMapInstances],
    optional: &[],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_no_instances.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmNoInstances;

impl Check for CmNoInstances {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        each(deployment, out, |out, found| {
            if found.instances.is_empty() {
                let summary = format!("nothing is registered in Cloud Map service {}", found.service.name);
                let finding = Finding::new(&META, found.subject(), summary).evidence(found.count("Instances", 0).expected("at least one"));
                out.found(found.nobody(finding).fix(register(deployment, found)));
            } else {
                out.fine(found.subject(), format!("{} instances are registered in {}", found.instances.len(), found.service.name));
            }
        });
        Ok(())
    }
}

/// Which service is meant to register is not known; that is why nothing changes by itself here.
fn register(deployment: &Deployment, found: &Found<'_>) -> Fix {
    let registry = quote(&format!("registryArn={},containerName=CONTAINER,containerPort=PORT", found.service.arn));
    let update = format!("ecs update-service --cluster CLUSTER --service SERVICE --service-registries {registry} --force-new-deployment");
    let listed = format!("servicediscovery list-instances --service-id {}", quote(&found.service.id));
    Fix::new("let the ECS service register its tasks there", Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &update))
        .cli(aws(deployment, &listed))
        .console("ECS: Clusters → the cluster → Services → the service → Update service → Service discovery")
}
