//! Instances without an address or without a port: API Gateway needs both.

use super::found::each;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "cm-no-port",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "the registered instances lack an address or a port",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices, Part::CloudMapInstances],
    optional: &[],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_no_port.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmNoPort;

impl Check for CmNoPort {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        each(deployment, out, |out, found| {
            let (matching, addressable) = (found.discovery.matching.len(), found.discovery.addressable.len());
            if matching == 0 {
                return; // cm-no-instances and cm-query-filter speak about that
            }
            if addressable > 0 {
                return out.fine(found.subject(), format!("{addressable} of {matching} instances have an address and a port"));
            }
            let types = found.service.record_types.join(", ");
            let finding =
                Finding::new(&META, found.subject(), format!("no instance of {} has both an address and a port", found.service.name))
                    .evidence(found.count("Instances with AWS_INSTANCE_IPV4 and AWS_INSTANCE_PORT", 0).expected("at least one"))
                    .evidence(Evidence::found(found.subject(), "DnsConfig.DnsRecords[].Type", types, source::GET_SERVICE).expected("SRV"));
            let create = format!(
                "servicediscovery create-service --name {} --dns-config 'DnsRecords=[{{Type=SRV,TTL=15}}]' --namespace-id {}",
                quote(&format!("{}-srv", found.service.name)),
                quote(found.service.namespace_id.as_deref().unwrap_or("NAMESPACE"))
            );
            let fix = Fix::new(
                "make a service with SRV records, which carry the port, and let ECS register there",
                Risk::Disruptive,
                Vec::new(),
            )
            .cli(aws(deployment, &create))
            .console(
                "Cloud Map: Namespaces → the namespace → Create service → SRV; then name it in the ECS service and in the integration",
            );
            out.found(found.nobody(finding).fix(fix));
        });
        Ok(())
    }
}
