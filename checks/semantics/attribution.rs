//! Who wrote an answer, and what class of answer it is.
//!
//! The shape of the body decides first, because a body is hard to come by twice; then the headers, of which `server` says most. Where the
//! marks do not decide, the answer is `unknown`: an application may say anything, also API Gateway's own words.
//!
//! How sure it is follows from the marks as well: certain needs a documented one that nobody else has (`server: awselb/2.0` on the load
//! balancer's own page), a shape alone is likely, and a shape that is not quite the known one is possible.

use super::reading::{Message, Reading, Server};
use super::services;
use super::signatures::{EXPECTS_TLS, PLAIN_HTTP, Shape, Signature, is_gateway_wording, is_rest_wording};
use crate::answer::{Answer, AttemptResult, Attribution};
use crate::finding::Confidence;
use crate::symptom::{Producer, Symptom};

/// A fixed response configured on a listener: a rule's, or the default action's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedResponse {
    /// `StatusCode`.
    pub status: u16,
    /// `ContentType`.
    pub content_type: Option<String>,
    /// `MessageBody`.
    pub body: Option<String>,
}

/// Puts the result of an attempt into its class. `fixed_responses` are those configured on the listeners in use.
pub fn attribute(result: &AttemptResult, fixed_responses: &[FixedResponse]) -> Attribution {
    match result {
        AttemptResult::Answered(answer) => attribute_answer(answer, fixed_responses),
        AttemptResult::Failed { reason, .. } => {
            decide(Producer::ClientSide, reason.symptom(), Confidence::Certain, "no complete HTTP answer reached the client")
        }
        AttemptResult::NotMade { .. } => unknown("no request was made"),
    }
}

/// Puts a body without status and headers into its class, if its shape is a known one. `status` is what else is known of it.
/// Gives back the status that goes with the shape.
pub fn attribute_body(body: &str, status: Option<u16>) -> Option<(u16, Attribution)> {
    let answer = |status| Answer { status, headers: Vec::new(), body: body.to_owned(), body_truncated: false };
    let statuses = match status {
        Some(status) => vec![status],
        None => Signature::statuses_of(&Reading::of(&answer(0))),
    };
    statuses.into_iter().find_map(|status| {
        let answer = answer(status);
        let reading = Reading::of(&answer);
        let mut attribution = by_shape(&reading).filter(|_| !Signature::is_by_status(&reading))?;
        attribution.marks.extend(further_marks(&reading, &attribution).into_iter().map(str::to_owned));
        Some((status, attribution))
    })
}

fn attribute_answer(answer: &Answer, fixed_responses: &[FixedResponse]) -> Attribution {
    let reading = Reading::of(answer);
    let mut attribution = by_configuration(answer, &reading, fixed_responses)
        .or_else(|| by_service(answer))
        .or_else(|| by_shape(&reading))
        .or_else(|| by_error_type(&reading))
        .or_else(|| by_balancer_header(&reading))
        .or_else(|| by_edge_headers(&reading))
        .unwrap_or_else(|| by_elimination(&reading));
    stand_behind(&reading, &mut attribution);
    attribution.marks.extend(further_marks(&reading, &attribution).into_iter().map(str::to_owned));
    attribution
}

fn decide(producer: Producer, symptom: Symptom, confidence: Confidence, mark: &str) -> Attribution {
    Attribution { producer, symptom, confidence, marks: vec![mark.to_owned()] }
}

fn unknown(mark: &str) -> Attribution {
    decide(Producer::Unknown, Symptom::Unrecognised, Confidence::Possible, mark)
}

/// Which kind of API an answer came through, as far as it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKind {
    /// An HTTP API: `apigw-requestid` is there.
    Http,
    /// A REST API: its headers, or words that HTTP APIs do not use.
    Rest,
    /// Nothing shows it.
    Unknown,
}

/// The kind of API that an answer came through.
pub fn api_kind(answer: &Answer) -> ApiKind {
    let reading = Reading::of(answer);
    if reading.went_through_http_api() {
        ApiKind::Http
    } else if reading.went_through_rest_api() || (reading.application.is_none() && is_rest_wording(&reading)) {
        ApiKind::Rest
    } else {
        ApiKind::Unknown
    }
}

/// The answer is that of a program behind the load balancer that speaks TLS and was sent plain HTTP.
pub(crate) fn expects_tls(answer: &Answer) -> bool {
    let row = Signature::of(&Reading::of(answer));
    row.is_some_and(|row| matches!(row.shape, Shape::Words([words]) if EXPECTS_TLS.contains(words)))
}

/// What stands in front of API Gateway cannot have sent the request through it: then the CDN or proxy stands behind.
fn stand_behind(reading: &Reading<'_>, attribution: &mut Attribution) {
    if attribution.producer == Producer::EdgeInFront && reading.went_through_http_api() {
        let mark = "the request went through the HTTP API first, so the CDN or proxy that wrote this stands behind it";
        attribution.marks.push(mark.to_owned());
        (attribution.producer, attribution.symptom) = (Producer::Target, Symptom::TargetAnswer);
        attribution.confidence = Confidence::Possible;
    }
}

/// The answer is one that the listener is configured to give.
fn by_configuration(answer: &Answer, reading: &Reading<'_>, fixed_responses: &[FixedResponse]) -> Option<Attribution> {
    if reading.application.is_some() || !fixed_responses.iter().any(|fixed| equals(answer, reading, fixed)) {
        return None;
    }
    if reading.server != Server::Balancer && is_gateway_wording(reading) {
        let mark = "a fixed response of the listener has the very words that API Gateway uses: either may have answered";
        return Some(unknown(mark));
    }
    let mark = "status and body are those of a fixed response configured on the listener";
    Some(decide(Producer::LoadBalancer, Symptom::LbFixedResponse, Confidence::Certain, mark))
}

fn equals(answer: &Answer, reading: &Reading<'_>, fixed: &FixedResponse) -> bool {
    let lines = |text: &str| text.trim().replace("\r\n", "\n");
    let configured = lines(fixed.body.as_deref().unwrap_or_default());
    // Without a body to compare, the status alone proves nothing unless the load balancer signed the answer.
    let body_decides = !configured.is_empty() || reading.server == Server::Balancer;
    fixed.status == answer.status && body_decides && configured == lines(&answer.body) && types_agree(answer, fixed)
}

/// Media types agree, as far as both are known.
fn types_agree(answer: &Answer, fixed: &FixedResponse) -> bool {
    let media_type = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (answer.header("content-type"), fixed.content_type.as_deref()) {
        (Some(found), Some(configured)) => media_type(found) == media_type(configured),
        (None, _) | (_, None) => true,
    }
}

/// Another service of AWS wrote it: nobody in the chain did, and nothing shows that the request went through it.
fn by_service(answer: &Answer) -> Option<Attribution> {
    let service = services::of(answer, None)?;
    Some(unknown(&format!("the marks are those of {service}, and none shows that the request went through an API Gateway")))
}

fn by_shape(reading: &Reading<'_>) -> Option<Attribution> {
    let signature = Signature::of(reading)?;
    if matches!(signature.shape, Shape::FooterPage) && reading.is_cloudflares_or_nginx() {
        let mark = "a page with nginx's name below and the headers of Cloudflare, which is built on nginx: either may have written it";
        return Some(unknown(mark));
    }
    let (mut surest, mut mark) = (signature.surest, signature.mark);
    if matches!(signature.shape, Shape::StockPage) && reading.is_empty {
        // Whoever answers can set one header.
        (surest, mark) = (Confidence::Likely, "no body to look at, and the server header is the load balancer's");
    }
    let evidence = match signature.producer {
        Producer::ApiGateway => gateway_evidence(reading),
        Producer::LoadBalancer if reading.server == Server::Balancer => Confidence::Certain,
        Producer::LoadBalancer | Producer::Target | Producer::EdgeInFront | Producer::ClientSide | Producer::Unknown => Confidence::Likely,
    };
    Some(decide(signature.producer, signature.symptom, surest.min(evidence), mark))
}

/// A REST API names the kind of each error of its own in a header, and no integration's answer has it together with the API's id.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
fn by_error_type(reading: &Reading<'_>) -> Option<Attribution> {
    let own = reading.has("x-amzn-errortype") && reading.went_through_rest_api() && reading.application.is_none();
    let an_error = matches!(reading.status, 400..=500 | 503 | 504);
    let symptom = gateway_symptom(reading.status);
    (own && an_error)
        .then(|| decide(Producer::ApiGateway, symptom, Confidence::Likely, "a REST API names the kind of its own error in a header"))
}

/// API Gateway's class of answer for a status.
pub(crate) fn gateway_symptom(status: u16) -> Symptom {
    match status {
        401 => Symptom::GatewayUnauthorized,
        403 => Symptom::GatewayForbidden,
        404 => Symptom::GatewayNotFound,
        429 => Symptom::GatewayTooManyRequests,
        500 => Symptom::GatewayInternalError,
        503 => Symptom::GatewayServiceUnavailable,
        504 => Symptom::GatewayTimeout,
        _ => Symptom::GatewayOther,
    }
}

/// How much speaks for API Gateway beside its words. Its own errors always carry its request's id and never vary by a letter.
fn gateway_evidence(reading: &Reading<'_>) -> Confidence {
    let named = reading.went_through_http_api() || reading.went_through_rest_api();
    let exact = reading.is_exact || reading.is_empty;
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
    let challenged = reading.says("www-authenticate", "bearer") && reading.says("www-authenticate", "error_description");
    match (exact, named) {
        // The Knowledge Center says 504 of HTTP APIs, but not in which words; these are a REST API's.
        _ if reading.went_through_http_api() && is_rest_wording(reading) => Confidence::Possible,
        (true, true) if challenged => Confidence::Certain,
        (true, true) => Confidence::Likely,
        // A body alone: there is no header that could be missing.
        (true, false) if !reading.has_headers() => Confidence::Likely,
        (true, false) | (false, _) => Confidence::Possible,
    }
}

/// The load balancer signed the answer, but its body is none of the pages that it writes by itself.
fn by_balancer_header(reading: &Reading<'_>) -> Option<Attribution> {
    if reading.server != Server::Balancer {
        return None;
    }
    Some(match reading.status {
        300..400 if reading.has("location") => {
            decide(Producer::LoadBalancer, Symptom::LbRedirect, Confidence::Certain, "a redirect that the load balancer signed")
        }
        _ if reading.is_cut_page() => {
            let symptom = Signature::of_stock_page(reading.status);
            let mark = "the load balancer signed a page that begins like its own and was cut before its end";
            decide(Producer::LoadBalancer, symptom, Confidence::Likely, mark)
        }
        _ if reading.has_footer() => {
            let mark = "the load balancer signed a page that it does not write by itself";
            decide(Producer::LoadBalancer, Symptom::LbOther, Confidence::Likely, mark)
        }
        _ => decide(
            Producer::LoadBalancer,
            Symptom::LbFixedResponse,
            Confidence::Likely,
            "the load balancer signed a body that is none of its own pages: a fixed response, or a custom response of AWS WAF",
        ),
    })
}

/// Something in front answered by itself: its headers are there, and no trace of an HTTP API behind it.
fn by_edge_headers(reading: &Reading<'_>) -> Option<Attribution> {
    let edge = reading.edge()?;
    let origin_answered = reading.says("x-cache", "miss from");
    if reading.went_through_http_api() || reading.application.is_some() || origin_answered {
        return None;
    }
    let mark = format!("the headers are those of {edge}, and none shows that the request went through an HTTP API");
    let confidence = if edge == "a proxy" { Confidence::Possible } else { Confidence::Likely };
    Some(decide(Producer::EdgeInFront, Symptom::Unrecognised, confidence, &mark))
}

/// Neither API Gateway nor the load balancer writes this by itself, as far as is known.
fn by_elimination(reading: &Reading<'_>) -> Attribution {
    let target = |confidence, mark| decide(Producer::Target, Symptom::TargetAnswer, confidence, mark);
    if let Some(mark) = reading.application {
        return target(Confidence::Likely, mark);
    }
    // Through an HTTP API there is nobody else left: it has no responses of its own making, and the load balancer signs what it is told to say.
    let by_shape = if reading.went_through_http_api() { Confidence::Likely } else { Confidence::Possible };
    match reading.status {
        200..400 => target(Confidence::Likely, "neither API Gateway nor the load balancer answers like this by itself"),
        400..600 if reading.message == Some(Message::Null) => unknown("the message is null: API Gateway and applications both write this"),
        400..600 if reading.is_empty => unknown("an error without a body and without the name of a server"),
        400..600 => target(by_shape, "the body is of none of the shapes that API Gateway and the load balancer write"),
        _ => unknown("the status is none that an HTTP API, a load balancer or a target should send"),
    }
}

/// What further speaks for or against the decision, for the person who reads it.
fn further_marks(reading: &Reading<'_>, attribution: &Attribution) -> Vec<&'static str> {
    let mut marks = Vec::new();
    match attribution.producer {
        Producer::LoadBalancer => marks.extend(balancer_marks(reading, attribution.symptom)),
        Producer::Target => marks.extend(near_misses(reading, attribution.symptom)),
        Producer::ApiGateway => {
            if reading.has("x-amzn-errortype") {
                marks.push("an x-amzn-errortype header, as API Gateway's own errors have");
            }
            if reading.went_through_http_api() && is_rest_wording(reading) {
                marks.push(
                    "the words are those of REST APIs, and the request went through an HTTP API: something behind may have written them",
                );
            }
            if reading.went_through_rest_api() {
                marks.push("the headers are those of a REST API, not of an HTTP API");
            }
        }
        Producer::EdgeInFront | Producer::ClientSide | Producer::Unknown => {}
    }
    if reading.says("x-cache", "hit from cloudfront") {
        marks.push("the answer is from CloudFront's cache: it may be older than the configuration");
    } else if reading.edge().is_some() && !matches!(attribution.producer, Producer::EdgeInFront | Producer::Unknown) {
        marks.push("the answer passed through a CDN or proxy in front of API Gateway");
    }
    if reading.went_through_http_api() {
        marks.push("apigw-requestid is there: the request went through an HTTP API");
    } else if attribution.producer == Producer::ApiGateway && reading.has_headers() && !reading.went_through_rest_api() {
        marks.push("apigw-requestid is not there, although API Gateway's own errors normally carry it");
    }
    marks
}

fn balancer_marks(reading: &Reading<'_>, symptom: Symptom) -> Vec<&'static str> {
    let mut marks = Vec::new();
    match reading.server {
        Server::Balancer => marks.push("the server header is awselb"),
        Server::Absent if reading.has_headers() => marks.push("no server header: a load balancer sends none if it is told so"),
        Server::Absent | Server::Edge(_) | Server::Other => {}
    }
    if symptom == Symptom::PlainHttpToHttpsPort && reading.server != Server::Balancer && reading.names_nginx_below() {
        marks.push("an nginx footer stands below: it could also be an nginx behind the balancer");
    }
    if symptom == Symptom::LbRedirect && (reading.says("location", "response_type=code") || reading.says("set-cookie", "awsalbauthnonce")) {
        marks.push("it leads to a login: an authenticate action, not a redirect action");
    }
    marks
}

/// A target's answer that is close to one of API Gateway's or the load balancer's: say why it is not.
fn near_misses(reading: &Reading<'_>, symptom: Symptom) -> Vec<&'static str> {
    let mut marks = Vec::new();
    if is_gateway_wording(reading) {
        marks.push("the words are those of API Gateway, but its own errors come without such a header");
    }
    if reading.is_stock_page() {
        marks.push("the page looks like the load balancer's own, but its own pages come without such a header");
    }
    if reading.text.contains(PLAIN_HTTP) && symptom != Symptom::PlainHttpToHttpsPort {
        marks.push("the sentence about plain HTTP is quoted inside another answer");
    }
    marks
}
