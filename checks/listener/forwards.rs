//! Forward actions of a listener and its rules: which groups, with which weights, and how to change that.

use super::new_rule::console;
use crate::check::Phase;
use crate::finding::{Effect, ExpectedAnswer, Fix, Risk};
use crate::model::balancing::{Action, Listener, Rule, WeightedTargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::model::walk::Walk;
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

/// A forward action and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forward<'a> {
    /// The listener.
    pub(super) listener: &'a Listener,
    /// The rule; `None`: the listener's default action.
    pub(super) rule: Option<&'a Rule>,
    /// Its groups with their weights.
    pub(super) groups: &'a [WeightedTargetGroup],
    /// Its place among the actions, and how many there are.
    place: (usize, usize),
}

/// Every forward action of the listeners that integrations name.
pub(super) fn forwards(deployment: &Deployment) -> Walk<Forward<'_>> {
    deployment.used_listeners().then_many(|listener| {
        let rules = deployment.rules(listener)?;
        let of_rules = rules.into_iter().map(|rule| (Some(rule), rule.actions.as_slice()));
        let places = of_rules.chain([(None, listener.default_actions.as_slice())]);
        Ok(places.flat_map(|(rule, actions)| among(listener, rule, actions)).collect())
    })
}

fn among<'a>(listener: &'a Listener, rule: Option<&'a Rule>, actions: &'a [Action]) -> Vec<Forward<'a>> {
    let forward = |(index, action): (usize, &'a Action)| match action {
        Action::Forward { target_groups } => Some(Forward { listener, rule, groups: target_groups, place: (index, actions.len()) }),
        Action::FixedResponse { .. } | Action::Redirect { .. } | Action::Authenticate { .. } | Action::Unknown { .. } => None,
    };
    actions.iter().enumerate().filter_map(forward).collect()
}

impl<'a> Forward<'a> {
    /// The groups that get requests.
    pub(super) fn weighted(&self) -> impl Iterator<Item = &'a WeightedTargetGroup> {
        self.groups.iter().filter(|group| group.weight > 0)
    }

    /// The groups that get none.
    pub(super) fn idle(&self) -> impl Iterator<Item = &'a WeightedTargetGroup> {
        self.groups.iter().filter(|group| group.weight == 0)
    }

    /// The rule, or the listener for the default action.
    pub(super) fn subject(&self) -> Subject {
        self.rule.map_or_else(|| Deployment::listener_subject(self.listener), |rule| Subject::from_arn(SubjectKind::Rule, &rule.arn))
    }

    /// `rule 10 of listener 443`.
    pub(super) fn words(&self) -> String {
        let name = match self.rule.map(|rule| rule.priority) {
            Some(Some(priority)) => format!("rule {priority}"),
            Some(None) => "a rule".to_owned(),
            None => "the default action".to_owned(),
        };
        format!("{name} of listener {}", self.listener.port)
    }

    /// Field and call that show the action.
    pub(super) fn source(&self) -> (&'static str, &'static str) {
        match self.rule {
            Some(_) => ("Actions.ForwardConfig.TargetGroups", source::DESCRIBE_RULES),
            None => ("DefaultActions.ForwardConfig.TargetGroups", source::DESCRIBE_LISTENERS),
        }
    }

    /// `orders (0), orders-green (100)`.
    pub(super) fn shown(&self) -> String {
        self.groups.iter().map(|group| format!("{} ({})", name(&group.arn), group.weight)).collect::<Vec<_>>().join(", ")
    }

    /// A fix that gives the action other groups or weights. With other actions beside it the whole list would have to be given, and parts
    /// of those (client secrets) cannot be read: then only the console is shown.
    pub(super) fn change(&self, deployment: &Deployment, title: String, wanted: &[WeightedTargetGroup]) -> Fix {
        let (index, count) = (self.place.0.to_string(), self.place.1);
        let here = deployment.facts().rules.get(&self.listener.arn).and_then(|rules| rules.value());
        let position = self.rule.and_then(|rule| here?.iter().position(|other| other.arn == rule.arn)).unwrap_or_default().to_string();
        let path = match self.rule {
            Some(_) => vec!["rules", &self.listener.arn, "known", &position, "actions", &index, "target_groups"],
            None => vec!["listeners", &self.listener.arn, "known", "default_actions", &index, "target_groups"],
        };
        let mut fix = Fix::new(title, Risk::Disruptive, vec![remedy::set(&path, json!(wanted))]);
        if count == 1 {
            let groups: Vec<_> = wanted.iter().map(|group| json!({"TargetGroupArn": group.arn, "Weight": group.weight})).collect();
            let actions = quote(&json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]).to_string());
            let command = match self.rule {
                Some(rule) => format!("elbv2 modify-rule --rule-arn {} --actions {actions}", quote(&rule.arn)),
                None => format!("elbv2 modify-listener --listener-arn {} --default-actions {actions}", quote(&self.listener.arn)),
            };
            fix = fix.cli(aws(deployment, &command));
        }
        let rule = self.rule.map_or_else(|| "Default".to_owned(), |rule| rule.priority.unwrap_or_default().to_string());
        let weights = wanted.iter().map(|group| format!("{} {}", name(&group.arn), group.weight)).collect::<Vec<_>>().join(", ");
        fix.console(format!("{} → rule {rule} → Edit → Forward to target groups: {weights}", console(self.listener)))
    }

    /// Requests that this action sends to nobody. AWS documents 503 for groups without registered targets; a Network Load Balancer
    /// has no words of its own, and what API Gateway makes of a reset is not documented.
    pub(super) fn nobody(&self) -> ExpectedAnswer {
        if matches!(self.listener.protocol.as_str(), "HTTP" | "HTTPS") {
            ExpectedAnswer::load_balancer(Some(503), Symptom::LbServiceUnavailable)
        } else {
            ExpectedAnswer::gateway(None, Symptom::GatewayServiceUnavailable).inferred()
        }
    }

    /// The effect of a group of this action that has nobody.
    pub(super) fn starves(&self, group: &WeightedTargetGroup) -> Effect {
        let effect = Effect::blocks_all(Phase::TargetConnect, Subject::from_arn(SubjectKind::TargetGroup, &group.arn), self.nobody());
        if self.rule.is_some() { effect.and_through(self.subject()) } else { effect }
    }
}

/// True when new requests can go to a target of the group.
pub(super) fn is_populated(deployment: &Deployment, group: &WeightedTargetGroup) -> Result<bool, Gap> {
    Ok(deployment.targets(&group.arn)?.iter().any(|target| !matches!(target.state.as_str(), "draining" | "unhealthy.draining")))
}

/// The name of a target group, which its ARN holds.
pub(super) fn name(arn: &str) -> &str {
    arn_tail(arn).split('/').next().unwrap_or_default()
}
