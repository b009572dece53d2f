//! The load balancer's web ACL blocks requests.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::firewall::{WebAcl, WebAclRule};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "waf-blocks",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer's web ACL blocks every request",
    phase: Some(Phase::Http),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::LoadBalancers, Part::WebAcls, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::LbForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("waf_blocks.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct WafBlocks;

impl Check for WafBlocks {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.reading_load_balancers(), |out, lb| {
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            let Some(acl) = deployment.web_acl(&lb.arn)? else {
                out.fine(subject, format!("load balancer {} has no web ACL", lb.name));
                return Ok(());
            };
            match judge(acl) {
                Says::Nothing => out.fine(subject, format!("no rule of web ACL {} can block, and its default is to allow", acl.name)),
                Says::Never => out.found(finding(deployment, lb, acl, subject)),
                Says::Depends => {
                    let what = format!("which requests web ACL {} blocks depends on statements that are not read", acl.name);
                    return Err(Gap::undecided(Part::WebAcls, what));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// What a web ACL says to requests, as far as that can be told without its statements.
enum Says {
    /// It blocks nothing.
    Nothing,
    /// It lets nothing through.
    Never,
    /// Some it blocks, some it does not.
    Depends,
}

/// A rule group brings actions of its own, and so may do either.
fn judge(acl: &WebAcl) -> Says {
    let action = |rule: &WebAclRule, actions: &[&str]| rule.action.as_deref().is_none_or(|action| actions.contains(&action));
    let any = |actions: &[&str]| acl.rules.iter().any(|rule| action(rule, actions));
    match acl.blocks_by_default {
        true if !any(&["allow", "captcha", "challenge"]) => Says::Never,
        false if !any(&["block", "captcha", "challenge"]) => Says::Nothing,
        true | false => Says::Depends,
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, acl: &WebAcl, subject: Subject) -> Finding {
    let answer = ExpectedAnswer::load_balancer(Some(403), Symptom::LbForbidden);
    let summary = format!("web ACL {} of load balancer {} blocks by default, and no rule of it allows anything", acl.name, lb.name);
    Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject.clone(), "DefaultAction", "Block", source::GET_WEB_ACL_FOR_RESOURCE)
                .expected("Allow, or a rule that allows"),
        )
        .evidence(Evidence::found(subject.clone(), "WebACLArn", &acl.arn, source::GET_WEB_ACL_FOR_RESOURCE))
        .effect(Effect::blocks_all(Phase::Http, subject, answer))
        .fix(allow_by_default(deployment, lb, acl))
        .fix(take_off(deployment, lb, acl))
}

/// `update-web-acl` wants the whole web ACL and a lock token: the console is the shorter way.
fn allow_by_default(deployment: &Deployment, lb: &LoadBalancer, acl: &WebAcl) -> Fix {
    let change = vec![remedy::set(&["web_acls", &lb.arn, "known", "blocks_by_default"], json!(false))];
    let arn = quote(&lb.arn);
    Fix::new(format!("let web ACL {} allow by default, or add a rule that allows the API's requests", acl.name), Risk::Disruptive, change)
        .cli(aws(deployment, &format!("wafv2 get-web-acl-for-resource --resource-arn {arn}")))
        .console(format!("WAF & Shield: Web ACLs → {} → Rules → Default web ACL action → Edit → Allow", acl.name))
}

fn take_off(deployment: &Deployment, lb: &LoadBalancer, acl: &WebAcl) -> Fix {
    let change = vec![remedy::set(&["web_acls", &lb.arn, "known"], json!(null))];
    let title = format!("or take web ACL {} off the load balancer, if nobody else is meant to be kept out", acl.name);
    Fix::new(title, Risk::Disruptive, change)
        .cli(aws(deployment, &format!("wafv2 disassociate-web-acl --resource-arn {}", quote(&lb.arn))))
        .console(format!("EC2: Load balancers → {} → Integrations → AWS WAF", lb.name))
}
