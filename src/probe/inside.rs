//! `probe --from-vpc`: the load balancer's nodes and the targets, asked directly, for a shell in the VPC.

use super::connector::look_up;
use super::{Pin, ProbeRequest, Trust, Way, ask};
use crate::asking::{Means, Watch};
use crate::cli::{CheckArgs, ProbeArgs, ProbeFormat};
use crate::error::Failure;
use crate::output;
use crate::report::inside::{InsideReport, build, text};
use crate::report::{Style, clean_value, escaped};
use crate::run::{expectation, now, read_one};
use apigw_doctor_checks::CHECKS;
use apigw_doctor_checks::answer::Attempt;
use apigw_doctor_checks::diagnose::Expectation;
use apigw_doctor_checks::examine::examine;
use apigw_doctor_checks::inside::{Asked, Inside, Kind, Place, Question, Told, plan, told};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::time::Timestamp;
use hyper::body::Bytes;
use std::net::{IpAddr, SocketAddr};
use tokio::task::JoinSet;

/// So many nodes of a load balancer are asked.
const NODES: usize = 8;

/// So many connections are made at most.
const CONNECTIONS: usize = 48;

/// So many of them at the same time.
const AT_ONCE: usize = 8;

/// One question at one address, and what its answer says.
pub(crate) struct Step {
    pub(crate) asked: Asked,
    pub(crate) told: Told,
}

/// What each answer says.
pub(crate) fn steps(deployment: &Deployment, inside: &Inside, expected: &Expectation, now: Timestamp) -> Vec<Step> {
    let examination = examine(CHECKS, deployment);
    let step = |asked: &Asked| Step { asked: asked.clone(), told: told(&examination, &asked.question, &asked.attempt, expected, now) };
    inside.asked.iter().map(step).collect()
}

/// Asks everything that there is to ask of a deployment from inside.
pub(crate) async fn ask_inside(deployment: &Deployment, means: &Means) -> Inside {
    let plan = plan(deployment);
    let requests = requests(&plan.questions, means).await;
    let mut not_asked = plan.not_asked;
    if requests.len() > CONNECTIONS {
        not_asked.push(format!("{} more connections: {CONNECTIONS} are enough", requests.len() - CONNECTIONS));
    }
    let kept: Vec<(usize, Option<SocketAddr>, ProbeRequest)> = requests.into_iter().take(CONNECTIONS).collect();
    let attempts = ask_all(&kept).await;
    let asked = |((question, address, _), attempt): (&(usize, Option<SocketAddr>, ProbeRequest), Attempt)| Asked {
        question: plan.questions[*question].clone(),
        address: *address,
        attempt,
    };
    Inside { asked: kept.iter().zip(attempts).map(asked).collect(), not_asked }
}

/// Asks from inside. Exit code 0: everything answers as it should; 1: not; 4: nothing could be asked.
pub(crate) async fn run(args: ProbeArgs, style: Style) -> Result<u8, Failure> {
    let means = Means::read(&args.ask)?;
    let api = args.from_vpc.clone().flatten();
    if api.is_none() && args.from_capture.is_none() {
        return Err(Failure::usage("--from-vpc: which API? Name one, or a capture with --from-capture"));
    }
    let (ask_args, format) = (&args.ask, args.format);
    let (watch, expected) = (Watch::of(ask_args), expectation(ask_args));
    let read = read_one(CheckArgs::reading(api, args.from_capture.clone(), args.request(), args.aws.clone())).await?;
    let deployment = Deployment::new(read.facts, read.requests);
    loop {
        let inside = ask_inside(&deployment, &means).await;
        let steps = steps(&deployment, &inside, &expected, now());
        let report = build(&deployment, &steps, &inside.not_asked);
        let state = steps.iter().find(|step| !step.told.good).map_or_else(String::new, |step| step.told.text.clone());
        if watch.again(report.exit_code == crate::report::gate::OK, &state).await? {
            continue;
        }
        output::print_all(&printed(&report, format, style))?;
        return Ok(report.exit_code);
    }
}

/// Each question at each address that it is for.
async fn requests(questions: &[Question], means: &Means) -> Vec<(usize, Option<SocketAddr>, ProbeRequest)> {
    let mut requests = Vec::new();
    for (index, question) in questions.iter().enumerate() {
        let (Place::Nodes(host) | Place::Address(host)) = &question.place;
        // Where the name has no address, the attempt itself says so.
        let found = look_up(host, question.port, &means.way).await.unwrap_or_default();
        if found.is_empty() {
            requests.push((index, None, request(question, host, None, means)));
        }
        for address in found.into_iter().take(NODES) {
            requests.push((index, Some(address), request(question, &question.name, Some(address.ip()), means)));
        }
    }
    requests
}

fn request(question: &Question, host: &str, address: Option<IpAddr>, means: &Means) -> ProbeRequest {
    let scheme = if question.tls { "https" } else { "http" };
    let in_url = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let mut headers = vec![("host".to_owned(), question.host.clone())];
    // What the user sends may be credentials: it goes to the listener only, over TLS and after its certificate was verified.
    if let Kind::Session { .. } = question.kind {
        headers.extend(means.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")).cloned());
    }
    let pins = address.map(|address| Pin { host: host.to_owned(), port: question.port, address });
    // A load balancer does not verify the certificates of its targets.
    // <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>
    let trust = if matches!(question.kind, Kind::Session { .. }) { Trust::Public } else { Trust::Anybody };
    ProbeRequest {
        method: question.method.clone(),
        path: question.path.clone(),
        stage: String::new(),
        url: format!("{scheme}://{in_url}:{}{}", question.port, question.path),
        headers,
        body: Bytes::new(),
        asked: Some(question.asked.clone()),
        way: Way { pins: pins.into_iter().collect(), trust, ..means.way.clone() },
    }
}

/// Asks all of them, some at the same time; the answers are in the order of the questions.
async fn ask_all(requests: &[(usize, Option<SocketAddr>, ProbeRequest)]) -> Vec<Attempt> {
    let mut attempts: Vec<(usize, Attempt)> = Vec::new();
    for (part, chunk) in requests.chunks(AT_ONCE).enumerate() {
        let mut asking = JoinSet::new();
        for (index, (_, _, request)) in chunk.iter().enumerate() {
            let request = request.clone();
            asking.spawn(async move { (part * AT_ONCE + index, ask(&request).await) });
        }
        attempts.extend(asking.join_all().await);
    }
    attempts.sort_by_key(|(index, _)| *index);
    attempts.into_iter().map(|(_, attempt)| attempt).collect()
}

fn printed(report: &InsideReport, format: ProbeFormat, style: Style) -> String {
    match format {
        ProbeFormat::Text => text(&clean_value::<InsideReport>(report), style),
        ProbeFormat::Json => {
            let json = serde_json::to_string_pretty(report).expect("a report has only string keys");
            format!("{}\n", escaped(&json))
        }
    }
}
