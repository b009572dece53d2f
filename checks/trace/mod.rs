//! The way of one request told hop by hop: what was chosen, what it competed with, which fact decided, and the answer to expect.

mod balancing;
mod gateway;

use crate::check::Hop;
use crate::examine::Examination;
use crate::finding::Affects;
use crate::journey::{self, Journey};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::subject::{Subject, SubjectKind};
use crate::predict::{Prediction, predict};

/// One request's way.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The steps, in the order of the chain.
    pub steps: Vec<TraceStep>,
    /// Where the way could not be followed further, and why.
    pub gap: Option<Gap>,
    /// The expected answer.
    pub prediction: Prediction,
}

/// One station, and why the request comes by.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceStep {
    /// Where on the chain.
    pub hop: Hop,
    /// Which resource.
    pub subject: Subject,
    /// False when only some of the requests come by.
    pub every: bool,
    /// What happens here, in a few words.
    pub what: String,
    /// The facts that decided.
    pub because: Vec<Because>,
    /// What was considered and not chosen, each with the reason.
    pub over: Vec<String>,
    /// Findings at this station: the check and its sentence.
    pub findings: Vec<(&'static str, String)>,
}

/// A deciding fact, and the call it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// The fact, as a short sentence.
    pub fact: String,
    /// The call, for example `apigatewayv2:GetRoutes`.
    pub source: &'static str,
}

/// What is told of one station.
#[derive(Clone, Debug, Default)]
struct Told {
    what: String,
    because: Vec<Because>,
    over: Vec<String>,
}

impl Told {
    fn new(what: impl Into<String>) -> Told {
        Told { what: what.into(), ..Told::default() }
    }

    fn because(mut self, fact: impl Into<String>, source: &'static str) -> Told {
        self.because.push(Because { fact: fact.into(), source });
        self
    }

    fn over(mut self, text: impl Into<String>) -> Told {
        self.over.push(text.into());
        self
    }
}

/// Follows one of the requests that were asked about.
pub fn trace(deployment: &Deployment, examination: &Examination, request: usize) -> Trace {
    let journey = journey::resolve(deployment, request);
    let steps = journey.stations.iter().map(|station| {
        let told = tell(deployment, &journey, &station.subject).unwrap_or_else(|gap| Told::new(format!("could not tell: {}", gap.why())));
        TraceStep {
            hop: station.hop,
            subject: station.subject.clone(),
            every: station.every,
            what: told.what,
            because: told.because,
            over: told.over,
            findings: findings_at(examination, &journey, &station.subject),
        }
    });
    Trace { steps: steps.collect(), gap: journey.gap.clone(), prediction: predict(examination, &journey) }
}

fn tell(deployment: &Deployment, journey: &Journey, subject: &Subject) -> Result<Told, Gap> {
    let request = &deployment.requests()[journey.request];
    match subject.kind {
        SubjectKind::Api => gateway::api(deployment),
        SubjectKind::Stage => gateway::stage(deployment, request, &subject.id),
        SubjectKind::Route => gateway::route(deployment, request),
        SubjectKind::Integration => gateway::integration(deployment, request, &subject.id),
        SubjectKind::VpcLink => gateway::link(deployment, &subject.id),
        SubjectKind::LoadBalancer => balancing::load_balancer(deployment, journey, arn(subject)),
        SubjectKind::Listener => balancing::listener(deployment, journey, arn(subject)),
        SubjectKind::Rule => balancing::rule(deployment, journey, arn(subject)),
        SubjectKind::TargetGroup => balancing::target_group(deployment, arn(subject)),
        SubjectKind::CloudMapService => balancing::cloud_map(deployment, journey, arn(subject)),
        SubjectKind::Service => balancing::service(deployment, arn(subject)),
        _ => Ok(Told::default()),
    }
}

fn arn(subject: &Subject) -> &str {
    subject.arn.as_deref().unwrap_or(&subject.id)
}

/// Findings about a station, or whose effect acts at it and nowhere later.
fn findings_at(examination: &Examination, journey: &Journey, subject: &Subject) -> Vec<(&'static str, String)> {
    let at = |finding: &crate::finding::Finding| {
        let through = match finding.effect.as_ref().map(|effect| &effect.affects) {
            Some(Affects::Through(subjects)) => subjects.last() == Some(subject),
            Some(Affects::Request(index)) => {
                *index == journey.request && journey.stations.last().is_some_and(|last| last.subject == *subject)
            }
            Some(Affects::Everything) | None => false,
        };
        through || (finding.effect.is_none() && finding.subject == *subject)
    };
    examination.findings().filter(|(_, finding)| at(finding)).map(|(meta, finding)| (meta.id, finding.summary.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;
    use crate::examine::examine;
    use crate::prove::{healthy_deployments, stories, tell as told};

    fn traced(deployment: &Deployment) -> Trace {
        trace(deployment, &examine(CHECKS, deployment), 0)
    }

    #[test]
    fn a_load_balancer_behind_another_is_not_the_one_that_the_integration_names() {
        let chain = healthy_deployments().into_iter().find(|(name, _)| name == "nlb-alb").expect("it is there").1;
        let trace = traced(&chain);
        let reasons = |tail: &str| -> Vec<&str> {
            let step = trace.steps.iter().find(|step| step.subject.id == tail).expect("a station");
            step.because.iter().map(|because| because.fact.as_str()).collect()
        };
        assert!(reasons("net/orders/1a2b3c4d5e6f7081/2233445566778899").contains(&"the integration's URI names it"));
        assert!(!reasons("app/orders/0a1b2c3d4e5f6071/1122334455667788").contains(&"the integration's URI names it"));
        assert!(reasons("app/orders/0a1b2c3d4e5f6071").contains(&"it is the target of the Network Load Balancer in front of it"));
    }

    #[test]
    fn every_station_of_a_healthy_deployment_says_why_it_was_chosen() {
        for (name, deployment) in healthy_deployments() {
            let trace = traced(&deployment);
            assert!(trace.gap.is_none() && trace.prediction.reaches_target(), "{name}: {:?}", trace.prediction);
            for step in &trace.steps {
                assert!(!step.what.is_empty() && !step.because.is_empty(), "{name}: {} {} says nothing", step.hop.name(), step.subject);
            }
        }
    }

    #[test]
    fn a_fault_stands_at_its_station_and_the_answer_follows() {
        let stories = stories("secure-server-name-missing");
        let (name, story) = stories.iter().find(|(name, _)| name == "blank.json").expect("the founding story");
        let trace = traced(&told(name, story));
        let step = trace.steps.iter().find(|step| step.subject.kind == SubjectKind::Integration).expect("an integration");
        assert_eq!(step.findings.iter().map(|(check, _)| *check).collect::<Vec<_>>(), ["secure-server-name-missing"]);
        assert_eq!(trace.prediction.single().and_then(|predicted| predicted.by), Some("secure-server-name-missing"));
    }

    #[test]
    fn what_was_not_chosen_is_named() {
        let (_, deployment) =
            healthy_deployments().into_iter().find(|(name, _)| name.ends_with("alb-rules")).expect("the shape with rules");
        let trace = traced(&deployment);
        let step = |kind| trace.steps.iter().find(|step| step.subject.kind == kind).expect("a station");
        assert!(step(SubjectKind::Stage).over.iter().any(|text| text.contains("prod")));
        assert!(step(SubjectKind::Route).over.iter().any(|text| text.contains("$default")));
    }
}
