//! The smallest ordered set of fixes after which nothing configured stands between the requests asked about and the target.

use crate::check::Check;
use crate::examine::{Examination, examine};
use crate::finding::{Finding, Fix, Severity};
use crate::journey;
use crate::model::deployment::Deployment;
use crate::predict::{Blocker, Prediction, blockers, predict};
use crate::remedy::{self, Proof, apply};
use serde_json::Value;
use std::collections::BTreeSet;

/// One step of the shortest way to unblocked requests.
#[derive(Clone, Debug)]
pub struct PlanStep {
    /// Index of the request that needs it: the first one that still does.
    pub request: usize,
    /// The finding it mends.
    pub finding: Finding,
    /// Index of the fix among the finding's fixes.
    pub fix: usize,
    /// Whether it was verified on the model.
    pub verified: bool,
    /// What is expected for that request after this step.
    pub predicted_after: Prediction,
}

/// Each round mends one finding or passes one over; more rounds than there are findings would go round in a circle.
const ROUNDS: usize = 64;

/// The plan for all requests asked about, the first one first; a fix once made counts for the later ones.
///
/// One fix per step, for the first blocker in time that has a verified one: what comes later is only met when what comes first is gone.
/// A fix that leads to another fault is made if that one is mended as well, and a fix that a later one makes needless is left out.
pub fn plan(checks: &[&'static dyn Check], deployment: &Deployment) -> Vec<PlanStep> {
    let start = examine(checks, deployment);
    let mut vain: Vec<Vec<Value>> = Vec::new();
    loop {
        let mut course = Course { checks, start: (deployment, &start), reached: None, steps: Vec::new(), debts: Vec::new(), vain: &vain };
        (0..deployment.requests().len()).for_each(|request| course.clear(request));
        let Some((end, found)) = course.reached else { return course.steps };
        let left = |(key, _): &&(String, Vec<Value>)| found.findings().any(|(_, finding)| finding.key() == *key);
        let Some((_, change)) = course.debts.iter().find(left) else {
            return without_the_needless(checks, (deployment, &start), (&end, &found), course.steps);
        };
        // It led to a fault that nothing mends: without it then. Each turn strikes out one fix, so there is an end.
        let change = change.clone();
        vain.push(change);
    }
}

/// A plan on its way.
struct Course<'a> {
    checks: &'a [&'static dyn Check],
    start: (&'a Deployment, &'a Examination),
    /// Where the steps have led, once there is one.
    reached: Option<(Deployment, Examination)>,
    steps: Vec<PlanStep>,
    /// Faults to which a fix has led, with its change.
    debts: Vec<(String, Vec<Value>)>,
    /// Changes that led to a fault that nothing mends.
    vain: &'a [Vec<Value>],
}

impl Course<'_> {
    /// Mends what stands in the way of one request, as far as it can be mended.
    fn clear(&mut self, request: usize) {
        // What no fix mends now may be mended when something else is out of the way: it is tried again after each step.
        let mut passed_over: BTreeSet<String> = BTreeSet::new();
        let mut met: BTreeSet<&'static str> = BTreeSet::new();
        for _ in 0..ROUNDS {
            let (current, examination) = self.reached.as_ref().map_or(self.start, |(deployment, examination)| (deployment, examination));
            let now = faults(examination, current, request);
            met.extend(now.iter().map(|finding| finding.check));
            let all = now.into_iter().chain(lingering(examination, current, request, &met));
            let found = all.into_iter().find(|finding| !passed_over.contains(&finding.key()));
            let Some(finding) = found.cloned() else { return };
            let Some((fix, proof)) = self.best(current, examination, &finding) else {
                passed_over.insert(finding.key());
                continue;
            };
            let predicted_after = proof.predictions.get(request).cloned().unwrap_or(Prediction::Unknown(Vec::new()));
            self.debts.extend(proof.leads_to.into_iter().map(|key| (key, finding.fixes[fix].change.clone())));
            self.steps.push(PlanStep { request, finding, fix, verified: true, predicted_after });
            self.reached = proof.after;
            passed_over.clear();
        }
    }

    /// The first fix that is verified, else the first that leads to other faults and to nothing worse. None is made twice.
    fn best(&self, current: &Deployment, examination: &Examination, finding: &Finding) -> Option<(usize, Proof)> {
        let made = |fix: &Fix| self.steps.iter().any(|step| step.finding.fixes[step.fix].change == fix.change);
        let mut detour = None;
        for (index, fix) in finding.fixes.iter().enumerate().filter(|(_, fix)| !fix.change.is_empty() && !made(fix)) {
            let proof = remedy::prove(self.checks, current, examination, finding, fix);
            if proof.verified {
                return Some((index, proof));
            }
            if detour.is_none() && !proof.leads_to.is_empty() && !self.vain.contains(&fix.change) {
                detour = Some((index, proof));
            }
        }
        detour
    }
}

/// The faults that stop a request, the first in time first. What refuses on purpose (an authorizer and a request without credentials)
/// is none that a plan mends.
fn faults<'a>(examination: &'a Examination, deployment: &Deployment, request: usize) -> Vec<&'a Finding> {
    let all = blockers(examination, &journey::resolve(deployment, request)).into_iter();
    all.map(|blocker: Blocker<'a>| blocker.finding).filter(|finding| finding.severity > Severity::Info).collect()
}

/// Faults that stopped the request before, and of which that is not known any more, since a fix made health a thing to be observed again.
fn lingering<'a>(examination: &'a Examination, deployment: &Deployment, request: usize, met: &BTreeSet<&'static str>) -> Vec<&'a Finding> {
    let journey = journey::resolve(deployment, request);
    let here = |finding: &&Finding| finding.effect.as_ref().is_some_and(|effect| journey.concerns(effect));
    let worth = |finding: &&Finding| finding.severity > Severity::Info && met.contains(finding.check);
    examination.findings().map(|(_, finding)| finding).filter(worth).filter(here).collect()
}

/// Leaves out each step without which the others lead as far: a later fix may have made an earlier one needless.
fn without_the_needless(
    checks: &[&'static dyn Check],
    start: (&Deployment, &Examination),
    end: (&Deployment, &Examination),
    mut steps: Vec<PlanStep>,
) -> Vec<PlanStep> {
    let goal = Goal::new(end);
    let mut index = 0;
    // The last step mends what was left when all others had been made.
    while index + 1 < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(index);
        match walked(checks, start, fewer, &goal) {
            Some(fewer) => steps = fewer,
            None => index += 1,
        }
    }
    steps
}

/// What may be left when a plan has been carried out: nothing that the whole of it does not leave.
struct Goal {
    /// Faults that stop a request, by request and key.
    faults: BTreeSet<(usize, String)>,
    /// Keys of all findings: what only stops requests while nobody is healthy counts as well.
    findings: BTreeSet<String>,
}

impl Goal {
    fn new((end, after): (&Deployment, &Examination)) -> Goal {
        Goal { faults: faults_of_all(after, end), findings: keys(after).collect() }
    }

    fn is_met(&self, examination: &Examination, deployment: &Deployment) -> bool {
        keys(examination).all(|key| self.findings.contains(&key)) && faults_of_all(examination, deployment).is_subset(&self.faults)
    }
}

fn faults_of_all(examination: &Examination, deployment: &Deployment) -> BTreeSet<(usize, String)> {
    let of = |request| faults(examination, deployment, request).into_iter().map(move |finding| (request, finding.key()));
    (0..deployment.requests().len()).flat_map(of).collect()
}

fn keys(examination: &Examination) -> impl Iterator<Item = String> {
    examination.findings().map(|(_, finding)| finding).filter(|finding| finding.severity > Severity::Info).map(Finding::key)
}

/// The steps with what is expected after each, if they lead to the goal, and each mends what is there to be mended.
fn walked(
    checks: &[&'static dyn Check],
    (start, found): (&Deployment, &Examination),
    mut steps: Vec<PlanStep>,
    goal: &Goal,
) -> Option<Vec<PlanStep>> {
    let mut facts = start.facts().clone();
    let mut stations = Vec::new();
    for step in &steps {
        facts = apply(&facts, &step.finding.fixes.get(step.fix)?.change).ok()?.0;
        stations.push(Deployment::new(facts.clone(), start.requests().to_vec()));
    }
    let (end, before) = stations.split_last()?;
    let last = examine(checks, end);
    if !goal.is_met(&last, end) {
        return None;
    }
    // Only a way that leads there is worth a look at its stations.
    let mut examinations: Vec<Examination> = before.iter().map(|station| examine(checks, station)).collect();
    examinations.push(last);
    let seen = std::iter::once(found).chain(&examinations);
    let there = |(step, seen): (&PlanStep, &Examination)| seen.findings().any(|(_, finding)| finding.key() == step.finding.key());
    if !steps.iter().zip(seen).all(there) {
        return None;
    }
    for ((step, station), examination) in steps.iter_mut().zip(&stations).zip(&examinations) {
        step.predicted_after = predict(examination, &journey::resolve(station, step.request));
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;
    use crate::model::request::Request;
    use crate::prove::{stories, tell};
    use serde_json::json;

    /// A story with another one told on top, or with further changes.
    fn told(check: &str, name: &str, more: &[Value]) -> Deployment {
        let mut story = stories(check).into_iter().find(|(other, _)| other == name).expect("the story is there").1;
        story.patch.extend(more.iter().cloned());
        tell(name, &story)
    }

    fn patch(check: &str, name: &str) -> Vec<Value> {
        stories(check).into_iter().find(|(other, _)| other == name).expect("the story is there").1.patch
    }

    fn mended(deployment: &Deployment) -> Vec<(usize, &'static str)> {
        plan(CHECKS, deployment).into_iter().map(|step| (step.request, step.finding.check)).collect()
    }

    #[test]
    fn a_plan_covers_every_request_and_makes_each_fix_once() {
        let only_health = json!({"op": "replace", "path": "/routes/known/rte0001/key", "value": "ANY /health"});
        let facts = told("secure-server-name-missing", "blank.json", &[only_health]).facts().clone();
        let asked = |paths: &[&str]| Deployment::new(facts.clone(), paths.iter().map(|path| Request::get(path)).collect());
        assert_eq!(mended(&asked(&["/health", "/orders"])), [(0, "secure-server-name-missing"), (1, "route-missing")]);
        assert_eq!(mended(&asked(&["/orders", "/health"])), [(0, "route-missing"), (0, "secure-server-name-missing")]);
        assert_eq!(mended(&asked(&["/health"])), [(0, "secure-server-name-missing")]);
    }

    #[test]
    fn a_fix_may_lead_to_another_fault_that_the_plan_mends() {
        let both = told("uri-wrong-listener", "the-other-application.json", &patch("nacl-link-out", "other-port.json"));
        // Opening the port of the wrong listener first would be needless.
        assert_eq!(mended(&both), [(0, "uri-wrong-listener"), (0, "nacl-link-out")]);
        assert!(plan(CHECKS, &both).iter().all(|step| step.verified));
    }

    #[test]
    fn a_fix_that_leads_to_a_fault_that_nothing_mends_is_not_made() {
        let gone = [
            json!({"op": "replace", "path": "/services/known/{service}/status", "value": "DRAINING"}),
            json!({"op": "replace", "path": "/target_health/{target-group}/known", "value": []}),
        ];
        assert_eq!(mended(&told("uri-wrong-listener", "the-other-application.json", &gone)), []);
    }

    #[test]
    fn a_copy_may_have_what_the_original_had() {
        let http2 = json!({"op": "replace", "path": "/target_groups/{target-group}/known/protocol_version", "value": "HTTP2"});
        let both = told("target-type-instance-awsvpc", "nothing-registered.json", &[http2]);
        let mended: BTreeSet<&str> = plan(CHECKS, &both).iter().map(|step| step.finding.check).collect();
        assert_eq!(mended, BTreeSet::from(["target-type-instance-awsvpc", "tg-protocol-version"]));
    }
}
