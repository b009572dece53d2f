//! Instances that all report to be unhealthy.

use super::found::each;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "cm-all-unhealthy",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "every registered instance reports to be unhealthy",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices, Part::CloudMapInstances],
    optional: &[],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_all_unhealthy.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmAllUnhealthy;

impl Check for CmAllUnhealthy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        each(deployment, out, |out, found| {
            let (addressable, usable) = (found.discovery.addressable.len(), found.discovery.usable.len());
            if addressable == 0 {
                return; // an earlier step leaves nobody
            }
            if usable > 0 {
                return out.fine(found.subject(), format!("{usable} of {addressable} instances do not report to be unhealthy"));
            }
            // AWS says that traffic goes to healthy resources, and not which filter API Gateway passes.
            let finding = Finding::new(
                &META,
                found.subject(),
                format!("all {addressable} instances of {} report to be unhealthy", found.service.name),
            )
            .confidence(Confidence::Likely)
            .evidence(found.count("Instances that are UNHEALTHY", addressable).expected("at least one HEALTHY"));
            let status = format!("servicediscovery get-instances-health-status --service-id {}", quote(&found.service.id));
            let fix = Fix::new("mend the container's health check, or what it checks", Risk::Safe, Vec::new())
                .cli(aws(deployment, &status))
                .console("ECS: Clusters → the cluster → Services → the service → Tasks: the health status of each task");
            out.found(found.nobody(finding).fix(fix));
        });
        Ok(())
    }
}
