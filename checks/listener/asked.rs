//! The requests that were asked about, as an Application Load Balancer's listener sees them, and what it does with each.

use crate::model::balancing::{Action, Condition, Listener, Rule};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{Integration, Stage};
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walk::Walk;
use crate::model::walks::forwards_to;
use crate::semantics::mapping::{Arrival, arrival};
use crate::semantics::routes;
use crate::semantics::rules::{Evaluation, Match, condition_matches, evaluate};
use ipnet::IpNet;

/// A request that arrives at a listener.
pub(crate) struct Asked<'a> {
    /// Its index among those asked about.
    pub(crate) index: usize,
    /// The request.
    pub(crate) request: &'a Request,
    /// The private integration that takes it.
    pub(crate) integration: &'a Integration,
    /// The listener.
    pub(crate) listener: &'a Listener,
    /// What arrives there.
    pub(crate) arrival: Arrival,
}

/// The requests that arrive at a listener of an Application Load Balancer, also behind a Network Load Balancer: only such a listener reads HTTP.
///
/// A request that gets lost before is dropped: the checks of stages, routes and integrations report it.
pub(crate) fn asked(deployment: &Deployment) -> Walk<Asked<'_>> {
    let all = Walk { items: deployment.requests().iter().enumerate().collect(), gaps: Vec::new() };
    all.then(|(index, request)| follow(deployment, index, request))
}

fn follow<'a>(deployment: &'a Deployment, index: usize, request: &'a Request) -> Result<Option<Asked<'a>>, Gap> {
    let Some(stage): Option<&Stage> = deployment.stage_for(request)? else { return Ok(None) };
    let Some(route) = routes::select(deployment.routes()?, &request.method, request.bare_path()).chosen else { return Ok(None) };
    let integrations = deployment.integrations()?;
    let integration = route.route.integration_id().and_then(|id| integrations.get(id)).filter(|integration| integration.is_private());
    let Some(integration) = integration else { return Ok(None) };
    let Some(named) = deployment.listener_of(integration)? else { return Ok(None) };
    let listener = match deployment.read_by(named)?.as_slice() {
        [] => return Ok(None), // tg-empty reports a group of load balancers without one
        [only] => *only,
        _ => {
            let what = format!("listener {} leads to several load balancers, and which one gets a request is not fixed", named.port);
            return Err(Gap::undecided(Part::TargetGroups, what));
        }
    };
    let arrival = arrival(request, &stage.name, &route, integration);
    Ok(listener.reads_http().then_some(Asked { index, request, integration, listener, arrival }))
}

impl<'a> Asked<'a> {
    /// What its listener does with it.
    pub(crate) fn landing(&self, deployment: &'a Deployment) -> Result<Landing<'a>, Gap> {
        self.landing_on(deployment, self.listener)
    }

    /// What another listener would do with it.
    pub(crate) fn landing_on(&self, deployment: &'a Deployment, listener: &'a Listener) -> Result<Landing<'a>, Gap> {
        let rules = deployment.rules(listener)?;
        // Only conditions on the source ask for the link's addresses; unknown ones leave just those open.
        let link = self.integration.connection_id.as_deref().and_then(|id| deployment.vpc_link(id).ok()?);
        let sources = link.and_then(|link| deployment.link_sources(link).ok());
        let evaluation = evaluate(&rules, listener, &self.arrival, sources.as_deref());
        Ok(Landing { listener, arrival: self.arrival.clone(), rules, sources, evaluation })
    }

    /// `GET /health`.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.request.method, self.request.bare_path())
    }
}

/// What a listener does with a request.
pub(crate) struct Landing<'a> {
    /// The listener.
    pub(crate) listener: &'a Listener,
    /// Its rules in order of priority, without the default one.
    pub(crate) rules: Vec<&'a Rule>,
    /// The actions that may be performed, and the rules that do not match.
    pub(crate) evaluation: Evaluation<'a>,
    arrival: Arrival,
    sources: Option<Vec<IpNet>>,
}

impl<'a> Landing<'a> {
    /// The listener's subject.
    pub(crate) fn subject(&self) -> Subject {
        Subject::from_arn(SubjectKind::Listener, &self.listener.arn)
    }

    /// True when no rule takes the request, and none can.
    pub(crate) fn takes_default(&self) -> bool {
        matches!(self.evaluation.candidates.as_slice(), [only] if only.rule.is_none())
    }

    /// True when nothing but a target group can be where the request goes.
    pub(crate) fn forwards(&self) -> bool {
        self.evaluation.candidates.iter().all(|candidate| forwards_to(candidate.actions).next().is_some())
    }

    /// The default action, if it is a fixed response with an error status. One that says 200 is meant as it is.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.listener.default_actions.iter().find_map(|action| match action {
            Action::FixedResponse { status, body, .. } if *status >= 400 => Some(Refusal { status: *status, body: body.clone() }),
            _ => None,
        })
    }

    /// Whether every condition of a rule holds, but for those left out.
    pub(crate) fn rest_holds(&self, rule: &Rule, left_out: impl Fn(&Condition) -> bool) -> bool {
        rule.conditions.iter().filter(|condition| !left_out(condition)).all(|condition| self.says(condition) == Match::Yes)
    }

    /// Whether a condition holds.
    pub(crate) fn says(&self, condition: &Condition) -> Match {
        condition_matches(condition, &self.arrival, self.sources.as_deref())
    }

    /// Whether a rule forwards, and would for certain if only the Host were known. A regular expression is not evaluated.
    pub(crate) fn hangs_on_host(&self, rule: &Rule) -> bool {
        let by_host = |condition: &Condition| matches!(condition, Condition::HostHeader { regexes, .. } if regexes.is_empty());
        let open = rule.conditions.iter().any(|condition| by_host(condition) && matches!(self.says(condition), Match::Maybe { .. }));
        open && self.rest_holds(rule, by_host) && forwards_to(&rule.actions).next().is_some()
    }

    /// True when the request may be left to the default action, because of what is not known.
    pub(crate) fn may_take_default(&self) -> bool {
        self.evaluation.candidates.len() > 1 && self.evaluation.candidates.last().is_some_and(|last| last.rule.is_none())
    }

    /// What is not known, if a condition of this kind is what keeps a rule open.
    pub(crate) fn open_at(&self, kind: impl Fn(&Condition) -> bool) -> Option<String> {
        let rules = self.evaluation.candidates.iter().filter_map(|candidate| candidate.rule);
        let mut conditions = rules.flat_map(|rule| &rule.conditions).filter(|condition| kind(condition));
        conditions.find_map(|condition| match self.says(condition) {
            Match::Maybe { why } => Some(why),
            Match::Yes | Match::No => None,
        })
    }

    /// Why a rule does not match; empty if it does.
    pub(crate) fn why_not(&self, rule: &Rule) -> String {
        self.evaluation.rejected.iter().find(|(rejected, _)| rejected.arn == rule.arn).map_or_else(String::new, |(_, why)| why.clone())
    }

    /// Rules that forward to a target group.
    pub(crate) fn forwarding_rules(&self) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().copied().filter(|rule| forwards_to(&rule.actions).next().is_some())
    }
}

/// A fixed response that refuses.
pub(crate) struct Refusal {
    /// The configured status.
    pub(crate) status: u16,
    body: Option<String>,
}

impl Refusal {
    /// `fixed-response 404 "no such service"`.
    pub(crate) fn words(&self) -> String {
        let body = self.body.as_deref().unwrap_or_default().trim();
        let shown: String = body.chars().take(60).collect();
        let more = if shown.len() < body.len() { "…" } else { "" };
        if shown.is_empty() {
            format!("fixed-response {}", self.status)
        } else {
            format!("fixed-response {} \"{shown}{more}\"", self.status)
        }
    }
}
