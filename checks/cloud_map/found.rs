//! What API Gateway finds behind an integration's Cloud Map service. One check speaks for a service at a time: the first step that
//! leaves nobody.

use crate::check::{Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding};
use crate::model::cloud_map::{CloudMapInstance, CloudMapService};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::discovery::{Discovery, discover};
use crate::source;
use crate::symptom::Symptom;

/// A service that exists, and what is found there.
pub(super) struct Found<'a> {
    pub(super) integration: &'a Integration,
    pub(super) service: &'a CloudMapService,
    pub(super) instances: &'a [CloudMapInstance],
    pub(super) discovery: Discovery<'a>,
}

impl Found<'_> {
    /// The station of a request's way.
    pub(super) fn subject(&self) -> Subject {
        Subject::from_arn(SubjectKind::CloudMapService, &self.service.arn)
    }

    /// A number of instances, as evidence.
    pub(super) fn count(&self, what: &'static str, count: usize) -> Evidence {
        Evidence::found(self.subject(), what, count.to_string(), source::DISCOVER_INSTANCES)
    }

    /// The end of every such finding: API Gateway has nobody to connect to. That it says 503 is seen in the field.
    pub(super) fn nobody(&self, finding: Finding) -> Finding {
        let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
        finding.effect(Effect::blocks_all(Phase::Connect, self.subject(), answer))
    }
}

/// Looks at each Cloud Map service that an integration names and that exists; cm-service-deleted speaks of the others.
pub(super) fn each(deployment: &Deployment, out: &mut Outcome, mut look: impl FnMut(&mut Outcome, &Found<'_>)) {
    out.over(deployment.cloud_map_integrations(), |out, (integration, arn)| {
        let Some(service) = deployment.cloud_map_service(arn)? else { return Ok(()) };
        let instances = deployment.cloud_map_instances(arn)?;
        let discovery = discover(instances, integration.uri.as_deref().unwrap_or_default());
        look(out, &Found { integration, service, instances, discovery });
        Ok::<(), Gap>(())
    });
}
