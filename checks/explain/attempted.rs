//! What an attempt at a URL can mean, when nothing but its outcome is known.

use super::answer::{Asked, item};
use super::{Cause, Kind, causes, text};
use crate::answer::{Attempt, AttemptResult};
use std::net::IpAddr;

/// Rows that speak of a custom domain name.
const OF_A_DOMAIN: &[&str] = &[
    "domain-no-dns",
    "domain-cname-to-execute-api",
    "domain-status-not-available",
    "domain-cert-wildcard-depth",
    "domain-cert-expired",
    "client-mtls-rejected",
    "mapping-missing",
    "mapping-wrong-stage",
];

/// What can have caused the outcome, ranked. Empty where nothing was asked, and where what was asked rules out all that is known.
pub fn attempted(attempt: &Attempt) -> Vec<Cause> {
    let causes = match &attempt.result {
        AttemptResult::Answered(answer) => {
            let asked = Asked {
                method: Some(attempt.method.clone()),
                url: Some(attempt.url.clone()),
                elapsed_ms: Some(attempt.timings.first_byte_ms.unwrap_or(attempt.timings.total_ms)),
            };
            item(answer, &asked).causes
        }
        AttemptResult::Failed { reason, detail } => {
            let said = Some(text(detail)).filter(|explanation| explanation.kind == Kind::ClientError);
            let spoken = said.and_then(|explanation| explanation.items.into_iter().next()).map_or_else(Vec::new, |item| item.causes);
            causes::first(spoken, causes::of(reason.symptom()))
        }
        AttemptResult::NotMade { .. } => Vec::new(),
    };
    causes.into_iter().filter(|cause| fits(cause.check, attempt)).collect()
}

/// Whether what was asked leaves a row open.
fn fits(check: &str, attempt: &Attempt) -> bool {
    let (scheme, rest) = attempt.url.split_once("://").unwrap_or(("", &attempt.url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_address = host.parse::<IpAddr>().is_ok();
    let only_v6 = |addresses: &[String]| addresses.iter().all(|address| address.contains(':'));
    match check {
        "http-scheme-used" => scheme == "http" && !is_address,
        "ipv6-client-on-ipv4-api" => !is_address && only_v6(&attempt.connection.addresses),
        _ if OF_A_DOMAIN.contains(&check) => !is_address && !host.contains(".execute-api."),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::attempted;
    use crate::answer::{Answer, Attempt, AttemptResult, Connection, FailureReason, Timings};

    fn at(url: &str, result: AttemptResult) -> Attempt {
        Attempt {
            method: "GET".to_owned(),
            path: "/health".to_owned(),
            stage: String::new(),
            url: url.to_owned(),
            result,
            timings: Timings::default(),
            presented_chain: Vec::new(),
            connection: Connection::default(),
            asked: None,
        }
    }

    fn checks(attempt: &Attempt) -> Vec<&'static str> {
        attempted(attempt).into_iter().map(|cause| cause.check).collect()
    }

    #[test]
    fn the_founding_sentence_means_first_what_it_says() {
        let body = "<center>The plain HTTP request was sent to HTTPS port</center>".to_owned();
        let answer = Answer { status: 400, headers: vec![("server".to_owned(), "awselb/2.0".to_owned())], body, body_truncated: false };
        let attempt = at("https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/health", AttemptResult::Answered(answer));
        assert_eq!(checks(&attempt).first(), Some(&"secure-server-name-missing"));
    }

    #[test]
    fn what_was_asked_rules_out_what_it_is_not() {
        let refused = || AttemptResult::Failed { reason: FailureReason::Connect, detail: "Connection refused (os error 111)".to_owned() };
        assert_eq!(checks(&at("https://10.0.1.20/health", refused())), Vec::<&str>::new());
        assert!(checks(&at("http://api.example.com/health", refused())).contains(&"http-scheme-used"));
        let by_domain = checks(&at("https://api.example.com/health", refused()));
        assert!(by_domain.contains(&"domain-no-dns") && !by_domain.contains(&"http-scheme-used"), "{by_domain:?}");
        let own = checks(&at("https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/health", refused()));
        assert!(!own.contains(&"domain-no-dns"), "{own:?}");
        assert!(attempted(&at("https://a", AttemptResult::NotMade { reason: "x".to_owned() })).is_empty());
    }
}
