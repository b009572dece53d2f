//! What an answer from inside says, in words and about findings.

use super::{Bearing, Kind, Question, Told};
use crate::answer::{Attempt, AttemptResult, FailureReason, TlsSession};
use crate::diagnose::{Expectation, is_expected};
use crate::examine::Examination;
use crate::model::certificate::{Certificate, CertificateKind};
use crate::model::subject::{Subject, SubjectKind};
use crate::model::time::Timestamp;
use crate::semantics::attribution::attribute;
use crate::semantics::certificates::{self, Trust, Validity};
use crate::symptom::{Producer, Symptom};

/// Reads an answer. `now` is when it came.
pub fn told(examination: &Examination, question: &Question, attempt: &Attempt, expected: &Expectation, now: Timestamp) -> Told {
    let (good, text, shown) = match &question.kind {
        Kind::Session { own_name } => session(question, *own_name, attempt, expected, now),
        Kind::Plain { wants_tls, own_way } => plain(question, *wants_tls, *own_way, attempt, expected),
        Kind::Health { matcher } => health(question, matcher, attempt),
        Kind::Accepts => accepts(attempt),
    };
    let exact = exactly(shown.clone(), attempt);
    let (shown, shows) = match question.subject.kind {
        SubjectKind::CloudMapService => (of_instances(&exact), of_instances(&exact)),
        _ => (shown, exact),
    };
    Told { good, text, bearings: bearings(examination, question, &shown), shows }
}

/// What an answer shows about checks: the id, and whether the defect is there.
type Shown = Vec<(&'static str, bool)>;

const NAMES: [&str; 5] =
    ["server-name-san-mismatch", "wildcard-depth", "wrong-default-cert", "server-name-is-elb-dns-name", "server-name-wildcard-literal"];
const MISSING: [&str; 3] = ["secure-server-name-missing", "tls-missing-nlb-tls", "tls-missing-tcp-passthrough"];
pub(super) const UNTRUSTED: [&str; 3] = ["lb-cert-self-signed", "lb-cert-private-ca", "lb-cert-incomplete-chain"];

/// Of the three ways not to be trusted, the one that the chain shows, if it shows one.
fn exactly(shown: Shown, attempt: &Attempt) -> Shown {
    let trust = presented(attempt).map(|(_, certificate)| certificates::trust(&certificate));
    let own = match trust {
        Some(Trust::SelfSigned) => "lb-cert-self-signed",
        Some(Trust::PrivateCa { .. }) => "lb-cert-private-ca",
        Some(Trust::Incomplete { .. }) => "lb-cert-incomplete-chain",
        Some(Trust::Public { .. } | Trust::Unknown { .. }) | None => "",
    };
    shown.into_iter().filter(|(check, there)| !there || !UNTRUSTED.contains(check) || *check == own).collect()
}

/// What is wrong with TLS at a listener has one name at an instance behind Cloud Map.
fn of_instances(shown: &Shown) -> Shown {
    let wrong = shown.iter().any(|(_, there)| *there);
    if shown.is_empty() { Shown::new() } else { vec![("cm-tls", wrong)] }
}

fn session(question: &Question, own_name: bool, attempt: &Attempt, expected: &Expectation, now: Timestamp) -> (bool, String, Shown) {
    let Some((session, certificate)) = presented(attempt) else {
        let mut shown = Shown::new();
        if speaks_no_tls(attempt) {
            shown.push(("tls-to-http-listener", true));
        }
        return (false, format!("no certificate was presented: {}", outcome(attempt)), shown);
    };
    let names = session.leaf.as_ref().map(|leaf| leaf.names.join(", ")).filter(|names| !names.is_empty());
    let serves = names.unwrap_or_else(|| "no DNS name".to_owned());
    let mut text = format!("serves a certificate for {serves} when asked for {}", question.name);
    let mut shown = Shown::new();
    let covered = certificates::covers(&certificate, &question.name).unwrap_or(false);
    if !covered {
        let wants = if own_name { "the integration wants" } else { "what was asked for is" };
        text.push_str(&format!("; it does not cover it: {wants} {}", question.name));
    }
    shown.extend(NAMES.iter().filter(|_| own_name).map(|check| (*check, !covered)));
    let (trusted, why) = trust(&certificate);
    text.push_str(&why);
    // Which of the three it is, the finding knows better than one look at the chain.
    shown.extend(UNTRUSTED.iter().map(|check| (*check, !trusted)));
    let expired = matches!(certificates::validity(&certificate, now), Validity::Expired { .. });
    if let Validity::Expired { since } = certificates::validity(&certificate, now) {
        text.push_str(&format!("; it expired on {since}"));
    }
    shown.push(("lb-cert-expired", expired));
    match (&attempt.result, &session.verification_error) {
        (AttemptResult::Answered(answer), _) => text.push_str(&format!("; the answer is {}", answer.status)),
        (AttemptResult::Failed { .. }, Some(error)) => text.push_str(&format!("; nothing was sent: {error}")),
        (AttemptResult::Failed { .. }, None) | (AttemptResult::NotMade { .. }, _) => text.push_str(&format!("; {}", outcome(attempt))),
    }
    (is_expected(attempt, expected), text, shown)
}

/// The TLS session and the certificate in it, as the model knows certificates.
fn presented(attempt: &Attempt) -> Option<(&TlsSession, Certificate)> {
    let session = attempt.connection.tls.as_ref()?;
    let (leaf, chain) = attempt.presented_chain.split_first()?;
    let certificate = Certificate {
        arn: String::new(),
        kind: CertificateKind::Imported, // whatever somebody serves
        names: session.leaf.as_ref().map(|leaf| leaf.names.clone()).unwrap_or_default(),
        not_before: None,
        not_after: None,
        subject: None,
        issuer: None,
        pem: Some(leaf.clone()),
        chain_pem: (!chain.is_empty()).then(|| chain.concat()),
        status: None,
    };
    Some((session, certificate))
}

/// Whether a stranger trusts it, and how that is said.
fn trust(certificate: &Certificate) -> (bool, String) {
    match certificates::trust(certificate) {
        Trust::Public { by } => (true, format!("; its chain leads to a public root ({by})")),
        Trust::SelfSigned => (false, "; it is self-signed".to_owned()),
        Trust::PrivateCa { issuer } => (false, format!("; its chain leads to no public root (issued by {issuer})")),
        Trust::Incomplete { issuer } => (false, format!("; the certificate of {issuer} is missing from its chain")),
        Trust::Unknown { why } => (false, format!("; its chain cannot be judged: {why}")),
    }
}

fn plain(question: &Question, wants_tls: bool, own_way: bool, attempt: &Attempt, expected: &Expectation) -> (bool, String, Shown) {
    let attribution = attribute(&attempt.result, &[]);
    let refused = attribution.symptom == Symptom::PlainHttpToHttpsPort;
    let served = is_expected(attempt, expected);
    // Both say something about a missing secure server name: the 400, and an answer as expected. What else comes of it, least of all no
    // connection, does not; a TLS listener of a Network Load Balancer writes no answer, it hangs up.
    let hangs_up = wants_tls && attempt.connection.peer.is_some() && failed_with(attempt, FailureReason::Reset);
    let shown: Shown = match (refused, served) {
        (false, false) if own_way && hangs_up => vec![("tls-missing-nlb-tls", true)],
        (true, _) | (_, true) if own_way => MISSING.iter().map(|check| (*check, refused)).collect(),
        _ => Shown::new(),
    };
    if refused {
        let own = if own_way { "; this is what the integration sends: it has no secure server name" } else { ", as it should" };
        return (!own_way, format!("plain HTTP on port {} gets the 400 of a port that wants TLS{own}", question.port), shown);
    }
    let good = served || !own_way;
    let by = if attribution.producer == Producer::Unknown { String::new() } else { format!(" ({})", attribution.producer.words()) };
    let by = if matches!(attempt.result, AttemptResult::Answered(_)) { by } else { String::new() };
    (good, format!("plain HTTP on port {}: {}{by}", question.port, outcome(attempt)), shown)
}

fn health(question: &Question, matcher: &str, attempt: &Attempt) -> (bool, String, Shown) {
    let asked = format!("{} {}", question.method, question.path);
    let AttemptResult::Answered(answer) = &attempt.result else {
        let mut shown = Shown::new();
        if refused(attempt) {
            shown.push(("hc-connect-refused", true));
        }
        if attempt.connection.peer.is_some() && failed_with(attempt, FailureReason::Timeout) {
            shown.push(("hc-timeout", true));
        }
        if question.tls && speaks_no_tls(attempt) {
            shown.push(("tg-protocol-https-vs-plain", true));
        }
        return (false, format!("{asked}: {}", outcome(attempt)), shown);
    };
    let answers = ["hc-connect-refused", "hc-timeout", "tg-protocol-https-vs-plain"].map(|check| (check, false));
    let (verdict, good) = match accepted(matcher, answer.status) {
        Some(true) => (format!("which the matcher {matcher} accepts"), true),
        Some(false) => (format!("which the matcher {matcher} does not accept"), false),
        None => (format!("and the matcher \"{matcher}\" cannot be read"), false),
    };
    let mut shown = Shown::from(answers);
    shown.extend([("hc-code-mismatch", !good), ("hc-path-missing", answer.status == 404 && !good)]);
    if attribute(&attempt.result, &[]).symptom == Symptom::PlainHttpToHttpsPort {
        shown.push(("tg-protocol-http-vs-tls", true));
    }
    (good, format!("{asked} is answered with {}, {verdict}", answer.status), shown)
}

fn accepts(attempt: &Attempt) -> (bool, String, Shown) {
    match &attempt.connection.peer {
        Some(peer) => (true, format!("{peer} accepts connections"), vec![("hc-connect-refused", false)]),
        None => (false, outcome(attempt), Shown::new()),
    }
}

/// Whether `Matcher.HttpCode` (`200`, `200,202` or `200-299`, also mixed) holds a status; `None`: it cannot be read.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html>
fn accepted(matcher: &str, status: u16) -> Option<bool> {
    let mut found = false;
    for part in matcher.split(',').map(str::trim) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        found |= (from.trim().parse::<u16>().ok()?..=to.trim().parse::<u16>().ok()?).contains(&status);
    }
    Some(found)
}

fn outcome(attempt: &Attempt) -> String {
    match &attempt.result {
        AttemptResult::Failed { reason: FailureReason::Connect, detail } if !refused(attempt) => {
            format!("{detail}; from here: this shell's security groups are not those of the VPC link or of the load balancer")
        }
        AttemptResult::Answered(answer) => format!("the answer is {}", answer.status),
        AttemptResult::Failed { detail, .. } => detail.clone(),
        AttemptResult::NotMade { reason } => format!("not asked: {reason}"),
    }
}

/// Nobody listens at the port.
fn refused(attempt: &Attempt) -> bool {
    matches!(&attempt.result, AttemptResult::Failed { reason: FailureReason::Connect, detail } if detail.to_ascii_lowercase().contains("refused"))
}

/// What came back to the client's hello was no TLS.
fn speaks_no_tls(attempt: &Attempt) -> bool {
    matches!(&attempt.result, AttemptResult::Failed { reason: FailureReason::Tls, detail } if detail.contains("does not speak TLS"))
}

fn failed_with(attempt: &Attempt, wanted: FailureReason) -> bool {
    matches!(&attempt.result, AttemptResult::Failed { reason, .. } if *reason == wanted)
}

/// The findings that the answer is about: those of the integration, of the listener and its certificates, or of the target group.
fn bearings(examination: &Examination, question: &Question, shown: &Shown) -> Vec<Bearing> {
    let here =
        |subject: &Subject| *subject == question.subject || *subject == question.integration || subject.kind == SubjectKind::Certificate;
    let mut bearings = Vec::new();
    for (meta, finding) in examination.findings().filter(|(_, finding)| here(&finding.subject)) {
        if let Some((check, confirms)) = shown.iter().find(|(check, _)| *check == meta.id) {
            bearings.push(Bearing { check, subject: finding.subject.clone(), confirms: *confirms });
        }
    }
    bearings
}

#[cfg(test)]
mod tests {
    use super::accepted;

    #[test]
    fn a_matcher_is_numbers_and_ranges() {
        assert_eq!([200, 202, 299].map(|status| accepted("200", status)), [Some(true), Some(false), Some(false)]);
        assert_eq!([200, 202, 299, 300].map(|status| accepted("200-299", status)), [Some(true), Some(true), Some(true), Some(false)]);
        assert_eq!([200, 301, 204].map(|status| accepted("200, 300-301", status)), [Some(true), Some(true), Some(false)]);
        assert_eq!(accepted("", 200), None);
        assert_eq!(accepted("2xx", 200), None);
    }
}
