//! Who produced an answer, and what class of answer it is. The words every report, effect and diagnosis shares.

use serde::{Deserialize, Serialize};

/// Who wrote the answer that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Producer {
    /// API Gateway itself: the request may never have reached the VPC.
    ApiGateway,
    /// The load balancer behind the VPC link.
    LoadBalancer,
    /// The application behind the load balancer.
    Target,
    /// A CDN or proxy in front of API Gateway.
    EdgeInFront,
    /// Nobody: the client could not get an answer at all.
    ClientSide,
    /// The marks do not decide.
    Unknown,
}

impl Producer {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Producer::ApiGateway => "api-gateway",
            Producer::LoadBalancer => "load-balancer",
            Producer::Target => "target",
            Producer::EdgeInFront => "edge-in-front",
            Producer::ClientSide => "client-side",
            Producer::Unknown => "unknown",
        }
    }

    /// The words used in a sentence: "answered by …".
    pub fn words(self) -> &'static str {
        match self {
            Producer::ApiGateway => "API Gateway",
            Producer::LoadBalancer => "the load balancer",
            Producer::Target => "the target",
            Producer::EdgeInFront => "a proxy in front of API Gateway",
            Producer::ClientSide => "nobody (no answer reached the client)",
            Producer::Unknown => "somebody unknown",
        }
    }
}

macro_rules! symptoms {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The class of an answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Symptom { $($(#[doc = $doc])+ $variant,)+ }

        impl Symptom {
            /// Every symptom there is, in the order of the documentation.
            pub const ALL: &[Symptom] = &[$(Symptom::$variant,)+];

            /// The name used in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Symptom::$variant => $name,)+ }
            }

            /// The page about it, as Markdown: what it looks like, who answers so, and what is behind it.
            pub fn page(self) -> &'static str {
                match self { $(Symptom::$variant => include_str!(concat!("symptoms/", $name, ".md")),)+ }
            }

            /// What it means, in one line.
            pub fn meaning(self) -> &'static str {
                match self { $(Symptom::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

symptoms! {
    /// the target answered; its status is its own
    TargetAnswer = "target-answer",
    /// 400 "The plain HTTP request was sent to HTTPS port": plain HTTP arrived where TLS was expected
    PlainHttpToHttpsPort = "plain-http-to-https-port",
    /// 404 {"message":"Not Found"} of API Gateway: no stage, no route, or no enabled endpoint
    GatewayNotFound = "gateway-not-found",
    /// 401 {"message":"Unauthorized"} of API Gateway: an authorizer wants credentials
    GatewayUnauthorized = "gateway-unauthorized",
    /// 403 {"message":"Forbidden"} of API Gateway: an authorizer or IAM says no
    GatewayForbidden = "gateway-forbidden",
    /// 429 {"message":"Too Many Requests"} of API Gateway: throttled
    GatewayTooManyRequests = "gateway-too-many-requests",
    /// 500 {"message":"Internal Server Error"} of API Gateway: the TLS handshake with the load balancer failed, or an authorizer broke
    GatewayInternalError = "gateway-internal-error",
    /// 503 {"message":"Service Unavailable"} of API Gateway: it could not connect, or gave up waiting
    GatewayServiceUnavailable = "gateway-service-unavailable",
    /// 504 of API Gateway: it gave up waiting
    GatewayTimeout = "gateway-timeout",
    /// another answer in API Gateway's own JSON shape
    GatewayOther = "gateway-other",
    /// a redirect written by the load balancer
    LbRedirect = "lb-redirect",
    /// 400 HTML of the load balancer: it refused the request as malformed or ambiguous
    LbBadRequest = "lb-bad-request",
    /// 401 or 561 of the load balancer: an authenticate action
    LbUnauthorized = "lb-unauthorized",
    /// 403 HTML of the load balancer: usually AWS WAF
    LbForbidden = "lb-forbidden",
    /// a fixed response of a listener rule or of the listener's default action
    LbFixedResponse = "lb-fixed-response",
    /// 500 HTML of the load balancer
    LbInternalError = "lb-internal-error",
    /// 502 HTML of the load balancer: the target refused, reset or did not speak the protocol
    LbBadGateway = "lb-bad-gateway",
    /// 503 HTML of the load balancer: no registered target to send the request to
    LbServiceUnavailable = "lb-service-unavailable",
    /// 504 HTML of the load balancer: the target did not accept or did not answer in time
    LbGatewayTimeout = "lb-gateway-timeout",
    /// 464 of the load balancer: HTTP/1.1 sent to a target group of another protocol version
    LbProtocolMismatch = "lb-protocol-mismatch",
    /// another answer in the load balancer's own HTML shape
    LbOther = "lb-other",
    /// the name of the endpoint does not resolve
    NoDns = "no-dns",
    /// no TCP connection to the endpoint
    ConnectFailed = "connect-failed",
    /// the TLS handshake with the endpoint failed
    TlsFailed = "tls-failed",
    /// no complete answer within the time limit
    TimedOut = "timed-out",
    /// the connection was closed before a complete answer
    Reset = "reset",
    /// what came back is not HTTP
    ProtocolError = "protocol-error",
    /// an answer whose shape is not known
    Unrecognised = "unrecognised",
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "pages are looked for on disk, and the list of symptoms is rewritten when asked to")]
mod tests {
    use super::*;
    use crate::catalogue::{Row, row, rows};
    use std::collections::BTreeSet;
    use std::path::Path;

    const HEADINGS: [&str; 7] =
        ["What you see", "Who answered", "What it means", "First causes", "How to tell them apart", "What to look at next", "Sources"];

    /// Every word between backticks.
    fn quoted(page: &str) -> impl Iterator<Item = &str> {
        page.lines().filter(|line| !line.starts_with("    ")).flat_map(|line| line.split('`').skip(1).step_by(2))
    }

    /// The part of a page below a heading.
    fn below<'a>(page: &'a str, heading: &str) -> &'a str {
        let rest = page.split_once(&format!("\n## {heading}\n")).expect("the heading is there").1;
        rest.split_once("\n## ").map_or(rest, |(part, _)| part)
    }

    /// A page without its sample, which is somebody else's text.
    fn own_words(page: &str) -> String {
        page.split("```").step_by(2).collect()
    }

    #[test]
    fn every_page_has_all_headings_in_their_order() {
        for symptom in Symptom::ALL {
            let (name, own) = (symptom.name(), own_words(symptom.page()));
            assert!(own.starts_with(&format!("# {name}\n")), "{name}");
            let headings: Vec<&str> = own.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(headings, HEADINGS, "{name}");
            for heading in HEADINGS {
                assert!(!below(&own, heading).trim().is_empty(), "{name}: nothing below {heading}");
            }
            assert_eq!(symptom.page().matches("```text\n").count(), 1, "{name}: one sample");
            assert!(below(symptom.page(), "What you see").contains("```text\n"), "{name}: the sample stands below the first heading");
            assert!(below(&own, "Sources").contains("<https://"), "{name}: no source");
        }
    }

    #[test]
    fn pages_link_to_pages_that_exist_and_name_no_other_id() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("symptoms");
        let symptoms: BTreeSet<&str> = Symptom::ALL.iter().map(|symptom| symptom.name()).collect();
        for symptom in Symptom::ALL {
            let own = own_words(symptom.page());
            for link in own.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
                assert!(root.join(link).is_file(), "{}: {link}", symptom.name());
            }
            for (text, rest) in own.split("[`").skip(1).filter_map(|rest| rest.split_once("`](")) {
                let link = rest.split_once(')').map_or("", |(link, _)| link);
                let known = symptoms.contains(text) && link == format!("{text}.md");
                let page = |row: Row| format!("../{}/{}.md", row.hop.replace('-', "_"), row.id.replace('-', "_"));
                assert!(known || row(text).map(page).as_deref() == Some(link), "{}: {text} leads to {link}", symptom.name());
            }
        }
    }

    #[test]
    fn every_id_on_a_page_is_a_link() {
        let ids: BTreeSet<&str> = rows().map(|row| row.id).chain(Symptom::ALL.iter().map(|symptom| symptom.name())).collect();
        for symptom in Symptom::ALL {
            let own = own_words(symptom.page());
            for id in quoted(&own).filter(|word| ids.contains(word)) {
                assert!(own.contains(&format!("[`{id}`](")), "{}: {id}", symptom.name());
            }
        }
    }

    #[test]
    fn the_list_of_symptoms_is_documented() {
        let listed = |symptom: &Symptom| {
            let name = symptom.name();
            format!("| [`{name}`](../checks/symptoms/{name}.md) | {} |\n", symptom.meaning().replace('|', "\\|"))
        };
        let table: String = Symptom::ALL.iter().map(listed).collect();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/symptoms.md");
        let found = std::fs::read_to_string(&path).expect("docs/symptoms.md can be read");
        let head = found.split_once("| --- | --- |\n").expect("docs/symptoms.md has a table").0;
        let wanted = format!("{head}| --- | --- |\n{table}");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &wanted).expect("docs/symptoms.md can be written");
            return;
        }
        assert_eq!(found, wanted, "docs/symptoms.md is not what the code says: UPDATE_DOCS=1 cargo test -p apigw-doctor-checks symptom");
    }

    #[test]
    fn json_names_are_the_listed_names() {
        for symptom in Symptom::ALL {
            let json = serde_json::to_string(symptom).expect("a unit variant serialises");
            assert_eq!(json, format!("\"{}\"", symptom.name()));
        }
    }
}
