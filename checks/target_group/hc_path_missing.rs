//! The health check asks for a path that the application does not have, while another one is known.

use super::hc_code_mismatch::{ask_for, codes};
use super::health::{Failing, failing, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Severity};
use crate::journey;
use crate::listener::asked::asked;
use crate::model::balancing::{Listener, TargetGroup, Transform};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::mapping::MappedPath;
use crate::source;
use crate::symptom::Symptom;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "hc-path-missing",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "the health check asks for a path that the application does not have",
    phase: None, // the target answers, so requests get through: the load balancer fails open
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth, Part::Stages],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Services],
    symptoms: &[Symptom::TargetAnswer],
    refines: &["hc-code-mismatch", "tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("hc_path_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct HcPathMissing;

impl Check for HcPathMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            let failing = failing(deployment.targets(&group.arn)?, "Target.ResponseCodeMismatch");
            let Some(failing) = failing.filter(|failing| codes(&failing.targets) == BTreeSet::from([404])) else {
                out.fine(subject(group), format!("no health check of target group {} gets a 404", group.name));
                return Ok(());
            };
            let path = group.health_check.path.as_deref().unwrap_or("/");
            match another(deployment, out, group, path)? {
                Some(other) => out.found(finding(deployment, group, &failing, path, &other)),
                // Which path the application has is not known: hc-code-mismatch says what it is.
                None => out.fine(subject(group), format!("no other path than {path} of target group {} is known", group.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// A path that is known to be meant for this group: of a request that was asked about, or of a route that is named like a health check.
struct Another {
    path: String,
    subject: Subject,
    field: &'static str,
    source: &'static str,
}

fn another(deployment: &Deployment, out: &mut Outcome, group: &TargetGroup, path: &str) -> Result<Option<Another>, Gap> {
    let arriving = asked(deployment);
    out.gaps.extend(arriving.gaps);
    for asked in arriving.items.iter().filter(|asked| asked.arrival.method == "GET") {
        let MappedPath::Known(arrives) = &asked.arrival.path else { continue };
        let stations = journey::resolve(deployment, asked.index).stations;
        if arrives != path && stations.iter().any(|station| station.subject == subject(group)) && !rewrites(deployment, asked.listener)? {
            let subject = Subject::request(&asked.request.method, asked.request.bare_path());
            return Ok(Some(Another { path: arrives.clone(), subject, field: "path", source: source::REQUEST }));
        }
    }
    named_route(deployment, group, path)
}

/// True when a rule of the listener lets the target see another path than the one that arrived.
fn rewrites(deployment: &Deployment, listener: &Listener) -> Result<bool, Gap> {
    let rules = deployment.rules(listener)?;
    Ok(rules.iter().flat_map(|rule| &rule.transforms).any(|transform| !matches!(transform, Transform::HostHeaderRewrite { .. })))
}

/// A route for one path with a name that people give to health checks, handed on as it stands.
fn named_route(deployment: &Deployment, group: &TargetGroup, path: &str) -> Result<Option<Another>, Gap> {
    const NAMES: &[&str] = &["health", "healthz", "healthcheck", "health-check", "ping", "ready", "readyz", "live", "livez"];
    for route in deployment.routes()?.values() {
        let Some((method, asks)) = route.key.split_once(' ') else { continue };
        let named = asks.rsplit('/').next().is_some_and(|last| NAMES.contains(&last));
        if asks == path || asks.contains('{') || !named || !matches!(method, "GET" | "ANY") {
            continue;
        }
        let Some(integration) = route.integration_id().and_then(|id| deployment.integrations().ok()?.get(id)) else { continue };
        let handed_on = integration.is_private() && integration.mapping("overwrite:path") == Some("$request.path");
        let Some(listener) = deployment.listener_of(integration)?.filter(|_| handed_on) else { continue };
        if deployment.target_group_arns_of(listener)?.contains(group.arn.as_str()) && !rewrites(deployment, listener)? {
            let subject = Subject::new(SubjectKind::Route, &route.key);
            return Ok(Some(Another { path: asks.to_owned(), subject, field: "RouteKey", source: source::GET_ROUTES }));
        }
    }
    Ok(None)
}

fn finding(deployment: &Deployment, group: &TargetGroup, failing: &Failing<'_>, path: &str, other: &Another) -> Finding {
    let summary = format!(
        "the health check of target group {} asks {} for {path}, which is not found; the API asks for {}",
        group.name,
        failing.who(),
        other.path
    );
    // That the path is not found is a fact; that the other one would be is likely.
    let finding = Finding::new(&META, subject(group), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject(group), "HealthCheckPath", path, source::DESCRIBE_TARGET_GROUPS).expected(other.path.as_str()))
        .evidence(Evidence::found(other.subject.clone(), other.field, other.path.as_str(), other.source))
        .effect(Effect::weakens(Phase::Target, subject(group)));
    failing.evidence(finding).fix(ask_for(deployment, group, &other.path, path))
}
