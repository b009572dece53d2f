//! An ECS service that registers its tasks in Cloud Map and does not say with which port.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::cloud_map::CloudMapService;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::service::{Service, ServiceRegistry};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::set;
use crate::semantics::discovery::discover;
use crate::service::{console, update_service};
use crate::source;
use crate::steps::quote;
use crate::symptom::Symptom;
use serde_json::{Value, json};

static META: Meta = Meta {
    id: "cm-registry-port-missing",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "an ECS service registers its tasks in Cloud Map without a port",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices, Part::CloudMapInstances, Part::Services],
    optional: &[Part::TaskDefinitions],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &["cm-no-port"],
    since: "0.1.0",
    page: include_str!("cm_registry_port_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmRegistryPortMissing;

impl Check for CmRegistryPortMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let each = deployment.cloud_map_integrations().unique_by(|(_, arn)| *arn);
        out.over(each, |out, (integration, arn)| {
            let Some(registered) = deployment.cloud_map_service(arn)? else { return Ok(()) };
            // Records of another type carry no port, whatever ECS says: cm-no-port speaks of that.
            if !registered.record_types.is_empty() && !registered.record_types.iter().any(|kind| kind == "SRV") {
                return Ok(());
            }
            for service in deployment.services_registered_in(arn)? {
                let here = service.service_registries.iter().enumerate();
                for (index, entry) in here.filter(|(_, entry)| entry.registry_arn.as_deref() == Some(arn)) {
                    let place = Place { integration, registered, service, entry, index };
                    match place.lacks() {
                        Some(lacks) => out.each(|out| {
                            let weight = place.weight(deployment).map_err(|gap| out.gap(gap));
                            out.found(place.finding(deployment, lacks, weight.unwrap_or(Weight::Unread)));
                            Ok(())
                        }),
                        None => {
                            out.fine(
                                place.subject(),
                                format!("service {} says which port it registers in {}", service.name, registered.name),
                            );
                        }
                    }
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// One entry of `serviceRegistries`.
struct Place<'a> {
    integration: &'a Integration,
    registered: &'a CloudMapService,
    service: &'a Service,
    entry: &'a ServiceRegistry,
    index: usize,
}

/// What the registered instances make of it.
enum Weight {
    /// Some instances match, and none has a port.
    NobodyHasOne,
    /// Nobody is there, or somebody has a port: the next tasks will not.
    Later,
    Unread,
}

impl Place<'_> {
    fn subject(&self) -> Subject {
        Subject::from_arn(SubjectKind::Service, &self.service.arn)
    }

    /// What the entry lacks. With `awsvpc`, which the subnets show, a port alone is enough; otherwise the container has to be named
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRegistry.html>).
    fn lacks(&self) -> Option<&'static str> {
        let awsvpc = !self.service.subnet_ids.is_empty();
        match (&self.entry.container_name, self.entry.container_port, self.entry.port) {
            (Some(_), Some(_), _) => None,
            (_, _, Some(_)) if awsvpc => None,
            (_, _, Some(_)) => Some("a port and no container, which is enough for tasks in awsvpc mode only"),
            _ => Some("neither a port nor a container's name and port"),
        }
    }

    fn weight(&self, deployment: &Deployment) -> Result<Weight, Gap> {
        let instances = deployment.cloud_map_instances(&self.registered.arn)?;
        let found = discover(instances, self.integration.uri.as_deref().unwrap_or_default());
        Ok(if !found.matching.is_empty() && found.addressable.is_empty() { Weight::NobodyHasOne } else { Weight::Later })
    }

    fn finding(&self, deployment: &Deployment, lacks: &str, weight: Weight) -> Finding {
        let subject = self.subject();
        let through = Subject::from_arn(SubjectKind::CloudMapService, &self.registered.arn);
        let summary = format!("service {} registers its tasks in {} with {lacks}", self.service.name, self.registered.name);
        // That AWS wants the port for SRV records is documented; what services without DNS records get is inferred.
        let documented = self.registered.record_types.iter().any(|kind| kind == "SRV");
        let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
        let blocks = Effect::blocks_all(Phase::Connect, through.clone(), answer);
        let (severity, confidence, effect) = match weight {
            Weight::NobodyHasOne if documented => (Severity::Error, Confidence::Certain, blocks),
            Weight::NobodyHasOne | Weight::Unread => (Severity::Error, Confidence::Likely, blocks),
            Weight::Later => (Severity::Warning, Confidence::Likely, Effect::weakens(Phase::Connect, through.clone())),
        };
        let types = match self.registered.record_types.as_slice() {
            [] => Evidence::absent(through, "DnsConfig.DnsRecords[].Type", source::GET_SERVICE),
            types => Evidence::found(through, "DnsConfig.DnsRecords[].Type", types.join(", "), source::GET_SERVICE),
        };
        let finding = Finding::new(&META, subject.clone(), summary).severity(severity).confidence(confidence);
        let finding = finding.evidence(self.field("serviceRegistries[].containerPort", self.entry.container_port, "the container's port"));
        let finding = finding.evidence(self.field("serviceRegistries[].port", self.entry.port, "a port, or container name and port"));
        finding.evidence(types).effect(effect).fix(self.name_it(deployment))
    }

    fn field(&self, field: &'static str, value: Option<u16>, expected: &str) -> Evidence {
        let found = |port: u16| Evidence::found(self.subject(), field, port.to_string(), source::DESCRIBE_SERVICES);
        let absent = || Evidence::absent(self.subject(), field, source::DESCRIBE_SERVICES).expected(expected);
        value.map_or_else(absent, found)
    }

    /// Names the container that publishes a port, where only one can be meant. ECS starts a new deployment.
    fn name_it(&self, deployment: &Deployment) -> Fix {
        let meant = self.meant(deployment);
        let (name, port) =
            meant.as_ref().map_or(("CONTAINER".to_owned(), "PORT".to_owned()), |(name, port)| (name.clone(), port.to_string()));
        let set_field = |field: &str, value: Value| {
            set(&["services", "known", &self.service.arn, "service_registries", &self.index.to_string(), field], value)
        };
        let change = meant.map_or_else(Vec::new, |(name, port)| {
            let of = [("container_name", json!(name)), ("container_port", json!(port)), ("port", Value::Null)];
            of.into_iter().map(|(field, value)| set_field(field, value)).collect()
        });
        let registry = format!("registryArn={},containerName={name},containerPort={port}", self.registered.arn);
        let update = format!("--service-registries {} --force-new-deployment", quote(&registry));
        Fix::new(format!("let service {} register port {port} of container {name}", self.service.name), Risk::Disruptive, change)
            .cli(update_service(deployment, self.service, &update))
            .console(format!("{} → Update service → Service discovery → Container name and port", console(self.service)))
    }

    /// The container and port of the task definition that the entry can mean.
    fn meant(&self, deployment: &Deployment) -> Option<(String, u16)> {
        let definition = deployment.task_definition(self.service.task_definition_arn.as_deref()?).ok()?;
        let named = |name: &str| self.entry.container_name.as_deref().is_none_or(|own| own == name);
        let asked = self.entry.container_port.or(self.entry.port);
        let published = definition.containers.iter().filter(|container| named(&container.name)).flat_map(|container| {
            let ports = container.ports.iter().filter(|mapping| mapping.protocol.as_deref().is_none_or(|protocol| protocol == "tcp"));
            ports.map(|mapping| (container.name.clone(), mapping.container_port))
        });
        let mut fitting = published.filter(|(_, port)| asked.is_none_or(|asked| asked == *port));
        fitting.next().filter(|_| fitting.next().is_none())
    }
}
