//! A fix is proved: its patch is applied to the model, everything is examined again, and only then it may be called verified.

use crate::check::Check;
use crate::examine::{Examination, examine};
use crate::finding::{Blocks, Finding, Fix, Severity};
use crate::journey::{self, Journey};
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::facts::{Facts, pointer};
use crate::model::fetched::Fetched;
use crate::predict::{Predicted, Prediction, predict};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Parts of the facts that are observations: a fix never writes them.
const OBSERVATIONS: &[&str] =
    &["target_health", "still_registered", "tasks", "cloud_map_instances", "collected_at", "region", "account", "api_id"];

/// Parts of API Gateway: changing them leaves the health of targets and the counts of services as observed.
const GATEWAY_PARTS: &[&str] = &[
    "api",
    "stages",
    "deployed_definitions",
    "routes",
    "integrations",
    "authorizers",
    "lambda_policies",
    "domains",
    "api_mappings",
    "routing_rules",
    "vpc_links",
    "certificates",
    "listener_certificates",
    "log_groups",
    "service_linked_roles",
];

/// What came of applying a fix to the model.
#[derive(Debug)]
pub struct Proof {
    /// The finding is gone, nothing else broke, and the prediction moved on.
    pub verified: bool,
    /// Health and counts were voided by the change: they have to be observed again.
    pub health_again: bool,
    /// What is expected for each request afterwards.
    pub predictions: Vec<Prediction>,
    /// Why it is not verified.
    pub objection: Option<String>,
    /// Keys of faults on the way on which the fix sends requests that were stopped anyway, if they are the only objection: it breaks
    /// nothing, and is worth making where these are mended, too.
    pub leads_to: Vec<String>,
    /// The deployment after the fix, and all that is found there.
    pub after: Option<(Deployment, Examination)>,
}

/// Applies a patch to the facts; observations that the change makes void become "not asked".
pub fn apply(facts: &Facts, change: &[Value]) -> Result<(Facts, bool), String> {
    let mut document = serde_json::to_value(facts).map_err(|error| error.to_string())?;
    for operation in change {
        let path = operation["path"].as_str().unwrap_or_default();
        let part = path.split('/').nth(1).unwrap_or_default();
        if OBSERVATIONS.contains(&part) {
            return Err(format!("{path} is an observation, not configuration"));
        }
    }
    let patch: json_patch::Patch = serde_json::from_value(Value::Array(change.to_vec())).map_err(|error| error.to_string())?;
    json_patch::patch(&mut document, &patch).map_err(|error| error.to_string())?;
    let mut after: Facts = serde_json::from_value(document).map_err(|error| error.to_string())?;
    let voids = change.iter().any(|operation| {
        let part = operation["path"].as_str().unwrap_or_default().split('/').nth(1).unwrap_or_default();
        !GATEWAY_PARTS.contains(&part)
    });
    if voids {
        void_health(&mut after, change.iter().any(registers));
    }
    if change.iter().any(definition_path) {
        // Every fix of the definition ends with a deployment where the stage needs one: what is saved is then served.
        after.deployed_definitions.clear();
    }
    Ok((after, voids))
}

/// True for a change of what `ExportApi` exports.
fn definition_path(operation: &Value) -> bool {
    let part = operation["path"].as_str().unwrap_or_default().split('/').nth(1);
    matches!(part, Some("routes" | "integrations"))
}

/// True for a change after which other targets may be registered than before.
fn registers(operation: &Value) -> bool {
    let part = operation["path"].as_str().unwrap_or_default().split('/').nth(1);
    matches!(part, Some("services" | "task_definitions" | "scalable_targets" | "target_groups" | "cloud_map_services"))
}

fn void_health(facts: &mut Facts, registers: bool) {
    // Which load balancer is registered in a group of type `alb` is a part of the way, not of anybody's health.
    let leads_on = |arn: &String, facts: &Facts| {
        facts.target_groups.get(arn).and_then(Fetched::value).and_then(Option::as_ref).is_some_and(|group| group.target_type == "alb")
    };
    let voided: Vec<String> = facts.target_health.keys().filter(|arn| !leads_on(arn, facts)).cloned().collect();
    if registers {
        facts.still_registered.clear();
    }
    for arn in voided {
        let before = facts.target_health.insert(arn.clone(), Fetched::NotAsked);
        if let Some(Fetched::Known(targets)) = before.filter(|_| !registers) {
            facts.still_registered.insert(arn, targets);
        }
    }
    facts.tasks.values_mut().for_each(|tasks| *tasks = Fetched::NotAsked);
    facts.cloud_map_instances.values_mut().for_each(|instances| *instances = Fetched::NotAsked);
    if let Fetched::Known(services) = &mut facts.services {
        services.values_mut().for_each(|service| service.state = Fetched::NotAsked);
    }
}

/// Applies one fix of a finding and looks at everything again.
pub fn prove(checks: &[&'static dyn Check], deployment: &Deployment, before: &Examination, finding: &Finding, fix: &Fix) -> Proof {
    let failed = |objection: String| Proof {
        verified: false,
        health_again: false,
        predictions: Vec::new(),
        objection: Some(objection),
        leads_to: Vec::new(),
        after: None,
    };
    let (facts, health_again) = match apply(deployment.facts(), &fix.change) {
        Ok(applied) => applied,
        Err(error) => return failed(format!("the change does not fit the deployment: {error}")),
    };
    let patched = Deployment::new(facts, deployment.requests().to_vec());
    let after = examine(checks, &patched);
    let ways: Vec<(Journey, Journey)> =
        (0..patched.requests().len()).map(|index| (journey::resolve(deployment, index), journey::resolve(&patched, index))).collect();
    let predictions: Vec<Prediction> = ways.iter().map(|(_, journey)| predict(&after, journey)).collect();
    let own = still_there(finding, &after, &predictions);
    let news = News { mended: finding, fix, before, after: &after, ways: &ways };
    let mut leads_to = Vec::new();
    let mut brought = None;
    for new in news.stopping().filter(|new| own.is_none() && !news.inherited(new) && !news.revealed(new)) {
        if news.met_by_the_stopped(new) {
            leads_to.push(new.key());
        } else {
            brought = brought.or_else(|| Some(new.key()));
        }
    }
    if brought.is_some() {
        leads_to.clear();
    }
    let bad = own.or_else(|| brought.or_else(|| leads_to.first().cloned()).map(|key| format!("it would bring {key}")));
    Proof { verified: bad.is_none(), health_again, predictions, objection: bad, leads_to, after: Some((patched, after)) }
}

/// What keeps the fix from having mended its own finding.
fn still_there(finding: &Finding, after: &Examination, predictions: &[Prediction]) -> Option<String> {
    if after.findings().any(|(_, other)| other.key() == finding.key()) {
        return Some("the finding is still there".to_owned());
    }
    if let Some(report) = after.reports.iter().find(|report| report.crash.is_some()) {
        return Some(format!("{} crashed on the result", report.meta.id));
    }
    let made = |predicted: &Predicted| predicted.by == Some(finding.check) && predicted.key == Some(finding.key());
    let still = predictions.iter().filter_map(Prediction::single).any(made);
    still.then(|| "the predicted answer is still made by this finding".to_owned())
}

/// What is found after a fix and was not before.
struct News<'a> {
    mended: &'a Finding,
    fix: &'a Fix,
    before: &'a Examination,
    after: &'a Examination,
    /// Of each request, before and after.
    ways: &'a [(Journey, Journey)],
}

impl News<'_> {
    /// New findings that stop requests. An info that does is a refusal on purpose, not a thing that a fix broke.
    fn stopping(&self) -> impl Iterator<Item = &Finding> {
        let old: BTreeSet<String> = self.before.findings().map(|(_, other)| other.key()).collect();
        let stops =
            |other: &Finding| other.severity > Severity::Info && other.effect.as_ref().is_some_and(|effect| effect.blocks != Blocks::None);
        self.after.findings().map(|(_, other)| other).filter(move |other| stops(other) && !old.contains(&other.key()))
    }

    /// Whether the fix touches the resource of a finding.
    fn touched(&self, new: &Finding) -> bool {
        let id = pointer(&[id(new)]);
        self.fix.change.iter().any(|operation| operation["path"].as_str().is_some_and(|path| path.contains(&id)))
    }

    /// Whether it is only met by requests that the mended finding stopped before: whoever got through still does.
    fn met_by_the_stopped(&self, new: &Finding) -> bool {
        let (Some(first), Some(second)) = (&self.mended.effect, &new.effect) else { return false };
        let mut met = self.ways.iter().filter(|(_, after)| after.blocked_by(second) != Blocks::None).peekable();
        met.peek().is_some() && met.all(|(before, _)| before.blocked_by(first) == Blocks::All)
    }

    /// Whether a new finding was there all along, behind the mended one: it is met later in time, and at a resource that the fix leaves
    /// alone.
    fn revealed(&self, new: &Finding) -> bool {
        let phase = |finding: &Finding| finding.effect.as_ref().map(|effect| effect.phase);
        phase(new) > phase(self.mended) && self.met_by_the_stopped(new) && !self.touched(new)
    }

    /// Whether the fix puts a copy in the place of a resource, and the copy has a fault that the original had.
    fn inherited(&self, new: &Finding) -> bool {
        let made = |operation: &Value| {
            let mut path = operation["path"].as_str().unwrap_or_default().rsplitn(2, '/');
            operation["op"] == "add" && path.next().is_some_and(|last| pointer(&[id(new)]).ends_with(&format!("/{last}")))
        };
        let gone = |old: &Finding| !self.after.findings().any(|(_, other)| other.key() == old.key());
        let same = |old: &Finding| old.check == new.check && old.subject.kind == new.subject.kind && id(old) != id(new);
        self.fix.change.iter().any(made) && self.before.findings().any(|(_, old)| same(old) && gone(old))
    }
}

fn id(finding: &Finding) -> &str {
    finding.subject.arn.as_deref().unwrap_or(&finding.subject.id)
}

/// One operation: sets a member, existing or not.
pub fn set(segments: &[&str], value: Value) -> Value {
    json!({"op": "add", "path": pointer(segments), "value": value})
}

/// One operation: appends to a list.
pub fn append(segments: &[&str], value: Value) -> Value {
    json!({"op": "add", "path": format!("{}/-", pointer(segments)), "value": value})
}

/// One operation: removes a member.
pub fn remove(segments: &[&str]) -> Value {
    json!({"op": "remove", "path": pointer(segments)})
}

/// The change that lets a TCP port of one security group into another.
pub fn admit_group(group_id: &str, direction: &str, port: u16, peer_group: &str) -> Value {
    let rule = json!({"protocol": "tcp", "from_port": port, "to_port": port, "groups": [peer_group]});
    append(&["security_groups", "known", group_id, direction], rule)
}

/// `…/known` of a load balancer, for patches.
pub fn load_balancer_path(lb: &LoadBalancer) -> [&str; 3] {
    ["load_balancers", &lb.arn, "known"]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;
    use crate::plan::plan;
    use crate::prove::{stories, tell};

    fn founding() -> Deployment {
        let stories = stories("secure-server-name-missing");
        let (name, story) = stories.iter().find(|(name, _)| name == "blank.json").expect("the founding story");
        tell(name, story)
    }

    #[test]
    fn an_observation_is_never_written() {
        let facts = founding().facts().clone();
        let change = [json!({"op": "replace", "path": "/target_health", "value": {}})];
        assert!(apply(&facts, &change).expect_err("refused").contains("observation"));
    }

    #[test]
    fn a_change_of_the_network_voids_health_and_one_of_the_gateway_does_not() {
        let facts = founding().facts().clone();
        let (_, voided) = apply(&facts, &[admit_group("sg-lb", "ingress", 443, "sg-new")]).expect("it applies");
        assert!(voided);
        let (after, voided) = apply(&facts, &[set(&["integrations", "known", "int0001", "tls_config"], Value::Null)]).expect("it applies");
        assert!(!voided && after.target_health == facts.target_health);
    }

    #[test]
    fn the_load_balancer_in_a_group_stays_known_when_health_is_voided() {
        let facts = told("nlb-client-ip-preservation", "load-balancer-behind.json").facts().clone();
        let (after, voided) = apply(&facts, &[admit_group("sg-lb", "ingress", 443, "sg-new")]).expect("it applies");
        assert!(voided && after.target_health != facts.target_health);
        let journey = journey::resolve(&Deployment::new(after, founding().requests().to_vec()), 0);
        assert!(journey.gap.is_none(), "{journey:?}");
    }

    #[test]
    fn who_is_registered_outlasts_a_change_of_the_network_and_no_change_of_a_service() {
        let facts = founding().facts().clone();
        let group = facts.target_health.keys().next().cloned().expect("a target group");
        let registered = |facts: &Facts| Deployment::new(facts.clone(), Vec::new()).still_registered(&group).len();
        let (after, _) = apply(&facts, &[admit_group("sg-lb", "ingress", 443, "sg-new")]).expect("it applies");
        assert_eq!(registered(&after), 2);
        let service = facts.services.value().and_then(|services| services.keys().next()).cloned().expect("a service");
        let (after, _) = apply(&after, &[set(&["services", "known", &service, "desired_count"], json!(3))]).expect("it applies");
        assert_eq!(registered(&after), 0);
    }

    #[test]
    fn a_fix_that_changes_nothing_is_not_verified() {
        let deployment = founding();
        let before = examine(CHECKS, &deployment);
        let (_, finding) = before.findings().next().expect("the founding finding");
        let idle = Fix::new("do nothing", crate::finding::Risk::Safe, Vec::new());
        let proof = prove(CHECKS, &deployment, &before, finding, &idle);
        assert_eq!((proof.verified, proof.objection.as_deref()), (false, Some("the finding is still there")));
    }

    #[test]
    fn faults_in_a_row_are_mended_in_the_order_of_time() {
        let facts = founding().facts().clone();
        let closed = [json!({"op": "replace", "path": "/security_groups/known/sg-lb/ingress", "value": []})];
        let (facts, _) = apply(&facts, &closed).expect("it applies");
        let steps = plan(CHECKS, &Deployment::new(facts, founding().requests().to_vec()));
        let mended: Vec<&str> = steps.iter().map(|step| step.finding.check).collect();
        assert_eq!(mended, ["lb-sg-ingress-from-link", "secure-server-name-missing"]);
        assert!(steps.iter().all(|step| step.verified));
    }

    fn told(check: &str, name: &str) -> Deployment {
        let stories = stories(check);
        let (name, story) = stories.iter().find(|(other, _)| other == name).expect("the story is there");
        tell(name, story)
    }

    #[test]
    fn what_stood_behind_a_fault_is_the_next_step_and_no_objection() {
        let steps = plan(CHECKS, &told("greedy-misses-root", "root-of-a-stage.json"));
        let mended: Vec<&str> = steps.iter().map(|step| step.finding.check).collect();
        assert_eq!(mended, ["greedy-misses-root", "stage-prefix-forwarded"]);
    }

    #[test]
    fn a_plan_mends_the_door_and_leaves_the_guard() {
        let steps = plan(CHECKS, &told("route-needs-jwt", "and-a-closed-door.json"));
        let mended: Vec<&str> = steps.iter().map(|step| step.finding.check).collect();
        assert_eq!(mended, ["secure-server-name-missing"]);
    }

    #[test]
    fn what_a_fix_does_to_the_resource_it_changes_is_an_objection() {
        let facts = told("uri-listener-gone", "recreated.json").facts().clone();
        let (facts, _) = apply(&facts, &[set(&["integrations", "known", "int0001", "tls_config"], Value::Null)]).expect("it applies");
        let deployment = Deployment::new(facts, founding().requests().to_vec());
        let before = examine(CHECKS, &deployment);
        let (_, finding) = before.findings().find(|(meta, _)| meta.id == "uri-listener-gone").expect("the listener is gone");
        let https = founding().facts().listeners.keys().next().cloned().expect("a listener");
        let change = vec![set(&["integrations", "known", "int0001", "uri"], json!(https))];
        let proof = prove(CHECKS, &deployment, &before, finding, &Fix::new("name it", crate::finding::Risk::Safe, change));
        assert_eq!(proof.objection.as_deref(), Some("it would bring secure-server-name-missing@int0001"));
    }
}
