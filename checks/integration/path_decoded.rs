//! The request carries an escaped character in a path variable, and API Gateway decodes it on the way.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Affects, Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::routes::{self, RouteMatch};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "path-decoded",
    hop: Hop::Integration,
    severity: Severity::Info,
    title: "escaped characters in a path variable are decoded on the way",
    phase: Some(Phase::Target),
    needs: &[Part::Routes],
    optional: &[],
    symptoms: &[Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("path_decoded.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct PathDecoded;

impl Check for PathDecoded {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for (index, request) in deployment.requests().iter().enumerate() {
            let Some(route) = routes::select(all, &request.method, request.bare_path()).chosen else { continue }; // route-missing speaks
            match route.variables.iter().find_map(|(name, value)| changing(value).map(|escape| (name.as_str(), escape))) {
                Some((name, escape)) => out.found(finding(index, request, &route, name, escape)),
                None => {
                    let words = format!("{} {} carries no escaped separator in a path variable", request.method, request.bare_path());
                    out.fine(Subject::new(SubjectKind::Route, &route.route.key), words);
                }
            }
        }
        Ok(())
    }
}

/// The first escape that makes another path when it is decoded: a slash, a question mark, a number sign, a percent sign.
fn changing(value: &str) -> Option<&str> {
    let at = |(at, _): (usize, &str)| value.get(at..at + 3);
    let changes = |escape: &&str| ["%2F", "%3F", "%23", "%25"].iter().any(|known| known.eq_ignore_ascii_case(escape));
    value.match_indices('%').filter_map(at).find(changes)
}

fn finding(index: usize, request: &Request, route: &RouteMatch<'_>, name: &str, escape: &str) -> Finding {
    let path = request.bare_path();
    let subject = Subject::request(&request.method, path);
    let at = Subject::new(SubjectKind::Route, &route.route.key);
    let summary = format!("{} {path} has {escape} in the path variable {name}, which API Gateway decodes", request.method);
    let shorter: String = path.chars().take(200).collect();
    let effect = Effect { affects: Affects::Request(index), phase: Phase::Target, blocks: Blocks::None, answer: ExpectedAnswer::target() };
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "path", shorter, source::REQUEST).expected("no escaped separators in a path"))
        .evidence(Evidence::found(at, "RouteKey", &route.route.key, source::GET_ROUTES))
        .effect(effect)
        .fix(
            Fix::new("carry the value where decoding does not matter", Risk::Safe, Vec::new())
                .console("In the client: put the value into the query string or the body, or encode it so that it needs no % (base64url)"),
        )
}
