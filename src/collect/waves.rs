//! The order of the reads: each begins when what it asks for is known, and no sooner is there anything to wait for.
//!
//! 1. the API, its stages, routes, integrations, authorizers, deployments and domains; the account; the ECS clusters
//! 2. what integrations name: VPC links, listeners, Cloud Map services, and the load balancers that listener ARNs tell; services by cluster;
//!    what stages and domains name: exports, log groups, mappings
//! 3. what those name: VPCs, certificates, security policies, targets and attributes of target groups; interfaces of links and nodes
//! 4. the interfaces of targets, the instances in Cloud Map, prefix lists, subnets of links that are no load balancer's, task definitions, lists of tasks
//! 5. the tasks, and the interfaces of instances
//!
//! Where a target is a load balancer, it is read as the first one was, two waves later. What only the whole shows to be needed comes last
//! (`remaining.rs`); in a deployment that is in order that is nothing.

use super::accumulator::{Accumulator, Collected};
use super::call::Call;
use super::error::CollectError;
use super::gather::gathered;
use super::places::{self, Place};
use super::reader::Reader;
use super::resolve::{ApiRef, by_name};
use super::session::Session;
use super::{Progress, api_gateway, behind, deployed, domains, extras, remaining, services};
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::service::Service;
use apigw_doctor_checks::model::time::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Reads a deployment. What is known so far is in `accumulator` at any moment, also after this was dropped.
pub(crate) async fn collect(
    session: &Session,
    api: &ApiRef,
    now: Timestamp,
    progress: &dyn Progress,
    accumulator: &Accumulator,
) -> Result<Collected, CollectError> {
    let session = session.at(&api.region);
    match read(&session, api, now, progress, accumulator).await {
        // What looked like an id may be a name.
        Err(CollectError::NoSuchApi { .. }) if !api.certain => {
            let named = by_name(&session, &api.id).await?;
            read(&session, &named, now, progress, accumulator).await
        }
        other => other,
    }
}

async fn read(
    session: &Session,
    api: &ApiRef,
    now: Timestamp,
    progress: &dyn Progress,
    accumulator: &Accumulator,
) -> Result<Collected, CollectError> {
    accumulator.begin(Facts::unread(&api.id, session.region(), now), api.calls);
    let reader = Reader::new(session, accumulator, progress);
    let (places, all_places) = unbounded_channel();
    let rest = async {
        let (.., beside) = tokio::join!(
            stages(&reader, &api.id),
            api_gateway::routes(&reader, &api.id),
            deployed::deployments(&reader, &api.id),
            authorizers(&reader, &api.id),
            domains::domains(&reader, &api.id, api.entry.as_ref().map(|entry| entry.domain.as_str())),
            account(&reader),
            behind::integrations(&reader, &api.id, places),
            ecs(&reader, all_places),
        );
        remaining::read(&reader, &beside).await;
        Ok(())
    };
    // If the API cannot be asked for at all, this ends the other calls too.
    tokio::try_join!(api_gateway::api(&reader, &api.id), rest)?;
    Ok(accumulator.snapshot().expect("collection began above"))
}

/// The account is for display; a run does not suffer from not knowing it.
async fn account(reader: &Reader<'_>) {
    let answer = reader.ask(Call::GetCallerIdentity, reader.aws().sts.get_caller_identity().send()).await;
    reader.facts.record(|facts| facts.account = answer.ok().and_then(|identity| identity.account));
}

/// The stages, and what they name.
async fn stages(reader: &Reader<'_>, api: &str) {
    let stages = api_gateway::stages(reader, api).await;
    tokio::join!(deployed::definitions(reader, api, &stages), extras::log_groups(reader, &stages));
}

/// The authorizers, and whom their functions let in.
async fn authorizers(reader: &Reader<'_>, api: &str) {
    let functions = deployed::authorizers(reader, api).await;
    extras::function_policies(reader, &functions).await;
}

/// ECS services of this deployment, once it is known what belongs to it; those that live beside them are returned.
async fn ecs(reader: &Reader<'_>, all_places: UnboundedReceiver<Place>) -> Vec<Service> {
    let mut every = std::pin::pin!(services::every(reader));
    let mut places = std::pin::pin!(gathered(all_places));
    let (every, places) = tokio::select! {
        every = &mut every => (Some(every), places.await),
        // Without a load balancer nobody has to look through the services of a whole Region.
        places = &mut places => if places.is_empty() { (None, places) } else { (Some(every.await), places) },
    };
    match every {
        // Whoever was faster: without a place nothing is known of services, least of all that there are none.
        Some(every) if !places.is_empty() => places::keep(reader, every, &places).await,
        _ => {
            reader.facts.no_services();
            Vec::new()
        }
    }
}
