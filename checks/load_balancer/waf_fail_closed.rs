//! While AWS WAF cannot be asked, the load balancer answers 500 to everybody.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::listener::asked::asked;
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::firewall::WebAcl;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

/// The attribute that lets requests through unasked.
pub(crate) const FAIL_OPEN: &str = "waf.fail_open.enabled";

static META: Meta = Meta {
    id: "waf-fail-closed",
    hop: Hop::LoadBalancer,
    severity: Severity::Info,
    title: "while AWS WAF cannot be asked, the load balancer answers 500",
    phase: None, // AWS WAF answers nearly always
    needs: &[
        Part::Stages,
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::LoadBalancerAttributes,
        Part::WebAcls,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[],
    symptoms: &[Symptom::LbInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("waf_fail_closed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct WafFailClosed;

impl Check for WafFailClosed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        // AWS's default, and often meant: a remark, where a request that was asked about comes by.
        let arriving = asked(deployment).unique_by(|asked| &asked.listener.load_balancer_arn);
        out.over(arriving, |out, asked| {
            let Some(lb) = deployment.load_balancer(&asked.listener.load_balancer_arn)? else { return Ok(()) };
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            let Some(acl) = deployment.web_acl(&lb.arn)? else {
                out.fine(subject, format!("load balancer {} has no web ACL", lb.name));
                return Ok(());
            };
            let value = deployment.load_balancer_attributes(&lb.arn)?.get(FAIL_OPEN).map_or("false", String::as_str);
            if value == "true" {
                out.fine(subject, format!("load balancer {} lets requests through while AWS WAF cannot be asked", lb.name));
            } else {
                out.found(finding(deployment, lb, acl, subject, value));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, acl: &WebAcl, subject: Subject, value: &str) -> Finding {
    let summary = format!("load balancer {} answers 500 while web ACL {} cannot be asked", lb.name, acl.name);
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), FAIL_OPEN, value, source::DESCRIBE_LOAD_BALANCER_ATTRIBUTES))
        .evidence(Evidence::found(subject.clone(), "WebACLArn", &acl.arn, source::GET_WEB_ACL_FOR_RESOURCE))
        .effect(Effect::weakens(Phase::Http, subject))
        .fix(open(deployment, lb))
}

fn open(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let change = vec![remedy::set(&["load_balancer_attributes", &lb.arn, "known", FAIL_OPEN], json!("true"))];
    let arguments = format!("--load-balancer-arn {} --attributes Key={FAIL_OPEN},Value=true", quote(&lb.arn));
    let title = "if being reachable counts for more than being guarded: let requests through while AWS WAF cannot be asked";
    Fix::new(title, Risk::Disruptive, change)
        .cli(aws(deployment, &format!("elbv2 modify-load-balancer-attributes {arguments}")))
        .console(format!("EC2: Load balancers → {} → Attributes → Edit → WAF fail open", lb.name))
}
