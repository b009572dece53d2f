//! The target group does not spread requests evenly, on purpose.

use super::health::{concerns_a_request, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use serde_json::json;
use std::collections::BTreeMap;

const STICKY: &str = "stickiness.enabled";
const STICKY_TYPE: &str = "stickiness.type";
const SLOW_START: &str = "slow_start.duration_seconds";

static META: Meta = Meta {
    id: "stickiness-or-slow-start",
    hop: Hop::TargetGroup,
    severity: Severity::Info,
    title: "the target group does not spread requests evenly",
    phase: None, // it stops nothing
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::TargetGroupAttributes,
        Part::Stages,
        Part::TargetHealth,
    ],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Services],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("stickiness_or_slow_start.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct StickinessOrSlowStart;

impl Check for StickinessOrSlowStart {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            let skews = skews(deployment.target_group_attributes(&group.arn)?);
            if !skews.is_empty() && concerns_a_request(deployment, out, group) {
                out.found(finding(deployment, group, &skews));
            } else {
                out.fine(subject(group), format!("no attribute of target group {} that concerns the request skews its share", group.name));
            }
            Ok(())
        });
        Ok(())
    }
}

/// A setting that makes shares uneven.
struct Skew {
    key: &'static str,
    value: String,
    /// The value without the effect.
    off: &'static str,
    words: String,
    /// By the source address, which is the VPC link's for everybody.
    by_source: bool,
}

fn skews(attributes: &BTreeMap<String, String>) -> Vec<Skew> {
    let mut skews = Vec::new();
    if attributes.get(STICKY).is_some_and(|value| value == "true") {
        let kind = attributes.get(STICKY_TYPE).map_or("lb_cookie", String::as_str);
        let by_source = kind.starts_with("source_ip");
        let words = match by_source {
            true => "keeps each source address at one target, and all requests come from a few addresses of the VPC link".to_owned(),
            false => format!("keeps clients that send its cookie at one target ({kind})"),
        };
        skews.push(Skew { key: STICKY, value: format!("true ({kind})"), off: "false", words, by_source });
    }
    if let Some(seconds) = attributes.get(SLOW_START).and_then(|value| value.parse::<u32>().ok()).filter(|seconds| *seconds > 0) {
        let words = format!("gives a new target its full share after {seconds} seconds only");
        skews.push(Skew { key: SLOW_START, value: seconds.to_string(), off: "0", words, by_source: false });
    }
    skews
}

fn finding(deployment: &Deployment, group: &TargetGroup, skews: &[Skew]) -> Finding {
    let words = skews.iter().map(|skew| skew.words.as_str()).collect::<Vec<_>>().join(", and ");
    let severity = if skews.iter().any(|skew| skew.by_source) { Severity::Warning } else { Severity::Info };
    let mut finding = Finding::new(&META, subject(group), format!("target group {} {words}", group.name))
        .severity(severity)
        .effect(Effect::weakens(Phase::TargetConnect, subject(group)));
    for skew in skews {
        finding = finding.evidence(Evidence::found(subject(group), skew.key, &skew.value, source::DESCRIBE_TARGET_GROUP_ATTRIBUTES));
    }
    finding.fix(spread(deployment, group, skews))
}

fn spread(deployment: &Deployment, group: &TargetGroup, skews: &[Skew]) -> Fix {
    let change = skews.iter().map(|skew| remedy::set(&["target_group_attributes", &group.arn, "known", skew.key], json!(skew.off)));
    let settings: Vec<String> = skews.iter().map(|skew| format!("Key={},Value={}", skew.key, skew.off)).collect();
    let arn = quote(&group.arn);
    let command = format!("elbv2 modify-target-group-attributes --target-group-arn {arn} --attributes {}", settings.join(" "));
    Fix::new("if requests should be spread evenly: turn it off", Risk::Disruptive, change.collect())
        .cli(aws(deployment, &command))
        .console(format!("EC2: Target groups → {} → Attributes → Edit → Target selection configuration", group.name))
}
