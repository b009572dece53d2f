//! A rule takes only requests from certain addresses, and the load balancer sees those of the VPC link, never the client's.

use super::asked::{Asked, Landing, asked};
use super::missed::{Missed, missed};
use super::new_rule::{change_conditions, drop_conditions, room};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Evidence, Finding, Fix, Severity};
use crate::model::balancing::{Condition, Rule};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use ipnet::IpNet;

static META: Meta = Meta {
    id: "rule-source-ip",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the rule is for other source addresses than those of the VPC link",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbFixedResponse],
    refines: &["default-action-fixed-response"],
    since: "0.1.0",
    page: include_str!("rule_source_ip.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RuleSourceIp;

impl Check for RuleSourceIp {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let landing = asked.landing(deployment)?;
            if let Some((missed, outside)) = some_outside(&landing) {
                out.found(finding(deployment, &asked, &missed, &outside, Blocks::Some));
            } else if let Some(missed) = missed(out, &asked, &landing, is_source, "source address")? {
                out.found(finding(deployment, &asked, &missed, landing.sources(), Blocks::All));
            }
            Ok(())
        });
        Ok(())
    }
}

fn is_source(condition: &Condition) -> bool {
    matches!(condition, Condition::SourceIp { .. })
}

/// The link has several addresses, and the rule takes some of them: requests from the others are left to the default action.
fn some_outside<'a>(landing: &Landing<'a>) -> Option<(Missed<'a>, Vec<IpNet>)> {
    let refusal = landing.refusal()?;
    let [first, last] = landing.evaluation.candidates.as_slice() else { return None };
    let rule = first.rule.filter(|_| last.rule.is_none())?;
    let outside = landing.left_outside(rule);
    (!outside.is_empty()).then_some((Missed { rule, others: 0, refusal }, outside))
}

fn values(rule: &Rule) -> Vec<String> {
    let of = |condition: &Condition| match condition {
        Condition::SourceIp { values } => values.clone(),
        _ => Vec::new(),
    };
    rule.conditions.iter().flat_map(of).collect()
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, missed: &Missed<'_>, outside: &[IpNet], blocks: Blocks) -> Finding {
    let wanted = values(missed.rule).join(", ");
    let shown = outside.iter().map(|source| source.to_string().trim_end_matches("/32").to_owned()).collect::<Vec<_>>().join(", ");
    let some = if blocks == Blocks::Some { "some requests come" } else { "requests come" };
    let summary = format!("{} is for the sources {wanted}, and {some} from the VPC link's {shown}", missed.words(asked));
    let link = Subject::new(SubjectKind::VpcLink, asked.integration.connection_id.as_deref().unwrap_or_default());
    let mut finding = missed
        .finding(&META, asked, summary)
        // A link connects through all of its interfaces, but how requests are spread over them is not documented.
        .confidence(if blocks == Blocks::All { Confidence::Certain } else { Confidence::Likely })
        .evidence(Evidence::found(missed.subject(), "Conditions.source-ip", wanted, source::DESCRIBE_RULES))
        .evidence(if outside.iter().all(|source| source.prefix_len() == source.max_prefix_len()) {
            Evidence::found(link, "PrivateIpAddresses", shown, source::DESCRIBE_NETWORK_INTERFACES)
        } else {
            Evidence::found(link, "CidrBlock of its subnets", shown, source::DESCRIBE_SUBNETS)
        });
    if let Some(effect) = &mut finding.effect {
        effect.blocks = blocks;
    }
    let drop = drop_conditions(deployment, asked.listener, missed.rule, is_source, "take the rule's source condition away");
    admit(deployment, asked, missed.rule).into_iter().chain([drop]).fold(finding, Finding::fix)
}

/// The blocks of the link's subnets, beside the given ones if there is room for them, else in their place.
fn admit(deployment: &Deployment, asked: &Asked<'_>, rule: &Rule) -> Option<Fix> {
    let link = deployment.vpc_link(asked.integration.connection_id.as_deref()?).ok()??;
    let subnets = deployment.link_subnets(link).ok()?;
    let mut blocks: Vec<String> =
        subnets.iter().flat_map(|subnet| &subnet.cidrs).filter(|block| matches!(block, IpNet::V4(_))).map(ToString::to_string).collect();
    blocks.retain(|block| !values(rule).contains(block));
    let free = room(rule);
    if blocks.is_empty() || blocks.len() > free + values(rule).len() {
        return None;
    }
    let wanted = if blocks.len() <= free { [values(rule), blocks.clone()].concat() } else { blocks.clone() };
    let mut conditions = rule.conditions.clone();
    for condition in conditions.iter_mut().filter(|condition| is_source(condition)) {
        *condition = Condition::SourceIp { values: wanted.clone() };
    }
    let title = format!("let the rule take the VPC link's subnets {}", blocks.join(", "));
    Some(change_conditions(deployment, asked.listener, rule, &conditions, title))
}
