//! The way of one request through the hops, as the configuration decides it.

use crate::check::Hop;
use crate::finding::{Affects, Blocks, Effect};
use crate::model::balancing::{Action, Listener};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::forwards_to;
use crate::semantics::mapping::Arrival;
use crate::semantics::{mapping, routes, rules};
use ipnet::IpNet;

/// One station: the resource that a request passes.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Where on the chain.
    pub hop: Hop,
    /// Which resource.
    pub subject: Subject,
    /// False when only some of the requests come by (a weight, or a rule whose match is not certain).
    pub every: bool,
}

/// Where a journey ends when nothing on it is broken.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// At the targets of this target group.
    Targets(String),
    /// At the instances of this Cloud Map service.
    Instances(String),
    /// At a URL or function that is not behind a VPC link.
    Elsewhere,
    /// The listener answers itself with this status.
    FixedResponse(u16),
    /// The listener redirects with this status.
    Redirect(u16),
    /// The listener asks for a login first.
    Login,
    /// No configured way leads on; a check says which defect that is.
    Nowhere,
}

/// The stations of one request, in order.
#[derive(Clone, Debug)]
pub struct Journey {
    /// Index of the request among those asked about.
    pub request: usize,
    /// The stations that could be resolved.
    pub stations: Vec<Station>,
    /// All ways it can end; more than one when weights or uncertain rules split it.
    pub ends: Vec<End>,
    /// What stood in the way of resolving it further.
    pub gap: Option<Gap>,
}

impl Journey {
    /// How much of this journey's requests an effect stops; `Blocks::None` when it does not lie on the journey.
    pub fn blocked_by(&self, effect: &Effect) -> Blocks {
        match &effect.affects {
            Affects::Everything => effect.blocks,
            Affects::Request(index) if *index == self.request => effect.blocks,
            Affects::Request(_) => Blocks::None,
            Affects::Through(subjects) => {
                let found: Vec<Option<&Station>> =
                    subjects.iter().map(|subject| self.stations.iter().find(|station| station.subject == *subject)).collect();
                if found.iter().any(Option::is_none) {
                    return Blocks::None;
                }
                let every = found.iter().flatten().all(|station| station.every);
                if every { effect.blocks } else { effect.blocks.min(Blocks::Some) }
            }
        }
    }

    /// True when the effect concerns this journey at all, stopping it or not.
    pub fn concerns(&self, effect: &Effect) -> bool {
        match &effect.affects {
            Affects::Everything => true,
            Affects::Request(index) => *index == self.request,
            Affects::Through(subjects) => subjects.iter().all(|subject| self.stations.iter().any(|station| station.subject == *subject)),
        }
    }
}

/// Resolves the journey of one of the requests asked about.
pub fn resolve(deployment: &Deployment, index: usize) -> Journey {
    let mut journey = Journey { request: index, stations: Vec::new(), ends: Vec::new(), gap: None };
    let Some(request) = deployment.requests().get(index) else {
        journey.ends.push(End::Nowhere);
        return journey;
    };
    if let Err(gap) = walk(deployment, request, &mut journey) {
        journey.gap = Some(gap);
    }
    journey
}

fn walk(deployment: &Deployment, request: &Request, journey: &mut Journey) -> Result<(), Gap> {
    journey.pass(Hop::Stage, Subject::new(SubjectKind::Api, deployment.api_id()));
    let Some(stage) = deployment.stage_for(request)? else { return journey.nowhere() };
    journey.pass(Hop::Stage, Subject::new(SubjectKind::Stage, &stage.name));
    let all_routes = deployment.routes()?;
    let Some(route) = routes::select(all_routes, &request.method, request.bare_path()).chosen else { return journey.nowhere() };
    journey.pass(Hop::Route, Subject::new(SubjectKind::Route, &route.route.key));
    let integrations = deployment.integrations()?;
    let Some(integration) = route.route.integration_id().and_then(|id| integrations.get(id)) else { return journey.nowhere() };
    journey.pass(Hop::Integration, Subject::new(SubjectKind::Integration, &integration.id));
    if !integration.is_private() {
        journey.ends.push(End::Elsewhere);
        return Ok(());
    }
    if let Some(id) = &integration.connection_id {
        journey.pass(Hop::VpcLink, Subject::new(SubjectKind::VpcLink, id));
    }
    if let Some(arn) = integration.cloud_map_arn() {
        return registered(deployment, arn, journey);
    }
    let Some(listener) = deployment.listener_of(integration)? else { return journey.nowhere() };
    let sources = integration
        .connection_id
        .as_deref()
        .and_then(|id| deployment.vpc_link(id).ok()?)
        .and_then(|link| deployment.link_sources(link).ok());
    let way = Way { deployment, arrival: mapping::arrival(request, &stage.name, &route, integration), sources };
    way.through(listener, true, journey)
}

/// To the instances of a Cloud Map service: no load balancer stands between.
fn registered(deployment: &Deployment, arn: &str, journey: &mut Journey) -> Result<(), Gap> {
    journey.pass(Hop::CloudMap, Subject::from_arn(SubjectKind::CloudMapService, arn));
    if deployment.cloud_map_service(arn)?.is_none() {
        return journey.nowhere();
    }
    journey.ends.push(End::Instances(arn.to_owned()));
    for service in deployment.services_registered_in(arn).unwrap_or_default() {
        journey.pass(Hop::Service, Subject::from_arn(SubjectKind::Service, &service.arn));
    }
    Ok(())
}

/// What is needed to follow a request through listeners.
struct Way<'a> {
    deployment: &'a Deployment,
    arrival: Arrival,
    /// The addresses of the VPC link: an Application Load Balancer behind a Network Load Balancer sees them, too.
    sources: Option<Vec<IpNet>>,
}

impl Way<'_> {
    fn through(&self, listener: &Listener, every: bool, journey: &mut Journey) -> Result<(), Gap> {
        let load_balancer = Subject::from_arn(SubjectKind::LoadBalancer, &listener.load_balancer_arn);
        journey.stations.push(Station { hop: Hop::LoadBalancer, subject: load_balancer, every });
        journey.stations.push(Station { hop: Hop::Listener, subject: Deployment::listener_subject(listener), every });
        if !listener.reads_http() {
            return self.act(listener, &listener.default_actions, every, journey);
        }
        let rules_by_priority = self.deployment.rules(listener)?;
        let evaluation = rules::evaluate(&rules_by_priority, listener, &self.arrival, self.sources.as_deref());
        let every = every && evaluation.candidates.len() == 1;
        for candidate in &evaluation.candidates {
            if let Some(rule) = candidate.rule {
                journey.stations.push(Station { hop: Hop::Listener, subject: Subject::from_arn(SubjectKind::Rule, &rule.arn), every });
            }
            self.act(listener, candidate.actions, every, journey)?;
        }
        Ok(())
    }

    fn act(&self, listener: &Listener, actions: &[Action], alone: bool, journey: &mut Journey) -> Result<(), Gap> {
        let groups: Vec<&str> = forwards_to(actions).collect();
        for arn in &groups {
            self.to_targets(listener, arn, alone && groups.len() == 1, journey)?;
        }
        for action in actions {
            match action {
                Action::FixedResponse { status, .. } => journey.ends.push(End::FixedResponse(*status)),
                Action::Redirect { status, .. } => journey.ends.push(End::Redirect(*status)),
                Action::Authenticate { .. } => journey.ends.push(End::Login),
                Action::Forward { .. } if groups.is_empty() => journey.ends.push(End::Nowhere),
                Action::Forward { .. } => {}
                Action::Unknown { name } => {
                    let what = format!("this version does not know the action \"{name}\"");
                    return Err(Gap::undecided(crate::model::part::Part::Rules, what));
                }
            }
        }
        Ok(())
    }

    /// To the targets of a group, or through the Application Load Balancer in it.
    fn to_targets(&self, listener: &Listener, arn: &str, every: bool, journey: &mut Journey) -> Result<(), Gap> {
        journey.stations.push(Station { hop: Hop::TargetGroup, subject: Subject::from_arn(SubjectKind::TargetGroup, arn), every });
        if let Some(group) = self.deployment.balancer_groups(listener)?.into_iter().find(|group| group.arn == arn) {
            let inner = self.deployment.listeners_in(group)?;
            if inner.is_empty() {
                journey.ends.push(End::Nowhere);
            }
            return inner.into_iter().try_for_each(|listener| self.through(listener, every, journey));
        }
        journey.ends.push(End::Targets(arn.to_owned()));
        // ECS may be unreadable, or the targets may not be of ECS at all: that does not stop a request.
        for service in self.deployment.services_of(arn).unwrap_or_default() {
            journey.stations.push(Station { hop: Hop::Service, subject: Subject::from_arn(SubjectKind::Service, &service.arn), every });
        }
        Ok(())
    }
}

impl Journey {
    fn pass(&mut self, hop: Hop, subject: Subject) {
        self.stations.push(Station { hop, subject, every: true });
    }

    fn nowhere(&mut self) -> Result<(), Gap> {
        self.ends.push(End::Nowhere);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{End, resolve};
    use crate::model::deployment::Deployment;
    use crate::model::part::Part;
    use crate::prove::healthy_deployments;
    use crate::story::without;

    fn healthy(name: &str) -> Deployment {
        healthy_deployments().into_iter().find_map(|(other, deployment)| (other == name).then_some(deployment)).expect("it is there")
    }

    #[test]
    fn a_network_load_balancer_has_no_rules_and_needs_none() {
        let nlb = healthy("nlb");
        let blind = Deployment::new(without(nlb.facts(), Part::Rules), nlb.requests().to_vec());
        let journey = resolve(&blind, 0);
        assert!(journey.gap.is_none() && matches!(journey.ends.as_slice(), [End::Targets(_)]), "{journey:?}");
    }

    #[test]
    fn the_way_goes_on_through_the_load_balancer_in_a_group() {
        let chain = healthy("nlb-alb");
        let journey = resolve(&chain, 0);
        let stations: Vec<String> = journey.stations.iter().map(|station| station.subject.to_string()).collect();
        let expected = [
            "load balancer net/orders/1a2b3c4d5e6f7081",
            "listener net/orders/1a2b3c4d5e6f7081/2233445566778899",
            "target group orders-alb/a213b4c5d6e7f809",
            "load balancer app/orders/0a1b2c3d4e5f6071",
            "listener app/orders/0a1b2c3d4e5f6071/1122334455667788",
            "target group orders/8091a2b3c4d5e6f7",
            "service shop/orders",
        ];
        assert_eq!(stations[5..], expected);
        assert!(matches!(journey.ends.as_slice(), [End::Targets(_)]));
    }

    #[test]
    fn a_load_balancer_that_was_not_read_is_a_gap_and_no_end() {
        let chain = healthy("nlb-alb");
        let mut facts = chain.facts().clone();
        facts.listeners.retain(|arn, _| arn.contains("/net/"));
        let journey = resolve(&Deployment::new(facts, chain.requests().to_vec()), 0);
        assert!(journey.gap.is_some() && journey.ends.is_empty(), "{journey:?}");
    }
}
